from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.staff import ReadOnlyAdmin, staff_site
from events.models import AuditRecord, Event, EventTelling, IdempotencyRecord, OutgoingMail


@admin.register(Event, site=staff_site)
class EventAdmin(ReadOnlyAdmin[Event]):
    list_display = ["id", "type", "subject", "owner_ref", "by", "occurred_at"]
    search_fields = ["=subject", "=owner_ref", "=type"]
    ordering = ["-id"]


@admin.register(EventTelling, site=staff_site)
class EventTellingAdmin(ReadOnlyAdmin[EventTelling]):
    list_display = ["event_name", "attempts", "not_before", "told_at", "last_error"]
    list_filter = [("told_at", admin.EmptyFieldListFilter)]
    raw_id_fields = ["event"]
    ordering = ["-event"]

    @admin.display(description=_("event"), ordering="event")
    def event_name(self, telling: EventTelling) -> str:
        """Its id alone: the row of the event is not asked for."""
        return telling.event_id


@admin.register(AuditRecord, site=staff_site)
class AuditRecordAdmin(ReadOnlyAdmin[AuditRecord]):
    list_display = ["id", "action", "subject", "by", "at"]
    search_fields = ["=subject", "=by", "=action"]
    ordering = ["-id"]


@admin.register(IdempotencyRecord, site=staff_site)
class IdempotencyRecordAdmin(ReadOnlyAdmin[IdempotencyRecord]):
    """Without the answers: they are the merchant's."""

    list_display = ["owner_ref", "key", "claimed_at", "turn", "status", "finished_at"]
    search_fields = ["=owner_ref", "=key"]
    fields = ["owner_ref", "key", "claimed_at", "leased_until", "turn", "status", "finished_at"]
    ordering = ["-claimed_at"]


@admin.register(OutgoingMail, site=staff_site)
class OutgoingMailAdmin(ReadOnlyAdmin[OutgoingMail]):
    """Without the bodies: a mail that waits may hold a sign-in code."""

    list_display = ["id", "template", "subject", "queued_at", "attempts", "sent_at", "given_up_at", "last_error"]
    list_filter = ["template", ("sent_at", admin.EmptyFieldListFilter)]
    fields = [
        "to", "template", "language", "subject", "queued_at", "not_before", "attempts", "last_error", "sent_at",
        "given_up_at",
    ]  # fmt: skip
    ordering = ["-id"]
