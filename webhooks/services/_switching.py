"""An endpoint is told nothing any more, or hears again. The caller holds the endpoint's lock."""

from datetime import datetime

from django.conf import settings

from common.actors import SYSTEM, Actor
from common.db import transaction_required
from events import services as events
from merchants.queries import members_of, merchant_by_id
from merchants.states import MemberStatus, Role
from webhooks.models import WebhookEndpoint, WebhookReplay, WebhookTelling
from webhooks.states import DisabledWhy, EndpointStatus, TellingStatus

_TOLD = {Role.OWNER, Role.DEVELOPER}


@transaction_required
def switch_off(endpoint: WebhookEndpoint, why: DisabledWhy, *, now: datetime) -> None:
    """What waits is given up; whoever did not ask for it is told by mail. One that is off already stays as it is."""
    if endpoint.status == EndpointStatus.DISABLED:
        return
    endpoint.status, endpoint.disabled_at, endpoint.disabled_why = EndpointStatus.DISABLED, now, why
    endpoint.save(update_fields=["status", "disabled_at", "disabled_why"])
    waiting = WebhookTelling.objects.filter(endpoint=endpoint, status=TellingStatus.DUE)
    given_up = waiting.update(status=TellingStatus.GIVEN_UP)
    WebhookReplay.objects.filter(endpoint=endpoint, done_at=None).update(done_at=now)
    if why == DisabledWhy.MERCHANT:
        return
    facts = {"webhook_endpoint": endpoint.id, "url": endpoint.url, "why": str(why), "given_up": given_up}
    events.write_audit("webhook_endpoint.disabled", subject=endpoint.id, by=SYSTEM, at=now, data=facts)
    events.record_event(
        "webhook_endpoint.disabled",
        subject=endpoint.id,
        owner_ref=endpoint.merchant_id,
        by=SYSTEM,
        at=now,
        data=facts,
    )
    _write_to_the_team(endpoint, now=now)


@transaction_required
def switch_on(endpoint: WebhookEndpoint, *, by: Actor, now: datetime) -> None:
    """A new start: what failed before counts no more."""
    endpoint.status, endpoint.disabled_at, endpoint.disabled_why = EndpointStatus.ENABLED, None, ""
    endpoint.failing_since = None
    endpoint.save(update_fields=["status", "disabled_at", "disabled_why", "failing_since"])
    events.write_audit("webhook_endpoint.enabled", subject=endpoint.id, by=by, at=now)


def _write_to_the_team(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    merchant = merchant_by_id(endpoint.merchant_id)
    for member in members_of(merchant.id):
        if member.user is None or member.status != MemberStatus.ACTIVE or member.role not in _TOLD:
            continue
        events.queue_mail(
            to=member.user.email,
            template="webhook_disabled",
            language=member.user.language,
            context={
                "merchant_name": merchant.display_name,
                "url": endpoint.url,
                "gone": endpoint.disabled_why == DisabledWhy.GONE,
                "since": endpoint.failing_since or now,
                "endpoint_url": f"{settings.BASE_URL}/dashboard/{merchant.id}/developers/webhooks/{endpoint.id}",
            },
            now=now,
        )
