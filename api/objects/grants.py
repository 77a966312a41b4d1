"""What customers permit."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import (
    CURRENCY,
    DAY,
    INSTANT,
    LIVEMODE,
    MADE,
    METADATA,
    VERSION,
    an_id,
    members,
    or_null,
    page_of,
    said,
    text,
    whole,
    word,
)
from payments.states import GrantEnd, GrantKind, GrantPeriod, GrantStatus

_GRANT_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("grt"),
    "object": {"const": "grant"},
    "livemode": LIVEMODE,
    "status": said(word(GrantStatus), _("It can be charged while it is “active”.")),
    "ended_why": said(or_null(word(GrantEnd)), _("Why it ended; an ended grant never comes back.")),
    "kind": said(word(GrantKind), _("For one payment, or for any number of them.")),
    "currency": CURRENCY,
    "limit_per_payment": said(whole(least=1), _("The most that one payment may be. The customer may have lowered it.")),
    "limit_per_period": said(or_null(whole(least=1)), _("The most in one period; none for a grant for one payment.")),
    "period": said(
        or_null(word(one for one in GrantPeriod if one != GrantPeriod.NONE)),
        _("A calendar period of Tokyo; a week begins on Monday."),
    ),
    "until": said(DAY, _("The last day on which you may charge, in Tokyo.")),
    "merchant_reference": said(text(64), _("Your own name for it. Unique for you, for ever.")),
    "description": said(text(255), _("What the customer reads beside the limits.")),
    "return_url": said(text(2_000), _("Where the customer comes back to. A return proves nothing: ask the API.")),
    "card": said(
        or_null(members({"brand": text(16), "last4": {"type": "string", "pattern": "^[0-9]{4}$"}})),
        _("Which card pays; the customer may choose another one at any time."),
    ),
    "metadata": said(METADATA, _("Kept and given back, never looked at.")),
    "expires_at": said(INSTANT, _("Until when the customer may answer.")),
    "approved_at": said(or_null(INSTANT), _("When the customer’s passkey signed it.")),
    "ended_at": said(or_null(INSTANT), _("When it ended.")),
    "version": VERSION,
    "created_at": MADE,
}

GRANT_SNAPSHOT: Final = members(_GRANT_MEMBERS, _("A grant as its events tell it."))

GRANT: Final = members(
    {
        **_GRANT_MEMBERS,
        "usage": said(
            {
                "anyOf": [
                    members(
                        {
                            "period_from": said(or_null(DAY), _("The period’s first day.")),
                            "period_before": said(or_null(DAY), _("The first day of the next period.")),
                            "amount_used": said(whole(), _("Captured or reserved in this period.")),
                            "amount_left": said(whole(), _("What may still be charged in it.")),
                        }
                    ),
                    {"type": "null"},
                ]
            },
            _("What is used of the limit; none before the customer’s yes."),
        ),
        "checkout_url": said({**text(2_000), "format": "uri"}, _("Send the customer’s browser there to ask.")),
    },
    _("A customer’s permission: you may charge within its limits until it ends."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Grant": GRANT,
    "GrantSnapshot": GRANT_SNAPSHOT,
    "GrantList": page_of("Grant"),
}
