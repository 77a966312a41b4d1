"""Remember in which language a person reads. A language that we do not speak changes nothing."""

from accounts.models import User
from common.db import transaction


@transaction
def choose_language(*, user_id: str, language: str) -> None:
    if language in User.Language.values:
        User.objects.filter(pk=user_id).update(language=language)
