"""Who is let in where: every address of the product, for everybody who may knock there.

The addresses come from the URL configuration. One that is not in this table fails the suite: whoever adds a page says
here for whom it is.
"""

import re
from typing import Final

import pytest
from allauth.mfa.models import Authenticator as SignInKey

from tests.architecture.conftest import (
    ALICE,
    ANONYMOUS,
    BOB,
    KEY,
    LET_IN,
    OWNER,
    RIVAL,
    RIVAL_KEY,
    ROLES,
    SIGN_IN,
    STAFF,
    WELCOME,
)
from tests.routes import Route, all_routes

ROUTES: Final = all_routes()


def audience(rest: str, **said: str) -> dict[str, str]:
    """What each role gets; a secret key is no way into a page, so it is nobody there."""
    nobody = said.get(ANONYMOUS, rest)
    return dict.fromkeys(ROLES, rest) | {KEY: nobody, RIVAL_KEY: nobody} | said


LED_ON: Final = "let in, or led on"

# fmt: off
EVERYBODY: Final   = audience(LET_IN)
STRANGERS: Final   = audience(LED_ON)    # sign-in pages: open to all, and lead on who is signed in or has no code yet
SIGNED_IN: Final   = audience(LET_IN, anonymous=SIGN_IN)
CUSTOMERS: Final   = audience(WELCOME, anonymous=SIGN_IN, alice=LET_IN, bob=LET_IN)
ALICES: Final      = audience(WELCOME, anonymous=SIGN_IN, alice=LET_IN, bob="404")
BOBS: Final        = audience(WELCOME, anonymous=SIGN_IN, alice="404", bob=LET_IN)
ALICES_OWN: Final  = audience("404", anonymous=SIGN_IN, alice=LET_IN)    # of a person, wallet or not
ALICES_CODES: Final = audience("404", anonymous=SIGN_IN)                 # nobody here has made any
ALICE_PAYS: Final  = audience("404", alice=LET_IN)                       # until it is bound, all may look
TEAM: Final        = audience("404", anonymous=SIGN_IN, owner=LET_IN)
STAFF_ONLY: Final  = audience("403", anonymous=SIGN_IN, staff=LET_IN)
NO_STAFF: Final    = audience("403", anonymous=SIGN_IN)                # money is not written here by anybody
STAFF_404: Final   = audience("403", anonymous=SIGN_IN, staff="404")
SHOP: Final        = audience("401", key=LET_IN, rival_key="404")
SHOPS: Final       = audience("401", key=LET_IN, rival_key=LET_IN)
UNKNOWN: Final     = audience("404", key="404", rival_key="404")
NOBODY: Final      = None
"""The method is not for this address: whatever the answer is, nobody is let in."""

