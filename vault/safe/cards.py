"""The sealed cards: put in, opened for a message, forgotten. What asks the database runs in a thread of the safe."""

import json
import os
import time
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from django.db.models import Q

from common.db import transaction_required
from common.ids import new_id
from common.secrets import Secret
from vault.models import (
    RECORD_VERSION,
    AuthenticationRecord,
    CardRecord,
    Intake,
    IntakeKey,
    KeyCheck,
    OwnerKey,
    WireMessage,
)
from vault.safe.envelope import DoesNotOpen, facts, seal, unseal
from vault.safe.keys import KeyProvider, KeysUnusable, Wrapped
from vault.safe.pan import OpenCard, Pan, TypedCard
from vault.states import MessageKind, MessageStatus, Outcome

KNOWN_WORDS: Final = Secret(b"vaultpay/key-check/v1 known words")
KEYS_KEPT_SECONDS: Final = 60
MOST_KEYS_KEPT: Final = 1_000
REFUNDABLE: Final = timedelta(days=180)
"""How long after its last capture a forgotten card is kept, unusable: a refund must name the card it goes to."""


def check_keys(provider: KeyProvider, *, now: datetime) -> None:
    """Refuse (KeysUnusable) to work with other keys than those this database was sealed with."""
    checks = list(KeyCheck.objects.all())
    mark = provider.hmac(KNOWN_WORDS.reveal())
    for check in checks:
        try:
            words = provider.unwrap(Wrapped(check.kek_id, bytes(check.wrapped)), about=_check_facts(check.kek_id))
        except DoesNotOpen:
            words = Secret(b"")
        if words != KNOWN_WORDS or bytes(check.hmac) != mark:
            raise KeysUnusable(
                f"The key file is not the one that this database was sealed with (key {check.kek_id}). "
                "Put the right key file back; without it no stored card can be opened."
            )
    if not checks and (OwnerKey.objects.exists() or IntakeKey.objects.exists()):
        raise KeysUnusable("This database holds sealed cards, but no record of the key that sealed them. Restore both.")
    if provider.current() not in {check.kek_id for check in checks}:
        wrapped = provider.wrap(KNOWN_WORDS, about=_check_facts(provider.current()))
        KeyCheck.objects.create(kek_id=wrapped.kek_id, wrapped=wrapped.blob, hmac=mark, created_at=now)


def _check_facts(kek_id: str) -> bytes:
    return facts("vaultpay/key-check/v1", kek_id)


class OwnerKeys:
    """Owners' keys, unwrapped. A few are kept in memory for a minute, so that a busy owner costs one unwrap."""

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider
        self._kept: OrderedDict[str, tuple[float, Secret]] = OrderedDict()
        self._lock = Lock()

    def key(self, row: OwnerKey) -> Secret:
        """Raises DoesNotOpen."""
        moment = time.monotonic()
        with self._lock:
            kept = self._kept.get(row.id)
            if kept is not None and kept[0] > moment:
                return kept[1]
        key = self._provider.unwrap(Wrapped(row.kek_id, bytes(row.wrapped)), about=_owner_facts(row.id, row.owner_ref))
        with self._lock:
            self._kept[row.id] = (moment + KEYS_KEPT_SECONDS, key)
            self._kept.move_to_end(row.id)
            while len(self._kept) > MOST_KEYS_KEPT:
                self._kept.popitem(last=False)
        return key

    def of(self, owner_ref: str, *, now: datetime) -> OwnerKey:
        """The owner's key row; made on first use. Two hands at once make one."""
        row = OwnerKey.objects.filter(owner_ref=owner_ref).first()
        if row is not None:
            return row
        key_id = new_id("cky")
        wrapped = self._provider.wrap(Secret(os.urandom(32)), about=_owner_facts(key_id, owner_ref))
        OwnerKey.objects.bulk_create(
            [OwnerKey(id=key_id, owner_ref=owner_ref, kek_id=wrapped.kek_id, wrapped=wrapped.blob, created_at=now)],
            ignore_conflicts=True,
        )
        return OwnerKey.objects.get(owner_ref=owner_ref)


def _owner_facts(key_id: str, owner_ref: str) -> bytes:
    return facts("vaultpay/owner-key/v1", key_id, owner_ref)


