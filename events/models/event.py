"""The outbox and the inboxes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from events.types import Heard


class Event(AppendOnlyModel):
    """A fact that happened, written in the commit that made it true."""

    id = PublicIdField("evt", primary_key=True, editable=False)
    type = models.CharField(_("type"), max_length=60)
    subject = models.CharField(_("about"), max_length=80)
    owner_ref = models.CharField(_("owner"), max_length=40, blank=True)
    data = models.JSONField(_("data"))
    facts = models.JSONField(_("internal facts"))
    by = models.CharField(_("done by"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    occurred_at = models.DateTimeField(_("happened at"))

    class Meta:
        verbose_name, verbose_name_plural = _("event"), _("events")
        indexes = [
            models.Index(name="event_of_owner", fields=["owner_ref", "-id"], condition=~Q(owner_ref="")),
            models.Index(name="event_of_subject", fields=["subject", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"

    def as_heard(self) -> Heard:
        return Heard(
            id=self.id,
            type=self.type,
            subject=self.subject,
            owner_ref=self.owner_ref,
            by=self.by,
            data=self.data,
            facts=self.facts,
            version=self.version,
            at=self.occurred_at,
        )


class EventTelling(models.Model):
    """How far the relay is with telling one event. The event itself never changes."""

    event = models.OneToOneField(
        Event, models.PROTECT, primary_key=True, related_name="telling", verbose_name=_("event")
    )
    not_before = models.DateTimeField(_("not before"), null=True)
    """A lease while a relay works on it, a delay after a handler failed; empty means at once."""
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    told_at = models.DateTimeField(_("told at"), null=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("telling of an event"), _("tellings of events")
        indexes = [models.Index(name="event_telling_untold", fields=["event"], condition=Q(told_at=None))]

    def __str__(self) -> str:
        return str(self.event_id)


class HeardEvent(AppendOnlyModel):
    """One handler heard one event; written in the commit of what the handler did, so the effect happens once."""

    id = PublicIdField("hrd", primary_key=True, editable=False)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", db_index=False, verbose_name=_("event"))
    handler = models.CharField(_("handler"), max_length=200)
    heard_at = models.DateTimeField(_("heard at"))

    class Meta:
        verbose_name, verbose_name_plural = _("heard event"), _("heard events")
        constraints = [models.UniqueConstraint(name="event_heard_once", fields=["event", "handler"])]

    def __str__(self) -> str:
        return f"{self.handler} {self.event_id}"


class InboundEvent(AppendOnlyModel):
    """A fact that somebody else told us, unique by who told it and the name they gave it."""

    id = PublicIdField("inb", primary_key=True, editable=False)
    source = models.CharField(_("source"), max_length=60)
    external_id = models.CharField(_("external id"), max_length=200)
    data = models.JSONField(_("data"))
    heard_at = models.DateTimeField(_("heard at"))

    class Meta:
        verbose_name, verbose_name_plural = _("inbound event"), _("inbound events")
        constraints = [models.UniqueConstraint(name="inbound_event_once", fields=["source", "external_id"])]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"
