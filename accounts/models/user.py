"""The sign-in row. A person is a customer, a member or staff by other rows; this one only opens doors."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **facts: object) -> "User":
        """A user who signs in by passkey or by a code sent to `email`; there is no password to set."""
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    class Language(models.TextChoices):
        JAPANESE = "ja", _("Japanese")
        ENGLISH = "en", _("English")

    id = PublicIdField("usr", primary_key=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.JAPANESE)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    session_round = models.PositiveIntegerField(default=0)
    """Every session belongs to a round; raising the number ends them all."""
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name, verbose_name_plural = _("sign-in"), _("sign-ins")

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to stay valid. There is no password here whose change could end sessions."""
        facts = f"{self.pk}\0{self.session_round}"
        return salted_hmac("accounts.User.session", facts, secret=secret, algorithm="sha256").hexdigest()