PAGES: Final = {
    # By name, first who may GET, then who may POST.
    "healthz": (EVERYBODY, NOBODY),
    "readyz": (audience("503"), NOBODY),  # in the suite nobody has started the safe
    "portal:public": (EVERYBODY, NOBODY),
    "portal:language": (NOBODY, EVERYBODY),
    "portal:styleguide": (EVERYBODY, NOBODY),

    "portal:home": (CUSTOMERS, NOBODY),
    "portal:approve": (ALICE_PAYS, NOBODY),
    "portal:approve_offer": (NOBODY, ALICES),
    "portal:approve_send": (NOBODY, ALICES),
    "portal:approve_choose": (NOBODY, ALICES),
    "portal:approve_earns": (ALICES, NOBODY),
    "portal:approve_cancel": (NOBODY, ALICES),
    "portal:approve_done": (ALICE_PAYS, NOBODY),
    "portal:grant_approve": (ALICE_PAYS, NOBODY),
    "portal:grant_offer": (NOBODY, ALICES),
    "portal:grant_send": (NOBODY, ALICES),
    "portal:grant_decline": (NOBODY, ALICES),
    "portal:grant_done": (ALICE_PAYS, NOBODY),
    "portal:grant": (ALICES, NOBODY),
    "portal:grant_pause": (NOBODY, ALICES),
    "portal:grant_resume": (NOBODY, ALICES),
    "portal:grant_lower": (NOBODY, ALICES),
    "portal:grant_card": (NOBODY, ALICES),
    "portal:grant_end": (NOBODY, ALICES),
    "portal:approve_confirm": (ALICE_PAYS, NOBODY),
    "portal:approve_leave": (NOBODY, ALICES),
    "portal:three_ds_return": (UNKNOWN, UNKNOWN),
    "portal:three_ds_results": (NOBODY, UNKNOWN),
    "portal:payments": (CUSTOMERS, NOBODY),
    "portal:payment": (ALICES, NOBODY),
    "portal:payment_cancel": (NOBODY, ALICES),
    "portal:receipt": (ALICES, NOBODY),
    "portal:receipt_pdf": (ALICES, NOBODY),
    "portal:receipt_signed": (ALICES, NOBODY),
    "portal:chain": (ALICES, NOBODY),
    "portal:payments_csv": (CUSTOMERS, NOBODY),
    "jwks": (EVERYBODY, NOBODY),
    "portal:problem": (ALICES, ALICES),
    "portal:problem_withdraw": (NOBODY, ALICES),
    "portal:cards": (CUSTOMERS, NOBODY),
    "portal:card_add": (CUSTOMERS, CUSTOMERS),
    "portal:card": (ALICES, NOBODY),
    "portal:card_rename": (NOBODY, ALICES),
    "portal:card_default": (NOBODY, ALICES),
    "portal:card_freeze": (NOBODY, ALICES),
    "portal:card_unfreeze": (NOBODY, ALICES),
    "portal:card_remove": (NOBODY, ALICES),
    "portal:points": (CUSTOMERS, NOBODY),
    "portal:points_csv": (CUSTOMERS, NOBODY),
    "portal:gifts": (CUSTOMERS, NOBODY),
    "portal:gift_new": (CUSTOMERS, CUSTOMERS),
    "portal:gift_accept": (NOBODY, ALICES),
    "portal:gift_decline": (NOBODY, ALICES),
    "portal:gift_cancel": (NOBODY, BOBS),  # who sent it
    "portal:family": (CUSTOMERS, NOBODY),
    "portal:family_start": (NOBODY, CUSTOMERS),
    "portal:family_invite": (CUSTOMERS, CUSTOMERS),
    "portal:family_join": (NOBODY, ALICES),
    "portal:family_decline": (NOBODY, ALICES),
    "portal:family_put_in": (NOBODY, CUSTOMERS),
    "portal:family_draw": (NOBODY, CUSTOMERS),
    "portal:family_share": (NOBODY, BOBS),  # who is in a family
    "portal:family_leave": (NOBODY, CUSTOMERS),
    "portal:family_close": (NOBODY, CUSTOMERS),
    "portal:family_remove": (NOBODY, BOBS),
    "portal:shops": (CUSTOMERS, NOBODY),
    # A shop that is open has a page for each customer, with what that one has to do with it.
    "portal:shops_find": (CUSTOMERS, NOBODY),
    "portal:shop": (CUSTOMERS, NOBODY),
    "portal:shop_block": (NOBODY, CUSTOMERS),
    "portal:shop_unblock": (NOBODY, CUSTOMERS),
    "portal:shop_limit": (NOBODY, CUSTOMERS),
    "portal:shop_cancel_all": (NOBODY, CUSTOMERS),
    "portal:rules": (CUSTOMERS, NOBODY),
    "portal:rules_change": (NOBODY, CUSTOMERS),
    "portal:wallet_freeze": (NOBODY, CUSTOMERS),
    "portal:wallet_unfreeze": (NOBODY, CUSTOMERS),
    "portal:security": (CUSTOMERS, NOBODY),
    "portal:passkey_add": (CUSTOMERS, CUSTOMERS),
    "portal:passkey_offer": (NOBODY, CUSTOMERS),
    "portal:passkey_rename": (NOBODY, ALICES),
    "portal:passkey_remove": (NOBODY, ALICES),
    "portal:sign_out_everywhere": (NOBODY, CUSTOMERS),
    "portal:settings": (CUSTOMERS, NOBODY),
    "portal:settings_name": (NOBODY, CUSTOMERS),

    "account_login": (STRANGERS, STRANGERS),
    "account_request_login_code": (STRANGERS, STRANGERS),
    "account_confirm_login_code": (STRANGERS, STRANGERS),
    "mfa_login_webauthn": (STRANGERS, STRANGERS),
    "mfa_authenticate": (STRANGERS, STRANGERS),
    "account_start_over": (NOBODY, STRANGERS),
    "account_inactive": (EVERYBODY, NOBODY),
    "account_reauthenticate": (SIGNED_IN, SIGNED_IN),
    "account_again_send": (NOBODY, SIGNED_IN),
    "account_signup": (STRANGERS, STRANGERS),
    "account_email_verification_sent": (STRANGERS, STRANGERS),
    "account_logout": (EVERYBODY, EVERYBODY),
    "account_signed_out": (EVERYBODY, NOBODY),
    "account_welcome": (SIGNED_IN, SIGNED_IN),
    "mfa_list_webauthn": (CUSTOMERS, EVERYBODY),  # these three only lead to the security page
    "mfa_index": (CUSTOMERS, EVERYBODY),
    "account_email": (CUSTOMERS, EVERYBODY),
    "mfa_add_webauthn": (SIGNED_IN, SIGNED_IN),
    "mfa_remove_webauthn": (ALICES_OWN, ALICES_OWN),
    "mfa_edit_webauthn": (ALICES_OWN, ALICES_OWN),
    "mfa_view_recovery_codes": (ALICES_CODES, NOBODY),
    "mfa_generate_recovery_codes": (SIGNED_IN, SIGNED_IN),

    "dashboard:choose": (SIGNED_IN, NOBODY),
    "dashboard:home": (TEAM, NOBODY),
    "dashboard:payments": (TEAM, NOBODY),
    "dashboard:export": (TEAM, NOBODY),
    "dashboard:export_refunds": (TEAM, NOBODY),
    "dashboard:export_grants": (TEAM, NOBODY),
    "dashboard:export_disputes": (TEAM, NOBODY),
    "dashboard:payment": (TEAM, NOBODY),
    "dashboard:capture": (NOBODY, TEAM),
    "dashboard:cancel": (NOBODY, TEAM),
    "dashboard:refund": (TEAM, TEAM),
    "dashboard:grants": (TEAM, NOBODY),
    "dashboard:grant": (TEAM, NOBODY),
    "dashboard:grant_revoke": (NOBODY, TEAM),
    "dashboard:clearings": (TEAM, NOBODY),
    "dashboard:clearing": (TEAM, NOBODY),
    "dashboard:clearing_export": (TEAM, NOBODY),
    "dashboard:export_clearings": (TEAM, NOBODY),
    "dashboard:export_campaigns": (TEAM, NOBODY),
    "dashboard:export_events": (TEAM, NOBODY),
    "dashboard:export_requests": (TEAM, NOBODY),
    "dashboard:disputes": (TEAM, NOBODY),
    "dashboard:dispute": (TEAM, NOBODY),
    "dashboard:dispute_file_add": (NOBODY, TEAM),
    "dashboard:dispute_file": (TEAM, NOBODY),
    "dashboard:dispute_evidence": (NOBODY, TEAM),
    "dashboard:dispute_accept": (TEAM, TEAM),
    "dashboard:conversions": (TEAM, NOBODY),
    "dashboard:conversion_upload": (TEAM, TEAM),
    "dashboard:signing_key_new": (TEAM, TEAM),
    "dashboard:signing_key_revoke": (TEAM, TEAM),
    "dashboard:campaigns": (TEAM, NOBODY),
    "dashboard:campaign_new": (TEAM, TEAM),
    "dashboard:campaign": (TEAM, NOBODY),
    "dashboard:campaign_change": (TEAM, TEAM),
    "dashboard:campaign_start": (TEAM, TEAM),
    "dashboard:campaign_pause": (NOBODY, TEAM),
    "dashboard:campaign_end": (TEAM, TEAM),
    "dashboard:developers": (TEAM, NOBODY),
    "dashboard:keys": (TEAM, NOBODY),
    "dashboard:key_new": (TEAM, TEAM),
    "dashboard:key": (TEAM, NOBODY),
    "dashboard:key_roll": (TEAM, TEAM),
    "dashboard:key_revoke": (TEAM, TEAM),
    "dashboard:return_urls": (TEAM, NOBODY),
    "dashboard:return_url_add": (NOBODY, TEAM),
    "dashboard:return_url_withdraw": (NOBODY, TEAM),
    "dashboard:endpoints": (TEAM, NOBODY),
    "dashboard:endpoint_new": (TEAM, TEAM),
    "dashboard:endpoint": (TEAM, NOBODY),
    "dashboard:endpoint_change": (NOBODY, TEAM),
    "dashboard:endpoint_enable": (NOBODY, TEAM),
    "dashboard:endpoint_disable": (NOBODY, TEAM),
    "dashboard:endpoint_resume": (NOBODY, TEAM),
    "dashboard:endpoint_redeliver": (NOBODY, TEAM),
    "dashboard:deliveries": (TEAM, NOBODY),
    "dashboard:delivery": (TEAM, NOBODY),
    "dashboard:endpoint_roll": (TEAM, TEAM),
    "dashboard:endpoint_remove": (TEAM, TEAM),
    "dashboard:events": (TEAM, NOBODY),
    "dashboard:event": (TEAM, NOBODY),
    "dashboard:redeliver": (NOBODY, TEAM),
    "dashboard:requests": (TEAM, NOBODY),
    "dashboard:request": (TEAM, NOBODY),
    "dashboard:team": (TEAM, NOBODY),
    "dashboard:team_invite": (TEAM, TEAM),
    "dashboard:member": (TEAM, NOBODY),
    "dashboard:member_role": (NOBODY, TEAM),
    "dashboard:member_remove": (NOBODY, TEAM),

    "test_tools:show": (TEAM, NOBODY),
    "test_tools:break": (NOBODY, TEAM),
    "test_tools:heal": (NOBODY, TEAM),
    "test_tools:clock": (NOBODY, TEAM),
    "test_tools:open": (NOBODY, TEAM),
    "test_tools:decide": (NOBODY, TEAM),

    "docs:start": (EVERYBODY, NOBODY),
    "docs:errors": (EVERYBODY, NOBODY),
    "docs:idempotency": (EVERYBODY, NOBODY),
    "docs:webhooks": (EVERYBODY, NOBODY),
    "docs:campaigns": (EVERYBODY, NOBODY),
    "docs:conversions": (EVERYBODY, NOBODY),
    "docs:test_cards": (EVERYBODY, NOBODY),
    "docs:versions": (EVERYBODY, NOBODY),
    "docs:reference": (EVERYBODY, NOBODY),
    "api:shop": (SHOPS, NOBODY),
    "api:openapi": (EVERYBODY, NOBODY),
    "api:payments": (SHOPS, SHOPS),
    "api:payment": (SHOP, NOBODY),
    "api:capture": (NOBODY, SHOP),
    "api:cancel": (NOBODY, SHOP),
    "api:balance": (SHOPS, NOBODY),
    "api:refunds": (SHOPS, SHOPS),
    "api:refund": (SHOP, NOBODY),
    "api:grants": (SHOPS, SHOPS),
    "api:grant": (SHOP, NOBODY),
    "api:revoke": (NOBODY, SHOP),
    "api:campaigns": (SHOPS, SHOPS),
    "api:campaign": (SHOP, NOBODY),
    "api:campaign_start": (NOBODY, SHOP),
    "api:campaign_pause": (NOBODY, SHOP),
    "api:campaign_end": (NOBODY, SHOP),
    "api:campaign_preview": (SHOP, SHOP),
    "api:conversions": (SHOPS, SHOPS),
    "api:conversion": (SHOP, NOBODY),
    "api:conversion_file": (NOBODY, SHOPS),
    "api:conversion_batch": (SHOP, NOBODY),
    "api:clearings": (SHOPS, NOBODY),
    "api:clearing": (SHOP, NOBODY),
    "api:receipts": (SHOP, NOBODY),
    "api:disputes": (SHOPS, NOBODY),
    "api:dispute": (SHOP, NOBODY),
    "api:evidence_files": (NOBODY, SHOP),
    "api:evidence": (NOBODY, SHOP),
    "api:accept": (NOBODY, SHOP),
    "api:webhook_endpoints": (SHOPS, SHOPS),
    "api:webhook_endpoint": (SHOP, NOBODY),
    "api:roll_secret": (NOBODY, SHOP),
    "api:redeliver_range": (NOBODY, SHOP),
    "api:events": (SHOPS, NOBODY),
    "api:event": (SHOP, NOBODY),
    "api:redeliver": (NOBODY, SHOP),
    "api_unknown": (UNKNOWN, UNKNOWN),
    "test_helper_approve": (NOBODY, SHOP),
    "test_helper_approve_grant": (NOBODY, SHOP),
    "test_helper_dispute": (NOBODY, SHOP),
    "test_helper_dispute_close": (NOBODY, SHOP),
    "test_helper_faults": (NOBODY, SHOPS),  # and one network
    "test_helper_clock": (NOBODY, SHOPS),  # there is one clock for all
}

