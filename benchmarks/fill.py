"""The people of the benchmark, made through the verbs that everybody uses, and history, copied row by row in SQL."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

CARD = "4242424242424242"


@dataclass(frozen=True, slots=True)
class Shop:
    merchant_id: str
    key: str
    return_url: str


@dataclass(frozen=True, slots=True)
class Buyer:
    customer_id: str
    wallet_id: str
    card_id: str


@dataclass(frozen=True, slots=True)
class Permission:
    grant_id: str
    shop: Shop


def shops(number: int) -> list[Shop]:
    from common import clock
    from common.actors import SYSTEM
    from merchants import services as merchants
    from merchants.states import ALL_SCOPES

    now, made = clock.now() - timedelta(days=120), []
    for place in range(number):
        merchant = merchants.admit_merchant(
            display_name=f"Shop {place}",
            legal_name=f"Measured Shop {place} K.K.",
            category_code="5812",
            fee_basis_points=320,
            city="Kyoto",
            shop_name=f"Shop {place}",
            shop_origin=f"https://shop{place}.example",
            by=SYSTEM,
            now=now,
        )
        merchants.register_return_url(
            shop_id=merchant.shops.get().id, url=f"https://shop{place}.example/return", by=SYSTEM, now=now
        )
        _key, text = merchants.issue_api_key(
            merchant_id=merchant.id, label="Benchmark", scopes=ALL_SCOPES, by=SYSTEM, now=now
        )
        made.append(Shop(merchant.id, text, f"https://shop{place}.example/return"))
    return made


def buyers(number: int) -> list[Buyer]:
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(_buyer, range(number)))


def _buyer(place: int) -> Buyer:
    from django.db import connection

    from accounts.queries import cards_of
    from common import clock
    from sandbox.people import DemoCard, DemoCustomer
    from vaultpay.seeding import demo_customer

    person = DemoCustomer(f"Buyer {place}", f"buyer.{place}@example.com", "en", (DemoCard(CARD, 12, 2031, "123", ""),))
    customer = demo_customer(person, now=clock.now())
    buyer = Buyer(customer.id, customer.wallet.id, cards_of(customer)[0].id)
    connection.close()
    return buyer


def permissions(people: Sequence[Buyer], sellers: Sequence[Shop]) -> list[Permission]:
    """One for each buyer, at the shops in turn; large enough never to be used up."""
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(_permission, people, [sellers[place % len(sellers)] for place in range(len(people))]))


def _permission(buyer: Buyer, shop: Shop) -> Permission:
    from django.conf import settings
    from django.db import connection

    from common import clock
    from common.actors import Actor
    from common.ids import new_id
    from common.money import yen
    from payments import services as payments
    from vaultpay.demo_passkeys import software_passkey_of

    now, by = clock.now(), Actor(buyer.customer_id)
    grant = payments.create_grant(
        grant_id=new_id("grt"),
        merchant_id=shop.merchant_id,
        kind="recurring",
        limit_per_payment=yen(10**6),
        limit_per_period=yen(10**12),
        period="month",
        until=(now + timedelta(days=300)).date(),
        merchant_reference=new_id("grt"),
        return_url=shop.return_url,
        by=by,
        now=now,
    )
    offer = payments.offer_grant_approval(
        grant_id=grant.id, customer_id=buyer.customer_id, card_id=buyer.card_id, now=now
    )
    passkey = software_passkey_of(buyer.customer_id, now=now)
    payments.approve_grant(
        grant_id=grant.id,
        customer_id=buyer.customer_id,
        challenge_id=offer.challenge_id,
        assertion=passkey.get(
            offer.public_key, origin=settings.WEBAUTHN_ORIGIN, user_handle=buyer.customer_id.encode()
        ),
        by=by,
        now=now,
    )
    connection.close()
    return Permission(grant.id, shop)


def session_of(buyer: Buyer) -> str:
    """A session cookie for a customer who has just signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts import sessions
    from accounts.queries import customer_by_id
    from common import clock

    user, store = customer_by_id(buyer.customer_id).user, SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    sessions.begin(store, now=clock.now())
    store.create()
    return str(store.session_key)


