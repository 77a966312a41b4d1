"""The commerce, as a shop's server meets it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

from vaultpay_client.errors import Conflict
from vaultpay_client.objects import (
    Campaign,
    Clearing,
    Conversion,
    ConversionBatch,
    Dispute,
    Event,
    EvidenceFile,
    Grant,
    Item,
    Payment,
    Refund,
    Thing,
    WebhookEndpoint,
)
from vaultpay_client.wire import Wire

T = TypeVar("T", bound=Thing)


class Commerce:
    """All that the REST API offers, grouped by noun.

        commerce = Commerce("https://commerce.example", "vp_live_sk_…")
        payment = commerce.payments.create(
            amount=12_800, merchant_reference="order-1042", return_url="https://shop.example/return"
        )
        redirect(payment.checkout_url)

    `version` pins the API's behaviour (otherwise the key's own); `timeout` is per attempt, in seconds; `attempts`
    counts the first one. Safe to share between threads; `close` it, or use it in a `with`, when a program is done.
    """

    def __init__(  # noqa: PLR0913 (each has a good default, and all are named)
        self,
        base_url: str,
        key: str,
        *,
        version: str = "",
        language: str = "en",
        timeout: float = 30.0,
        attempts: int = 5,
    ) -> None:
        self._speak_over(Wire(base_url.rstrip("/"), key, version, language, timeout, max(1, attempts)))

    def _speak_over(self, wire: Wire) -> None:
        self.wire = wire
        self.payments = Payments(wire)
        self.refunds = Refunds(wire)
        self.grants = Grants(wire)
        self.disputes = Disputes(wire)
        self.campaigns = Campaigns(wire)
        self.clearings = Clearings(wire)
        self.points = Points(wire)
        self.events = Events(wire)
        self.webhook_endpoints = WebhookEndpoints(wire)

    def close(self) -> None:
        self.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def in_language(self, language: str) -> "Commerce":
        """The same commerce over the same connections, with the sentences of its refusals in "ja" or "en"."""
        same = object.__new__(Commerce)
        same._speak_over(replace(self.wire, language=language))
        return same

    def balance(self) -> Mapping[str, Any]:
        return self.wire.get("/v1/balance")

    def shop(self) -> Mapping[str, Any]:
        return self.wire.get("/v1/shop")

    def receipts(self, payment_id: str) -> Mapping[str, Any]:
        """The signed receipts of one payment; check them with `verify_receipt`."""
        return self.wire.get(f"/v1/receipts/{payment_id}")

    def jwks(self) -> Mapping[str, Any]:
        """The keys that receipts are signed with. Keep them: old receipts verify with old keys."""
        return self.wire.get("/.well-known/jwks.json")


@dataclass(frozen=True, slots=True)
class _Noun(Generic[T]):
    wire: Wire

    def _list(self, path: str, kind: type[T], filters: Mapping[str, Any]) -> Iterator[T]:
        """Every row, newest first, page by page as they are needed."""
        query = {"limit": 100, **filters}
        while True:
            page = self.wire.get(path, query)
            rows = [kind.read(row) for row in page["data"]]
            yield from rows
            if not page["has_more"] or not rows:
                return
            query = {**query, "starting_after": page["data"][-1]["id"]}


class Payments(_Noun[Payment]):
    def create(  # noqa: PLR0913 (the API's own members)
        self,
        *,
        amount: int,
        merchant_reference: str,
        return_url: str | None = None,
        currency: str = "JPY",
        cancel_url: str | None = None,
        description: str | None = None,
        items: Sequence[Item] | None = None,
        capture_method: str | None = None,
        metadata: Mapping[str, str] | None = None,
        expires_in: int | None = None,
        grant: str | None = None,
        confirm: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Payment:
        """Ask for a payment. Send the customer to its `checkout_url`; or, with `grant` and `confirm`, charge at once.

        `merchant_reference` is unique for ever: asked again for the same order and amount, even by another process
        and after any time, this gives the first payment back. It never makes a second one.
        """
        body = {
            "amount": amount,
            "currency": currency,
            "merchant_reference": merchant_reference,
            "return_url": return_url,
            "cancel_url": cancel_url,
            "description": description,
            "items": list(items) if items is not None else None,
            "capture_method": capture_method,
            "metadata": dict(metadata) if metadata is not None else None,
            "expires_in": expires_in,
            "grant": grant,
            "confirm": confirm,
        }
        try:
            return Payment.read(self.wire.post("/v1/payments", body, key=idempotency_key))
        except Conflict as conflict:
            if conflict.code != "merchant_reference_used":
                raise
            first = next(self.list(merchant_reference=merchant_reference))
            if (first.amount, first.currency, first.grant) != (amount, currency, grant):
                raise
            return first

    def retrieve(self, payment_id: str) -> Payment:
        return Payment.read(self.wire.get(f"/v1/payments/{payment_id}"))

    def list(
        self,
        *,
        status: str | None = None,
        created_from: str | None = None,
        created_before: str | None = None,
        merchant_reference: str | None = None,
    ) -> Iterator[Payment]:
        """Newest first, across all pages. The range is half-open, ISO 8601."""
        filters = {
            "status": status,
            "created_from": created_from,
            "created_before": created_before,
            "merchant_reference": merchant_reference,
        }
        return self._list("/v1/payments", Payment, filters)

    def capture(
        self,
        payment_id: str,
        *,
        amount: int | None = None,
        final: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Payment:
        """Take what was promised: all that is left, or `amount` of it. `final` gives the rest back to the card."""
        body = {"amount": amount, "final": final}
        return Payment.read(self.wire.post(f"/v1/payments/{payment_id}/capture", body, key=idempotency_key))

    def cancel(self, payment_id: str, *, idempotency_key: str | None = None) -> Payment:
        return Payment.read(self.wire.post(f"/v1/payments/{payment_id}/cancel", {}, key=idempotency_key))


class Refunds(_Noun[Refund]):
    def create(
        self,
        *,
        payment: str,
        amount: int | None = None,
        reason: str | None = None,
        capture: str | None = None,
        idempotency_key: str | None = None,
    ) -> Refund:
        """Give back all that is left, or `amount` of it; of the oldest captures first, or of `capture`. Name a key of
        yours when your own process may be retried.
        """
        body = {"payment": payment, "amount": amount, "reason": reason, "capture": capture}
        return Refund.read(self.wire.post("/v1/refunds", body, key=idempotency_key))

    def retrieve(self, refund_id: str) -> Refund:
        return Refund.read(self.wire.get(f"/v1/refunds/{refund_id}"))

    def list(self, *, payment: str | None = None, **filters: Any) -> Iterator[Refund]:
        return self._list("/v1/refunds", Refund, {"payment": payment, **filters})


class Grants(_Noun[Grant]):
    def create(self, *, currency: str = "JPY", idempotency_key: str | None = None, **members: Any) -> Grant:
        """Ask the customer for a permission; the members are those of `POST /v1/grants`."""
        return Grant.read(self.wire.post("/v1/grants", {"currency": currency, **members}, key=idempotency_key))

    def retrieve(self, grant_id: str) -> Grant:
        return Grant.read(self.wire.get(f"/v1/grants/{grant_id}"))

    def list(self, **filters: Any) -> Iterator[Grant]:
        return self._list("/v1/grants", Grant, filters)

    def revoke(self, grant_id: str, *, idempotency_key: str | None = None) -> Grant:
        return Grant.read(self.wire.post(f"/v1/grants/{grant_id}/revoke", {}, key=idempotency_key))


class Disputes(_Noun[Dispute]):
    def retrieve(self, dispute_id: str) -> Dispute:
        return Dispute.read(self.wire.get(f"/v1/disputes/{dispute_id}"))

    def list(self, **filters: Any) -> Iterator[Dispute]:
        return self._list("/v1/disputes", Dispute, filters)

    def add_file(self, dispute_id: str, *, name: str, content: bytes, type: str) -> EvidenceFile:  # noqa: A002 (the API's own name)
        """Send a file of evidence: `type` is its media type, such as `application/pdf`. Sent twice, it is one file."""
        return EvidenceFile.read(self.wire.send(f"/v1/disputes/{dispute_id}/files", {"name": name}, content, type=type))

    def submit_evidence(self, dispute_id: str, *, idempotency_key: str | None = None, **members: Any) -> Dispute:
        return Dispute.read(self.wire.post(f"/v1/disputes/{dispute_id}/evidence", members, key=idempotency_key))

    def accept(self, dispute_id: str, *, idempotency_key: str | None = None) -> Dispute:
        return Dispute.read(self.wire.post(f"/v1/disputes/{dispute_id}/accept", {}, key=idempotency_key))


class Campaigns(_Noun[Campaign]):
    def create(self, *, idempotency_key: str | None = None, **members: Any) -> Campaign:
        """A draft; the members are those of `POST /v1/points/campaigns`. It gives nothing before `start`."""
        return Campaign.read(self.wire.post("/v1/points/campaigns", members, key=idempotency_key))

    def retrieve(self, campaign_id: str) -> Campaign:
        return Campaign.read(self.wire.get(f"/v1/points/campaigns/{campaign_id}"))

    def list(self, *, status: str | None = None) -> Iterator[Campaign]:
        return self._list("/v1/points/campaigns", Campaign, {"status": status})

    def update(self, campaign_id: str, **members: Any) -> Campaign:
        """Only the members that are given change; None takes a limit away."""
        return Campaign.read(self.wire.change_some(f"/v1/points/campaigns/{campaign_id}", members))

    def preview(self, campaign_id: str, **changes: Any) -> Mapping[str, Any]:
        """What it would have given for past purchases: as it stands, or with these changes. Nothing is written."""
        return self.wire.look(f"/v1/points/campaigns/{campaign_id}/preview", changes)

    def start(self, campaign_id: str, *, idempotency_key: str | None = None) -> Campaign:
        return self._do(campaign_id, "start", idempotency_key)

    def pause(self, campaign_id: str, *, idempotency_key: str | None = None) -> Campaign:
        return self._do(campaign_id, "pause", idempotency_key)

    def end(self, campaign_id: str, *, idempotency_key: str | None = None) -> Campaign:
        return self._do(campaign_id, "end", idempotency_key)

    def _do(self, campaign_id: str, verb: str, key: str | None) -> Campaign:
        return Campaign.read(self.wire.post(f"/v1/points/campaigns/{campaign_id}/{verb}", {}, key=key))


class Clearings(_Noun[Clearing]):
    def retrieve(self, clearing_id: str) -> Clearing:
        return Clearing.read(self.wire.get(f"/v1/points/clearing/{clearing_id}"))

    def list(self) -> Iterator[Clearing]:
        """The newest month first."""
        return self._list("/v1/points/clearing", Clearing, {})


class Points(_Noun[Conversion]):
    """Old points of your own program, taken over here. You pay for them at once."""

    def convert(
        self,
        *,
        source_id: str,
        email: str,
        points: int,
        expires_on: str | None = None,
        idempotency_key: str | None = None,
    ) -> Conversion:
        """The same `source_id` with the same facts is the same conversion."""
        body = {"source_id": source_id, "email": email, "points": points, "expires_on": expires_on}
        return Conversion.read(self.wire.post("/v1/points/conversions", body, key=idempotency_key))

    def convert_file(self, content: bytes, *, signature: str) -> ConversionBatch:
        """All of it or nothing; `sign_conversions` makes the signature. Sent twice, it is one file."""
        path = "/v1/points/conversions/file"
        return ConversionBatch.read(self.wire.send(path, {"signature": signature}, content, type="text/csv"))

    def retrieve(self, conversion_id: str) -> Conversion:
        return Conversion.read(self.wire.get(f"/v1/points/conversions/{conversion_id}"))

    def list(self, *, source_id: str | None = None) -> Iterator[Conversion]:
        return self._list("/v1/points/conversions", Conversion, {"source_id": source_id})

    def batch(self, batch_id: str) -> ConversionBatch:
        return ConversionBatch.read(self.wire.get(f"/v1/points/conversion_batches/{batch_id}"))


class Events(_Noun[Event]):
    """The way back after an outage of yours: everything that webhooks would have told."""

    def retrieve(self, event_id: str) -> Event:
        return Event.read(self.wire.get(f"/v1/events/{event_id}"))

    def list(self, *, type: str | None = None, subject: str | None = None) -> Iterator[Event]:  # noqa: A002 (the API's own name)
        return self._list("/v1/events", Event, {"type": type, "subject": subject})

    def redeliver(self, event_id: str) -> Event:
        return Event.read(self.wire.change("POST", f"/v1/events/{event_id}/redeliver", {}))


class WebhookEndpoints(_Noun[WebhookEndpoint]):
    def create(self, *, url: str, event_types: Sequence[str] = ()) -> WebhookEndpoint:
        """The answer carries the signing secret, this once."""
        body = {"url": url, "event_types": list(event_types)}
        return WebhookEndpoint.read(self.wire.change("POST", "/v1/webhook_endpoints", body))

    def retrieve(self, endpoint_id: str) -> WebhookEndpoint:
        return WebhookEndpoint.read(self.wire.get(f"/v1/webhook_endpoints/{endpoint_id}"))

    def list(self) -> Iterator[WebhookEndpoint]:
        return self._list("/v1/webhook_endpoints", WebhookEndpoint, {})

    def update(
        self,
        endpoint_id: str,
        *,
        url: str | None = None,
        event_types: Sequence[str] | None = None,
        status: str | None = None,
    ) -> WebhookEndpoint:
        body = {
            "url": url,
            "event_types": list(event_types) if event_types is not None else None,
            "status": status,
        }
        return WebhookEndpoint.read(self.wire.change("PATCH", f"/v1/webhook_endpoints/{endpoint_id}", body))

    def roll_secret(self, endpoint_id: str) -> WebhookEndpoint:
        """Both secrets sign for 72 hours, so nothing is unverifiable meanwhile."""
        return WebhookEndpoint.read(self.wire.change("POST", f"/v1/webhook_endpoints/{endpoint_id}/roll_secret", {}))

    def delete(self, endpoint_id: str) -> None:
        self.wire.change("DELETE", f"/v1/webhook_endpoints/{endpoint_id}")
