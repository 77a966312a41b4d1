"""What staff see of webhooks: where merchants listen and how telling them went. Never a secret."""

from django.contrib import admin

from common.staff import ReadOnlyAdmin, staff_site
from webhooks.models import Delivery, WebhookEndpoint, WebhookReplay, WebhookTelling


@admin.register(WebhookEndpoint, site=staff_site)
class WebhookEndpointAdmin(ReadOnlyAdmin[WebhookEndpoint]):
    list_display = ["id", "merchant", "url", "status", "disabled_why", "created_at", "removed_at"]
    list_filter = ["status"]
    list_select_related = ["merchant"]
    search_fields = ["url"]
    exclude = ["sealed_secret", "sealed_earlier_secret", "sealed_private_key"]


@admin.register(WebhookTelling, site=staff_site)
class WebhookTellingAdmin(ReadOnlyAdmin[WebhookTelling]):
    list_display = ["event_id", "event_type", "endpoint", "status", "attempts", "not_before"]
    list_filter = ["status", "event_type"]
    search_fields = ["event_id"]
    exclude = ["body"]


@admin.register(Delivery, site=staff_site)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = ["id", "telling", "at", "status_code", "problem", "milliseconds"]
    list_select_related = ["telling"]


@admin.register(WebhookReplay, site=staff_site)
class WebhookReplayAdmin(ReadOnlyAdmin[WebhookReplay]):
    list_display = ["id", "endpoint", "since", "until", "only_missed", "queued", "done_at"]
    list_select_related = ["endpoint"]
