"""The log that lets a person notice somebody else's hand at their door."""

from django.conf import settings
from django.db import models

from accounts.states import SignInMethod
from common.append_only import AppendOnlyModel
from common.ids import PublicIdField


class SignInRecord(AppendOnlyModel):
    id = PublicIdField("sgn", primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sign_ins")
    method = models.CharField(max_length=20, choices=SignInMethod)
    network = models.CharField(max_length=45, blank=True)
    """The first part of the network address: enough to recognise home, too little to follow a person."""
    device = models.CharField(max_length=60, blank=True)
    """Browser and system in words: "Firefox, Windows"."""
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(name="sign_ins_of_user", fields=["user", "-id"])]