STAFF_PAGES: Final = {
    # By the shape of the name: each room's nouns have the same pages.
    r"staff:jsi18n": (STAFF_ONLY, NOBODY),
    r"staff:(index|app_list|login|\w+_changelist|\w+_history|\w+_open)": (STAFF_ONLY, STAFF_ONLY),
    r"staff:\w+_bytes": (STAFF_ONLY, NOBODY),
    r"staff:payments_dispute_answer": (STAFF_ONLY, STAFF_ONLY),
    r"staff:payments_disputeacceptance_propose": (STAFF_404, STAFF_404),  # of which dispute, it is told
    r"staff:payments_disputeacceptance_(countersign|turn_down)": (STAFF_ONLY, STAFF_ONLY),
    r"staff:points_(pointsadjustment|programproposal)_(propose|countersign|turn_down)": (STAFF_ONLY, STAFF_ONLY),
    r"staff:points_conversion(sproposal_(propose|countersign|turn_down)|permit_stop)": (STAFF_ONLY, STAFF_ONLY),
    r"staff:merchants_departure_(propose|countersign|turn_down)": (STAFF_ONLY, STAFF_ONLY),
    r"staff:\w+_change": (STAFF_ONLY, NO_STAFF),
    r"staff:\w+_(add|delete)": (NO_STAFF, NO_STAFF),
    r"staff:autocomplete": (NO_STAFF, NOBODY),
    r"staff:(view_on_site|.*catch_all_view)": (STAFF_404, STAFF_404),
    r"staff:logout": (NOBODY, EVERYBODY),
    r"staff:.*RedirectView": (STAFF_ONLY, STAFF_ONLY),  # leads to the noun's page
}
# fmt: on


