"""Payment passkeys: they approve payments and nothing else. Sign-in passkeys are other rows, kept by allauth."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import Customer
from accounts.types import PasskeyFacts
from common.base64url import to_base64url
from common.ids import PublicIdField


class PaymentPasskey(models.Model):
    id = PublicIdField("pky", primary_key=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="passkeys", verbose_name=_("customer"))
    credential_id = models.BinaryField(unique=True, max_length=1023)
    public_key = models.BinaryField()
    """COSE key, as the authenticator wrote it."""
    sign_count = models.BigIntegerField(default=0)
    backup_eligible = models.BooleanField(_("may be backed up"))
    spc = models.BooleanField(_("browser shows the payment"), default=False)
    """Made with the `payment` extension: the browser itself can show and sign the payment with it."""
    software = models.BooleanField(_("software passkey"), default=False)
    """The sandbox's stand-in for people without an authenticator."""
    label = models.CharField(_("label"), max_length=60)
    created_at = models.DateTimeField(_("created at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("payment passkey"), _("payment passkeys")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="passkey_count_not_negative", condition=Q(sign_count__gte=0)),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def credential_id_b64u(self) -> str:
        return to_base64url(bytes(self.credential_id))

    def facts(self) -> PasskeyFacts:
        return PasskeyFacts(
            credential_id=bytes(self.credential_id),
            public_key=bytes(self.public_key),
            sign_count=self.sign_count,
            backup_eligible=self.backup_eligible,
            user_handle=self.customer_id.encode(),
        )


class PasskeyChallenge(models.Model):
    """What a new payment passkey must sign: random, used once, five minutes."""

    id = PublicIdField("pkc", primary_key=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    nonce = models.BinaryField(unique=True, max_length=32)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
