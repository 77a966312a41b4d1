"""Every address below /v1."""

from django.urls import path

from api.v1 import (
    balance,
    campaigns,
    clearings,
    conversions,
    description,
    disputes,
    events,
    grants,
    payments,
    receipts,
    refunds,
    shop,
    webhook_endpoints,
)

app_name = "api"

urlpatterns = [
    path("shop", shop.OwnShop.as_view(), name="shop"),
    path("openapi.json", description.Description.as_view(), name="openapi"),
    path("payments", payments.Payments.as_view(), name="payments"),
    path("payments/<str:payment_id>", payments.OnePayment.as_view(), name="payment"),
    path("payments/<str:payment_id>/capture", payments.CapturePayment.as_view(), name="capture"),
    path("payments/<str:payment_id>/cancel", payments.CancelPayment.as_view(), name="cancel"),
    path("balance", balance.Balance.as_view(), name="balance"),
    path("refunds", refunds.Refunds.as_view(), name="refunds"),
    path("refunds/<str:refund_id>", refunds.OneRefund.as_view(), name="refund"),
    path("grants", grants.Grants.as_view(), name="grants"),
    path("grants/<str:grant_id>", grants.OneGrant.as_view(), name="grant"),
    path("grants/<str:grant_id>/revoke", grants.RevokeGrant.as_view(), name="revoke"),
    path("points/campaigns", campaigns.Campaigns.as_view(), name="campaigns"),
    path("points/campaigns/<str:campaign_id>", campaigns.OneCampaign.as_view(), name="campaign"),
    path("points/campaigns/<str:campaign_id>/start", campaigns.StartCampaign.as_view(), name="campaign_start"),
    path("points/campaigns/<str:campaign_id>/pause", campaigns.PauseCampaign.as_view(), name="campaign_pause"),
    path("points/campaigns/<str:campaign_id>/end", campaigns.EndCampaign.as_view(), name="campaign_end"),
    path("points/campaigns/<str:campaign_id>/preview", campaigns.PreviewCampaign.as_view(), name="campaign_preview"),
    path("points/clearing", clearings.Clearings.as_view(), name="clearings"),
    path("points/clearing/<str:clearing_id>", clearings.OneClearing.as_view(), name="clearing"),
    path("points/conversions", conversions.Conversions.as_view(), name="conversions"),
    path("points/conversions/file", conversions.ConversionFile.as_view(), name="conversion_file"),
    path("points/conversions/<str:conversion_id>", conversions.OneConversion.as_view(), name="conversion"),
    path("points/conversion_batches/<str:batch_id>", conversions.OneConversionBatch.as_view(), name="conversion_batch"),
    path("receipts/<str:payment_id>", receipts.Receipts.as_view(), name="receipts"),
    path("disputes", disputes.Disputes.as_view(), name="disputes"),
    path("disputes/<str:dispute_id>", disputes.OneDispute.as_view(), name="dispute"),
    path("disputes/<str:dispute_id>/files", disputes.EvidenceFiles.as_view(), name="evidence_files"),
    path("disputes/<str:dispute_id>/evidence", disputes.SubmitEvidence.as_view(), name="evidence"),
    path("disputes/<str:dispute_id>/accept", disputes.AcceptDispute.as_view(), name="accept"),
    path("webhook_endpoints", webhook_endpoints.WebhookEndpoints.as_view(), name="webhook_endpoints"),
    path(
        "webhook_endpoints/<str:endpoint_id>", webhook_endpoints.OneWebhookEndpoint.as_view(), name="webhook_endpoint"
    ),
    path("webhook_endpoints/<str:endpoint_id>/roll_secret", webhook_endpoints.RollSecret.as_view(), name="roll_secret"),
    path(
        "webhook_endpoints/<str:endpoint_id>/redeliver",
        webhook_endpoints.RedeliverRange.as_view(),
        name="redeliver_range",
    ),
    path("events", events.Events.as_view(), name="events"),
    path("events/<str:event_id>", events.OneEvent.as_view(), name="event"),
    path("events/<str:event_id>/redeliver", events.RedeliverEvent.as_view(), name="redeliver"),
]