def for_whom(route: Route) -> tuple:
    if route.name in PAGES:
        return PAGES[route.name]
    return next(said for shape, said in STAFF_PAGES.items() if re.fullmatch(shape, route.name))


def nouns_of_staff() -> list[str]:
    """Their pages are many and alike: one story for all pages of one noun."""
    return sorted({route.noun[1] for route in ROUTES if route.noun})


def _is_staff(route: Route) -> bool:
    return route.name.startswith("staff:")


def compare(world, route: Route, roles: tuple[str, ...] = ROLES) -> list[str]:
    wrong = []
    for method, expected in zip(("GET", "POST"), for_whom(route), strict=True):
        for role in roles:
            seen, wanted = world.outcome(role, method, route), expected[role] if expected else "nobody in"
            if expected is NOBODY:
                fine = seen not in {LET_IN, "500"}
            else:
                fine = seen in {LET_IN, SIGN_IN, WELCOME} if wanted is LED_ON else seen == wanted
            if not fine:
                wrong.append(f"{method} {route.pattern} as {role}: {seen}, not {wanted}")
    return wrong


def test_every_address_says_for_whom_it_is() -> None:
    lacking = [
        route.name
        for route in ROUTES
        if route.name not in PAGES and not any(re.fullmatch(shape, route.name) for shape in STAFF_PAGES)
    ]
    assert not lacking, "say in tests/architecture/test_matrix.py who is let in there"
    assert not PAGES.keys() - {route.name for route in ROUTES}, "these addresses are gone"


