"""The merchant itself, and what is owed to it."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import CURRENCY, LIVEMODE, MADE, an_id, members, said, text, whole, word
from merchants.states import MerchantStatus

BALANCE: Final = members(
    {
        "object": {"const": "balance"},
        "livemode": LIVEMODE,
        "currency": CURRENCY,
        "available": said(whole(), _("Owed to you, and confirmed by the card network.")),
        "pending": said(whole(), _("Owed to you; the card network has not confirmed those captures yet.")),
        "owed": said(whole(), _("Owed by you: more was refunded than was owed to you. Later sales make up for it.")),
    },
    _("What is owed to a shop at this moment, or by it."),
)

PROFILE: Final = members(
    {
        "id": an_id("mer"),
        "object": {"const": "profile"},
        "livemode": LIVEMODE,
        "display_name": said(text(60), _("How customers know you.")),
        "legal_name": said(text(120), _("Who the contract is with.")),
        "status": said(word(MerchantStatus), _("New payments are possible while it is “admitted”.")),
        "category_code": said({"type": "string", "pattern": "^[0-9]{4}$"}, _("Merchant category code, ISO 18245.")),
        "city": text(40),
        "fee_basis_points": said(whole(10_000), _("The fee, in hundredths of a percent.")),
        "return_window_days": said(
            whole(32_767), _("How long customers may bring goods back; points wait for so long.")
        ),
        "shops": {
            "type": "array",
            "items": members(
                {
                    "id": an_id("shp"),
                    "display_name": text(60),
                    "origin": text(300),
                    "return_urls": {"type": "array", "items": text(500)},
                }
            ),
        },
        "created_at": MADE,
    },
    _("Your business, as this commerce knows it."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Balance": BALANCE,
    "Profile": PROFILE,
}