COPIES: dict[str, tuple[str, str]] = {
    # table: which rows are copied, and what is new in each copy
    "payments_payment": (
        "id = %(payment)s",
        "'id', payment, 'merchant_reference', payment, 'merchant_id', merchant, 'created_at', now() + before",
    ),
    "payments_paymentstatuschange": ("payment_id = %(payment)s", "'payment_id', payment"),
    "payments_authorization": ("payment_id = %(payment)s", "'payment_id', payment, 'id', attempt"),
    "payments_capture": (
        "payment_id = %(payment)s",
        "'payment_id', payment, 'authorization_id', attempt, 'id', other",
    ),
    "payments_advice": (
        "authorization_id IN (SELECT id FROM payments_authorization WHERE payment_id = %(payment)s)",
        "'authorization_id', attempt, 'capture_id', other, 'id', other, 'status', 'acknowledged', 'next_try_at', NULL",
    ),
    "ledger_entry": ("source_ref = %(capture)s AND reason = 'capture'", "'id', payment, 'source_ref', payment"),
    "events_event": ("subject = %(name)s", "'id', uuidv7(before), 'subject', payment, 'owner_ref', merchant"),
    "events_auditrecord": ("subject = %(name)s", "'id', uuidv7(before), 'subject', payment"),
    "events_idempotencyrecord": (
        "key = (SELECT max(key) FROM events_idempotencyrecord)",
        "'id', other, 'key', payment",
    ),
    "vault_wiremessage": ("reference = %(attempt)s", "'id', other, 'reference', attempt, 'trace_number', ''"),
}


def history(payment_id: str, *, number: int, sellers: Sequence[Shop]) -> None:
    """`number` payments like this one in every table that grows with payments, spread over the past.

    Set-based and without triggers: a copy is as consistent as its original. Its entry in the books is one posting.
    """
    from django.db import connection

    from common.ids import read_id
    from payments.models import Payment

    payment = Payment.objects.get(pk=payment_id)
    named = {
        "payment": read_id(payment_id, prefix="pay"),
        "name": payment_id,
        "attempt": payment.authorizations.get().id,
        "capture": payment.captures.get().id,
        "number": number,
        "merchants": [read_id(shop.merchant_id, prefix="mer") for shop in sellers],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        cursor.execute(
            """
            DROP TABLE IF EXISTS copy;
            CREATE TEMPORARY TABLE copy AS
            SELECT before, uuidv7(before) AS payment, uuidv7(before) AS attempt, uuidv7(before) AS other,
                   (%(merchants)s::uuid[])[1 + n %% cardinality(%(merchants)s::uuid[])] AS merchant
            FROM generate_series(1, %(number)s) AS n,
                 LATERAL (SELECT make_interval(secs => n - 600 - %(number)s)) AS past (before)
            """,
            named,
        )
        for table, (original, changes) in COPIES.items():
            made = f"jsonb_populate_record(NULL::{table}, to_jsonb(original) || jsonb_build_object({changes}))"
            cursor.execute(
                f"INSERT INTO {table} SELECT made.* FROM copy, (SELECT * FROM {table} WHERE {original}) AS original,"
                f" LATERAL {made} AS made",
                named,
            )
        cursor.execute(
            """
            INSERT INTO ledger_posting (id, entry_id, debit_account_id, credit_account_id, amount_minor, currency)
            SELECT copy.other, copy.payment, debit_account_id, credit_account_id, amount_minor, currency
            FROM copy, ledger_posting
            WHERE entry_id = (SELECT id FROM ledger_entry WHERE source_ref = %(capture)s AND reason = 'capture')
            """,
            named,
        )
        cursor.execute("DROP TABLE copy; SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