def test_a_page_that_nobody_listed_would_be_found(monkeypatch) -> None:
    monkeypatch.setitem(globals(), "ROUTES", [*ROUTES, Route("portal:forgotten", "/forgotten", ())])
    with pytest.raises(AssertionError, match="who is let in"):
        test_every_address_says_for_whom_it_is()


@pytest.mark.parametrize("route", [route for route in ROUTES if not _is_staff(route)], ids=lambda route: route.name)
def test_only_those_are_let_in_for_whom_the_page_is(world, route: Route) -> None:
    assert not compare(world, route)


@pytest.mark.parametrize("noun", nouns_of_staff())
def test_only_staff_look_and_nobody_writes(world, noun: str) -> None:
    pages = [route for route in ROUTES if route.noun and route.noun[1] == noun]
    roles = (ANONYMOUS, ALICE, OWNER, STAFF)  # the others are told the same as these, on pages that are all alike
    assert not [wrong for route in pages for wrong in compare(world, route, roles)]


def test_the_other_staff_pages(world) -> None:
    pages = [route for route in ROUTES if _is_staff(route) and not route.noun]
    assert not [wrong for route in pages for wrong in compare(world, route)]


def test_staff_without_a_passkey_are_not_let_in(world) -> None:
    SignInKey.objects.filter(user=world.people[STAFF]).delete()
    index = next(route for route in ROUTES if route.name == "staff:index")
    assert world.outcome(STAFF, "GET", index) == "403"


def test_the_cast_is_complete() -> None:
    assert set(ROLES) == {ANONYMOUS, ALICE, BOB, OWNER, RIVAL, STAFF, KEY, RIVAL_KEY}
