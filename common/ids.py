"""Ids: UUIDv7 in the table, `pay_01k…` wherever a person, a log or another room meets them.

The text after the underscore is the UUID's 128 bits in Crockford's base 32, lower case, 26 characters: it sorts like
the UUID, and so by time. Ids are made by us and not by sequences, so a row has its name before it is written.
"""

import hmac
import re
import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

import uuid_utils
from django.core.exceptions import ValidationError
from django.db import models

PREFIXES: Final = {
    "acc": "ledger account",
    "adj": "adjustment of points by staff",
    "adv": "advice to the card network",
    "apr": "approval",
    "arc": "record of an authentication, in the safe",
    "ath": "authentication by the issuer",
    "aud": "audit record",
    "auth": "authorization",
    "cap": "capture",
    "card": "card",
    "cch": "change of a card's status",
    "chl": "challenge",
    "cll": "line of a points clearing",
    "clr": "points clearing",
    "cmp": "points campaign",
    "cnv": "conversion of a shop's old points",
    "ctr": "try to add a card",
    "cky": "key of one owner of cards",
    "cus": "customer",
    "cvb": "batch of conversions",
    "cvk": "key that a merchant signs conversions with",
    "cvp": "permit for conversions",
    "cvr": "proposal to permit conversions",
    "dac": "giving in to a dispute for a shop",
    "dan": "answer to a dispute",
    "dch": "change of a dispute",
    "dlv": "delivery",
    "dpt": "departure of a merchant",
    "dsp": "dispute",
    "ent": "entry",
    "ern": "a capture that earned points",
    "evd": "file of evidence in a dispute",
    "evt": "event",
    "exn": "notice that points will expire",
    "fam": "family",
    "fmb": "member of a family",
    "fmv": "move of points in a family",
    "frd": "fraud report",
    "gft": "gift of points",
    "grt": "grant",
    "hold": "hold",
    "hrd": "event heard by a handler",
    "idk": "idempotency key",
    "inb": "event that somebody else told us",
    "ink": "key that cards are sealed to",
    "int": "intake",
    "key": "API key",
    "lch": "change of a points lot",
    "loan": "points that one lot lent to another",
    "lot": "points lot",
    "mail": "outgoing mail",
    "mch": "change of a merchant's state",
    "mem": "member",
    "mer": "merchant",
    "ntc": "notice from the card network",
    "pay": "payment",
    "pkc": "challenge for a new payment passkey",
    "pky": "payment passkey",
    "ppr": "proposed change of the points program",
    "pst": "posting",
    "rck": "key that signs receipts",
    "rct": "receipt",
    "ref": "refund",
    "req": "request",
    "ret": "return URL",
    "rfp": "part of a refund",
    "rpl": "redelivery of a time range",
    "sgn": "record of a sign-in",
    "shp": "shop",
    "shr": "customer's rule for one shop",
    "stf": "person of the staff",
    "sys": "the system itself, as an actor",
    "tel": "event on its way to a webhook endpoint",
    "tbk": "points taken back",
    "tok": "card token",
    "tst": "tier of a year",
    "use": "use of a points lot",
    "usr": "sign-in",
    "wal": "wallet",
    "whe": "webhook endpoint",
    "wir": "message on the wire",
}
"""Every prefix and what it names. A test keeps them unique among models."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS: Final = range(120, -1, -10)
"""Thirteen times two letters, ten bits each: quicker than letter by letter."""
_AS_PYTHON_READS: Final = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_SHAPE: Final = re.compile(r"(?P<prefix>[a-z]{2,4})_(?P<body>[0-7][0-9a-hjkmnp-tv-z]{25})")


def new_id(prefix: str) -> str:
    """A fresh id, e.g. `pay_01k…`; later ones sort after earlier ones."""
    return _text(prefix, uuid_utils.uuid7().int)


def new_uuid() -> str:
    """The UUID of a fresh id, for a row that nobody needs to name."""
    return str(uuid_utils.uuid7())


def derived_id(prefix: str, *, at: datetime, secret: bytes, name: str) -> str:
    """The id that this `name` always gets: how a repeated request finds what its first run made.

    A UUIDv7 whose time is `at` and whose random bits are HMAC-SHA-256(secret, prefix, name); nobody can foresee it
    without the secret.
    """
    digest = int.from_bytes(hmac.digest(secret, f"{prefix}\0{name}".encode(), "sha256")[:16], "big")
    bits = (int(at.timestamp() * 1000) & (2**48 - 1)) << 80
    bits |= 0x7 << 76 | ((digest >> 64) & 0xFFF) << 64 | 0b10 << 62 | (digest & (2**62 - 1))
    return public_id(prefix, uuid.UUID(int=bits))


@lru_cache(maxsize=4_096)
def public_id(prefix: str, value: uuid.UUID) -> str:
    return _text(prefix, value.int)


def _text(prefix: str, number: int) -> str:
    if prefix not in PREFIXES:
        raise ValueError(f"unknown id prefix {prefix!r}")
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


@lru_cache(maxsize=4_096)  # one payment names itself in a dozen rows
def read_id(text: str, *, prefix: str) -> uuid.UUID | None:
    """The UUID inside an id of this kind; None for anything else, whatever a stranger may have sent."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or shape["prefix"] != prefix:
        return None
    return uuid.UUID(int=int(shape["body"].translate(_AS_PYTHON_READS), 32))


Set_contra = TypeVar("Set_contra", contravariant=True)
Get_co = TypeVar("Get_co", covariant=True)


class PublicIdField(models.UUIDField[Set_contra, Get_co]):
    """A UUIDv7 column that Python sees as `pay_01k…`. A text that is no such id finds no row; it is never an error."""

    _pyi_private_set_type: str
    _pyi_private_get_type: str  # type: ignore[assignment]  # a text, where the library's own field gives a UUID

    def __init__(self, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "prefix": self.prefix}

    def get_default(self) -> str | None:
        if self.primary_key and not self.has_default():
            return new_id(self.prefix)
        default: str | None = super().get_default()
        return default

    def from_db_value(self, value: uuid.UUID | str | None, *_: object) -> str | None:
        if value is None:
            return None
        return public_id(self.prefix, value if isinstance(value, uuid.UUID) else uuid.UUID(value))

    def to_python(self, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, uuid.UUID):
            return public_id(self.prefix, value)
        if isinstance(value, str) and read_id(value, prefix=self.prefix):
            return value
        raise ValidationError(f"not an id of kind {self.prefix}", code="invalid")

    def get_prep_value(self, value: Any) -> uuid.UUID | None:
        if value is None or isinstance(value, uuid.UUID):
            return value
        # A stranger's text can only be asked about, never stored: the nil UUID belongs to no row.
        return read_id(str(value), prefix=self.prefix) or uuid.UUID(int=0)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002 (Django's own signature)
        return value if prepared else self.get_prep_value(value)
