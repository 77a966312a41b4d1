"""Every address of the shops' own pages, below /dashboard/."""

from typing import Final

from django.urls import URLPattern, URLResolver, include, path

from dashboard.views import (
    developers,
    disputes,
    endpoints,
    event_log,
    export,
    grants,
    home,
    keys,
    payments,
    refunds,
    request_log,
    return_urls,
    team,
)

app_name: Final = "dashboard"

OF_MERCHANT: Final[list[URLPattern]] = [
    path("", home.show, name="home"),
    path("payments", payments.listed, name="payments"),
    path("payments/export.csv", export.payments, name="export"),
    path("refunds/export.csv", export.refunds, name="export_refunds"),
    path("grants/export.csv", export.grants, name="export_grants"),
    path("disputes/export.csv", export.disputes, name="export_disputes"),
    path("payments/<str:payment_id>", payments.one, name="payment"),
    path("payments/<str:payment_id>/capture", payments.capture, name="capture"),
    path("payments/<str:payment_id>/cancel", payments.cancel, name="cancel"),
    path("payments/<str:payment_id>/refund", refunds.refund, name="refund"),
    path("grants", grants.listed, name="grants"),
    path("grants/<str:grant_id>", grants.one, name="grant"),
    path("grants/<str:grant_id>/revoke", grants.revoke, name="grant_revoke"),
    path("disputes", disputes.listed, name="disputes"),
    path("disputes/<str:dispute_id>", disputes.one, name="dispute"),
    path("disputes/<str:dispute_id>/files", disputes.add_file, name="dispute_file_add"),
    path("disputes/<str:dispute_id>/files/<str:file_id>", disputes.file, name="dispute_file"),
    path("disputes/<str:dispute_id>/evidence", disputes.submit, name="dispute_evidence"),
    path("disputes/<str:dispute_id>/accept", disputes.accept, name="dispute_accept"),
    path("developers", developers.show, name="developers"),
    path("developers/keys", keys.listed, name="keys"),
    path("developers/keys/new", keys.issue, name="key_new"),
    path("developers/keys/<str:key_id>", keys.one, name="key"),
    path("developers/keys/<str:key_id>/roll", keys.roll, name="key_roll"),
    path("developers/keys/<str:key_id>/revoke", keys.revoke, name="key_revoke"),
    path("developers/return-urls", return_urls.listed, name="return_urls"),
    path("developers/return-urls/add", return_urls.add, name="return_url_add"),
    path("developers/return-urls/<str:return_url_id>/withdraw", return_urls.withdraw, name="return_url_withdraw"),
    path("developers/webhooks", endpoints.listed, name="endpoints"),
    path("developers/webhooks/new", endpoints.register, name="endpoint_new"),
    path("developers/webhooks/<str:endpoint_id>", endpoints.one, name="endpoint"),
    path("developers/webhooks/<str:endpoint_id>/change", endpoints.change, name="endpoint_change"),
    path("developers/webhooks/<str:endpoint_id>/enable", endpoints.enable, name="endpoint_enable"),
    path("developers/webhooks/<str:endpoint_id>/resume", endpoints.resume, name="endpoint_resume"),
    path("developers/webhooks/<str:endpoint_id>/redeliver", endpoints.redeliver_range, name="endpoint_redeliver"),
    path("developers/webhooks/<str:endpoint_id>/deliveries", endpoints.deliveries, name="deliveries"),
    path("developers/webhooks/<str:endpoint_id>/deliveries/<str:telling_id>", endpoints.delivery, name="delivery"),
    path("developers/webhooks/<str:endpoint_id>/disable", endpoints.disable, name="endpoint_disable"),
    path("developers/webhooks/<str:endpoint_id>/roll", endpoints.roll, name="endpoint_roll"),
    path("developers/webhooks/<str:endpoint_id>/remove", endpoints.remove, name="endpoint_remove"),
    path("developers/events", event_log.listed, name="events"),
    path("developers/events/<str:event_id>", event_log.one, name="event"),
    path("developers/events/<str:event_id>/redeliver", event_log.redeliver, name="redeliver"),
    path("developers/requests", request_log.listed, name="requests"),
    path("developers/requests/<str:request_id>", request_log.one, name="request"),
    path("team", team.listed, name="team"),
    path("team/invite", team.invite, name="team_invite"),
    path("team/<str:member_id>", team.one, name="member"),
    path("team/<str:member_id>/role", team.change_role, name="member_role"),
    path("team/<str:member_id>/remove", team.remove, name="member_remove"),
]

urlpatterns: Final[list[URLPattern | URLResolver]] = [
    path("", home.choose, name="choose"),
    path("<str:merchant_id>/", include(OF_MERCHANT)),
]
