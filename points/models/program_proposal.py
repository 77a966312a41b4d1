"""A change of the program that waits for a second person."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.second_signature import SecondSignature


class ProgramProposal(SecondSignature):
    """Written against one version of the program: when that is not the newest any more, it cannot be signed."""

    PARAMETERS: ClassVar = ("terms", "effective_from", "base_number")

    id = PublicIdField("ppr", primary_key=True, editable=False)
    terms = models.JSONField(_("terms"))
    """What changes: names of `PointsProgram.TERMS` and their new values."""
    effective_from = models.DateTimeField(_("effective from"), null=True)
    """None: from the moment of the second signature."""
    base_number = models.PositiveIntegerField(_("on top of version"))
    """The newest version when it was proposed; 0 where there was none."""

    class Meta(SecondSignature.Meta):
        verbose_name, verbose_name_plural = _("change of the points program"), _("changes of the points program")

    def __str__(self) -> str:
        return f"{self.id} {self.status}"
