"""What a network's reason code means in our words. Pure. Codes of Visa, and of Mastercard where they differ."""

from typing import Final

from payments.states import DisputeReason

# fmt: off
_MEANINGS: Final = (
    ("10.1 10.2 10.3 10.4 10.5 4837 4863 4870 4871", DisputeReason.FRAUDULENT),
    ("13.1 4855",                                    DisputeReason.NOT_RECEIVED),
    ("13.3 13.4 13.5 4853",                          DisputeReason.NOT_AS_DESCRIBED),
    ("12.6 12.6.1 12.6.2 4834",                      DisputeReason.DUPLICATE),
    ("13.6 13.7 4860",                               DisputeReason.REFUND_NOT_RECEIVED),
)
# fmt: on
_BY_CODE: Final = {code: reason for codes, reason in _MEANINGS for code in codes.split()}


def reason_of(code: str) -> DisputeReason:
    return _BY_CODE.get(code, DisputeReason.OTHER)