class CardBox:
    def __init__(self, provider: KeyProvider) -> None:
        self._provider, self._keys = provider, OwnerKeys(provider)

    @transaction_required
    def put(self, typed: TypedCard, *, owner_ref: str, now: datetime) -> tuple[CardRecord, bool]:
        """The record, and whether this owner had stored the same number before. A new expiry replaces the old one."""
        pan, owner_key = typed.card.pan, self._keys.of(owner_ref, now=now)
        fingerprint = self._provider.hmac(b"vaultpay/fingerprint/v1\0" + pan.reveal_to_network().encode())
        fresh = CardRecord(
            id=new_id("tok"),
            owner_ref=owner_ref,
            owner_key=owner_key,
            fingerprint=fingerprint,
            brand=typed.brand,
            bin6=pan.bin6,
            last4=pan.last4,
            exp_month=typed.card.exp_month,
            exp_year=typed.card.exp_year,
            version=RECORD_VERSION,
            created_at=now,
        )
        fresh.sealed = self._seal(fresh, typed.card)
        CardRecord.objects.bulk_create([fresh], ignore_conflicts=True)
        record = CardRecord.objects.select_for_update(no_key=True).get(owner_ref=owner_ref, fingerprint=fingerprint)
        if record.id == fresh.id:
            return record, False
        record.exp_month, record.exp_year, record.forgotten_at = typed.card.exp_month, typed.card.exp_year, None
        record.sealed = self._seal(record, typed.card)
        record.save(update_fields=["exp_month", "exp_year", "forgotten_at", "sealed"])
        return record, True

    def open(self, card_token: str, *, owner_ref: str, even_forgotten: bool = False) -> OpenCard | None:
        """None for a card that is not there, not this owner's, or forgotten. Raises DoesNotOpen."""
        record = CardRecord.objects.select_related("owner_key").filter(id=card_token, owner_ref=owner_ref).first()
        if record is None or (record.forgotten_at is not None and not even_forgotten):
            return None
        return self.open_record(record)

    def open_record(self, record: CardRecord) -> OpenCard:
        """The same for a row that was read, with its owner's key. Raises DoesNotOpen."""
        plain = unseal(bytes(record.sealed), key=self._keys.key(record.owner_key), about=_record_facts(record))
        members = json.loads(plain)
        return OpenCard(Pan(members["n"]), members["m"], members["y"])

    @transaction_required
    def renew(self, card_token: str, *, exp_month: int, exp_year: int) -> list[str]:
        """A new expiry for this number, for everybody who keeps it; their tokens. Raises DoesNotOpen."""
        known = CardRecord.objects.filter(id=card_token).values_list("fingerprint", flat=True).first()
        if known is None:
            return []
        rows = CardRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("owner_key")
        records = list(rows.filter(fingerprint=bytes(known)).order_by("id"))
        for record in records:
            plain = unseal(bytes(record.sealed), key=self._keys.key(record.owner_key), about=_record_facts(record))
            record.exp_month, record.exp_year = exp_month, exp_year
            record.sealed = self._seal(record, OpenCard(Pan(json.loads(plain)["n"]), exp_month, exp_year))
            record.save(update_fields=["exp_month", "exp_year", "sealed"])
        return [record.id for record in records]

    @transaction_required
    def seal_value(self, value: str, *, record: AuthenticationRecord, now: datetime) -> bytes:
        """An authentication value, sealed so that it opens in this record only."""
        key = self._keys.key(self._keys.of(record.owner_ref, now=now))
        return seal(value.encode(), key=key, about=_authentication_facts(record))

    def open_value(self, record: AuthenticationRecord, *, now: datetime) -> str:
        """The value that goes into the authorization; empty when the issuer gave none. Raises DoesNotOpen."""
        if record.sealed_value is None:
            return ""
        key = self._keys.key(self._keys.of(record.owner_ref, now=now))
        return unseal(bytes(record.sealed_value), key=key, about=_authentication_facts(record)).decode()

    def _seal(self, record: CardRecord, card: OpenCard) -> bytes:
        members = {"n": card.pan.reveal_to_network(), "m": card.exp_month, "y": card.exp_year}
        plain = json.dumps(members, separators=(",", ":")).encode()
        return seal(plain, key=self._keys.key(record.owner_key), about=_record_facts(record))


def _record_facts(record: CardRecord) -> bytes:
    """Where the record belongs: a copy under another owner, card, key or version does not open."""
    return facts(
        "vaultpay/record/v1",
        "vault_cardrecord",
        "sealed",
        record.owner_ref,
        record.id,
        record.owner_key_id,
        str(record.version),
    )


def _authentication_facts(record: AuthenticationRecord) -> bytes:
    return facts(
        "vaultpay/record/v1",
        "vault_authenticationrecord",
        "sealed_value",
        record.owner_ref,
        record.id,
        record.reference,
    )


def destroy_forgotten(*, card_tokens: Collection[str] | None = None, now: datetime) -> int:
    """Delete forgotten cards about which nothing is open and to which nothing can go back; returns how many."""
    forgotten = CardRecord.objects.filter(forgotten_at__isnull=False)
    if card_tokens is not None:
        forgotten = forgotten.filter(id__in=card_tokens)
    still_open = (
        Q(kind=MessageKind.AUTHORIZATION, outcome=Outcome.OPEN)
        & (Q(status=MessageStatus.SENT) | Q(status=MessageStatus.ANSWERED, response_code="00") | ~Q(distrusted=""))
        | Q(kind=MessageKind.REFUND, outcome=Outcome.OPEN, status=MessageStatus.SENT)
        | Q(reversal_due_at__isnull=False)
        | Q(
            kind=MessageKind.CAPTURE,
            status=MessageStatus.ANSWERED,
            response_code="00",
            answered_at__gt=now - REFUNDABLE,
        )
    )
    gone = 0
    for record in forgotten:
        if not WireMessage.objects.filter(still_open, card_token=record.id).exists():
            gone += record.delete()[0]
    return gone


def sweep_intakes(*, now: datetime) -> None:
    """Delete intakes that ended a day ago, and then the keys that no intake can need any more."""
    a_day_ago = now - timedelta(days=1)
    Intake.objects.filter(expires_at__lt=a_day_ago).delete()
    IntakeKey.objects.filter(created_at__lt=a_day_ago - timedelta(hours=1), intakes__isnull=True).delete()
