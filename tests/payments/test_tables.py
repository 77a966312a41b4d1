"""The pure parts: state tables, the meaning of response codes, and what each verb writes in the books."""

from pathlib import Path

import pytest
from django.utils.translation import override

from common.money import yen
from common.states import TransitionRefused, next_state
from ledger.states import AccountKind as K
from payments import postings, states
from payments.declines import DECLINE_CODES, DECLINES, TEXTS, Advice, decline_facts
from payments.states import PaymentStatus as P

TABLES = {
    "payment": (states.PAYMENT_TRANSITIONS, P, P.REQUIRES_APPROVAL),
    "authorization": (
        states.AUTHORIZATION_TRANSITIONS,
        states.AuthorizationStatus,
        states.AuthorizationStatus.AUTHENTICATING,
    ),
    "capture": (states.CAPTURE_TRANSITIONS, states.CaptureStatus, states.CaptureStatus.BOOKED),
    "refund": (states.REFUND_TRANSITIONS, states.RefundStatus, states.RefundStatus.PENDING),
    "grant": (states.GRANT_TRANSITIONS, states.GrantStatus, states.GrantStatus.REQUESTED),
    "advice": (states.ADVICE_TRANSITIONS, states.AdviceStatus, states.AdviceStatus.DUE),
}


@pytest.mark.parametrize(("table", "words", "first"), TABLES.values(), ids=TABLES)
def test_every_state_can_be_reached(table, words, first):
    reached = {first}
    while more := {new for (old, _verb), new in table.items() if old in reached} - reached:
        reached |= more
    assert reached == set(words)


@pytest.mark.parametrize("verb", ["authorize", "capture", "decline", "uncapture"])
def test_a_payment_that_ended_stays_so(verb):
    for ended in (P.CANCELED, P.DECLINED, P.EXPIRED):
        with pytest.raises(TransitionRefused):
            next_state(states.PAYMENT_TRANSITIONS, ended, verb)


def test_while_the_outcome_is_unknown_nobody_can_cancel_or_let_expire():
    for verb in ("cancel", "expire", "approve"):
        with pytest.raises(TransitionRefused):
            next_state(states.PAYMENT_TRANSITIONS, P.PROCESSING, verb)


def test_the_drawing_in_the_readme_is_current():
    readme = (Path(states.__file__).parent / "README.md").read_text()
    for (old, verb), new in states.PAYMENT_TRANSITIONS.items():
        assert f"{old.value} --{verb}--> {new.value}" in readme


class TestDeclines:
    @pytest.mark.parametrize(
        ("codes", "decline_code", "text_key", "advice"),
        [
            ("10", "partial_not_accepted", "contact", "no"),
            ("01 05", "card_declined", "contact", "no"),
            ("03 58", "merchant_config", "ours", "no"),
            ("04 07 41 43 46", "card_unusable", "unusable", "never"),
            ("59 62 63 78", "card_unusable", "unusable", "no"),
            ("06 13 30", "processing_error", "ours", "no"),
            ("12", "card_declined", "contact", "never"),
            ("14 15", "incorrect_number", "number", "never"),
            ("19 91 92", "try_again_later", "later", "later"),
            ("51", "insufficient_funds", "funds", "later"),
            ("54", "expired_card", "expired", "new_data"),
            ("55 75 6P", "card_declined", "contact", "no"),
            ("57", "not_permitted", "kind", "never"),
            ("93 5C", "not_permitted", "kind", "no"),
            ("61 65", "over_limit", "limit", "later"),
            ("1A 70", "authentication_required", "auth", "authenticate"),
            ("82 N7", "incorrect_cvc", "cvc", "new_data"),
            ("96", "processing_error", "later", "later"),
            ("9G", "blocked_by_cardholder", "owncontrol", "no"),
            ("R0 R1 R3", "stopped", "stopped", "never"),
        ],
    )
    def test_says_what_a_code_means(self, codes, decline_code, text_key, advice):
        for code in codes.split():
            facts = decline_facts(code)
            assert (facts.decline_code, facts.text_key, facts.advice) == (decline_code, text_key, advice)

    def test_every_word_of_a_no_is_explained_to_the_shops(self):
        page = (Path(states.__file__).parents[1] / "docs/api/declines.md").read_text()
        assert not [code for code in DECLINE_CODES if f"| `{code}` |" not in page]

    def test_what_closes_a_card_is_never_tried_again(self):
        closing = {code for code, facts in DECLINES.items() if facts.closes_card}
        assert closing == {"04", "07", "41", "43", "46", "14", "15"}
        assert all(DECLINES[code].advice is Advice.NEVER for code in closing)

    def test_answers_that_are_no_outcome_are_asked_about(self):
        assert {code for code, facts in DECLINES.items() if facts.ask_again} == {"68", "94", "96"}

    def test_our_own_faults_alert_the_staff(self):
        assert {code for code, facts in DECLINES.items() if facts.alert_staff} == {"03", "58", "06", "13", "30"}

    def test_65_is_a_soft_decline_on_mastercard_only(self):
        assert decline_facts("65", brand="mastercard").decline_code == "authentication_required"
        assert decline_facts("65", brand="visa").decline_code == "over_limit"

    def test_an_unknown_code_is_the_issuers_plain_no(self):
        assert decline_facts("Z9").decline_code == "card_declined"

    @pytest.mark.parametrize(
        ("code", "advice_code", "wanted"),
        [
            ("05", "03", Advice.NEVER),
            ("05", "21", Advice.NEVER),
            ("05", "01", Advice.NEW_DATA),
            ("51", "24", Advice.LATER),
            ("05", "02", Advice.LATER),
            ("41", "02", Advice.NEVER),
            ("51", "40", Advice.LATER),
        ],
    )
    def test_the_issuers_own_advice_counts_unless_never_was_said(self, code, advice_code, wanted):
        assert decline_facts(code, advice_code=advice_code).advice is wanted

    def test_every_code_has_a_sentence_and_none_names_loss_theft_fraud_or_risk(self):
        assert {facts.text_key for facts in DECLINES.values()} <= set(TEXTS)
        for language, words in {
            "en": ("lost", "stolen", "theft", "fraud", "risk"),
            "ja": ("紛失", "盗", "不正"),
        }.items():
            with override(language):
                assert not [text for text in TEXTS.values() if any(word in str(text).lower() for word in words)]

    def test_not_charged_is_said_for_definite_declines_only(self):
        with override("en"):
            says_so = {key for key, text in TEXTS.items() if "not been charged" in str(text)}
        assert says_so == {"later", "auth_failed", "auth_canceled", "auth_expired"}
        assert not [code for code, facts in DECLINES.items() if code in {"68", "94"} and facts.text_key in says_so]


