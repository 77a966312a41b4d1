"""Sign a person out everywhere. The door that asked may keep its own session by renewing its hash."""

from datetime import datetime

from django.db.models import F

from accounts.models import User
from common.actors import Actor
from common.db import transaction
from events import services as events


@transaction
def end_sessions(*, user_id: str, by: Actor, now: datetime) -> User:
    User.objects.filter(pk=user_id).update(session_round=F("session_round") + 1)
    events.write_audit("sessions.ended", subject=user_id, by=by, at=now)
    return User.objects.get(pk=user_id)
