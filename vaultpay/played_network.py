"""How a sandbox's test helpers play issuer and network: they ask the network host, and wait until we have heard of it.

Nothing is written behind the network's back: its book and ours stay one story.
"""

import time
from typing import TYPE_CHECKING, Any, Final

import requests
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import clock
from common.errors import Kind, Refusal
from payments import services as payments
from payments.queries import dispute_of_merchant, disputes_of_merchant
from payments.states import DisputeReason

if TYPE_CHECKING:
    from payments.models import Payment

REASON_CODES: Final = {
    DisputeReason.FRAUDULENT.value: "10.4",
    DisputeReason.NOT_RECEIVED.value: "13.1",
    DisputeReason.NOT_AS_DESCRIBED.value: "13.3",
    DisputeReason.DUPLICATE.value: "12.6",
    DisputeReason.REFUND_NOT_RECEIVED.value: "13.6",
}
_SECONDS: Final = 5
_LOOK_EVERY_SECONDS: Final = 0.1


class NetworkNotPlayed(Refusal):
    """No network host runs beside this instance, it does not answer, or it says that this is not possible."""

    code, kind = "network_not_played", Kind.RULE
    message = _("The sandbox’s card network did not do this: {why}")


def ask_network(path: str, body: dict[str, Any]) -> Any:
    return _said(_post(path, body))


def open_case(payment: "Payment", asked: dict[str, Any]) -> Any:
    """The network's new case about this payment. Right after a charge its capture is still on the way there: it is sent
    from here, and waited for.
    """
    attempt = payment.latest_authorization
    if attempt is None or not payment.amount_captured_minor:
        raise NetworkNotPlayed(why=gettext("nothing of this payment was captured yet"))
    if not attempt.amount_minor:
        raise NetworkNotPlayed(why=gettext("points alone paid, and no card issuer knows of it"))
    until = time.monotonic() + _SECONDS
    while (answer := _post("cases", {"reference": attempt.id, **asked})).status_code == requests.codes.not_found:
        if time.monotonic() >= until:
            raise NetworkNotPlayed(why=gettext("the capture has not reached it yet; ask again in a moment"))
        payments.send_advices(clock.now())
        time.sleep(_LOOK_EVERY_SECONDS)
    return _said(answer)


def _post(path: str, body: dict[str, Any]) -> requests.Response:
    if not settings.ENV.network_url:
        raise NetworkNotPlayed(why=gettext("no network host is known here"))
    try:
        return requests.post(f"{settings.ENV.network_url.rstrip('/')}/{path}", json=body, timeout=_SECONDS)
    except requests.RequestException:
        raise NetworkNotPlayed(why=gettext("it does not answer")) from None


def _said(answer: requests.Response) -> Any:
    if answer.status_code >= 400:
        raise NetworkNotPlayed(why=answer.text[:200])
    return answer.json()


def heard_of(merchant_id: str, *, case_ref: str, after_version: int = 0) -> Any:
    """The dispute, as soon as its notice has come over the link and was dealt with."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        payments.hear_notices(now=clock.now())
        found = disputes_of_merchant(merchant_id, text=case_ref).rows
        if found and found[0].version > after_version:
            return dispute_of_merchant(merchant_id, found[0].id)
        time.sleep(_LOOK_EVERY_SECONDS)
    raise NetworkNotPlayed(why=gettext("its notice has not come over the link yet"))