def _as_text(lines):
    return [
        (line.debit.owner_ref, line.debit.kind, line.credit.owner_ref, line.credit.kind, str(line.amount))
        for line in lines
    ]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (
            postings.capture_lines(merchant_id="mer_1", card_part=yen(900)),
            [("sys", K.NETWORK_RECEIVABLE, "mer_1", K.MERCHANT_PAYABLE, "¥900")],
        ),
        (
            postings.fee_lines(merchant_id="mer_1", fee=yen(33)),
            [("mer_1", K.MERCHANT_PAYABLE, "sys", K.FEE_INCOME, "¥33")],
        ),
        (postings.fee_lines(merchant_id="mer_1", fee=yen(0)), []),
        (
            postings.refund_lines(merchant_id="mer_1", card_part=yen(900)),
            [("mer_1", K.MERCHANT_PAYABLE, "sys", K.REFUNDS_IN_TRANSIT, "¥900")],
        ),
        (
            postings.fee_returned_lines(merchant_id="mer_1", fee=yen(33)),
            [("sys", K.FEE_INCOME, "mer_1", K.MERCHANT_PAYABLE, "¥33")],
        ),
        (postings.fee_returned_lines(merchant_id="mer_1", fee=yen(0)), []),
        (
            postings.settled_refund_lines(card_part=yen(900)),
            [("sys", K.REFUNDS_IN_TRANSIT, "sys", K.NETWORK_RECEIVABLE, "¥900")],
        ),
    ],
)
def test_each_verb_writes_these_lines(lines, wanted):
    assert _as_text(lines) == wanted


@pytest.mark.parametrize(
    ("amount", "basis_points", "fee"),
    [(1_000, 325, 33), (100, 250, 3), (100, 249, 2), (50, 100, 1), (49, 100, 0), (1, 0, 0)],
)
def test_the_fee_is_rounded_half_up_on_the_whole_amount(amount, basis_points, fee):
    assert postings.fee_on(yen(amount), basis_points=basis_points) == yen(fee)


class TestPlan:
    def test_inquiries_come_after_5_s_30_s_2_min_10_min_and_1_h(self):
        moments, asked = [], 0
        while pause := states.pause_before_inquiry(asked):
            moments.append((moments[-1] if moments else 0) + int(pause.total_seconds()))
            asked += 1
        assert moments == [5, 30, 120, 600, 3_600]

    def test_pauses_between_advices_grow_and_end_at_an_hour(self):
        pauses = [states.pause_after_advice(sent).total_seconds() for sent in range(1, 10)]
        assert pauses == sorted(pauses)
        assert pauses[5:] == [3_600] * 4
