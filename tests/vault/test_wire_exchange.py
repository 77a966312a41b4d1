"""What the safe makes of a card network that answers, lies, stammers or falls silent."""

import threading
import time
from datetime import timedelta
from functools import partial

import pytest

from common.ids import new_id
from common.money import yen
from events.models import AuditRecord
from tests.conftest import together
from tests.vault.conftest import KOMOREBI
from tests.vault.stub import HANG_UP, answer_to, no_answer
from vault import services as vault
from vault.models import CardRecord, WireMessage
from vault.safe.cards import REFUNDABLE, destroy_forgotten
from vault.safe.wire.codec import framed, private_data
from vault.states import Outcome
from vault.types import Acknowledged, Authorized, Declined, Forgotten, Found, NotFound, NotSent, Refused, Unknown

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]


def payments_only(script):
    """Account verifications are answered well; `script` plays everything else."""
    return lambda question: answer_to(question) if question.get("25") == "51" else script(question)


def lost(question):
    return [] if question["t"] in {"0100", "0200"} else answer_to(question)


def booked(question, *, orc="00", state="held", **changes):
    """What an inquiry finds in the network's book."""
    if question["t"] != "0600":
        return []
    return answer_to(question, f48=private_data(ORC=orc, STATE=state), f4="000000001200", **changes)


def with_wrong_bitmap(question):
    frame = framed(answer_to(question))
    return frame[:6] + b"FFFFFFFFFFFFFFFF" + frame[22:]


def wait_until(condition):
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until, "it never came true"
        threading.Event().wait(0.01)


class TestAuthorizeCard:
    def test_the_issuers_yes(self, stub, safe, authorize, alices_wallet):
        reference = new_id("auth")
        answer = authorize(reference=reference)
        asked = stub.of_type("0100")[-1]
        assert answer == Authorized(asked["37"], "A1B2C3", "00", answer.at)
        assert (asked["2"], asked["4"], asked["22"], asked["25"]) == ("4242424242424242", "000000001200", "102", "59")
        assert (asked["18"], asked["49"], asked["48"]) == ("5814", "392", f"REF={reference}")
        assert AuditRecord.objects.get(action="card.authorized").data["reference"] == reference

    def test_the_issuers_no(self, stub, safe, authorize):
        stub.script = payments_only(lambda question: answer_to(question, f39="51", f44="02", f38=None))
        answer = authorize()
        assert answer == Declined("51", "02", stub.heard[-1]["37"])

    def test_a_card_that_is_not_theirs_is_like_no_card(self, stub, safe, store, authorize, alices_wallet):
        token = store(owner=alices_wallet).card_token
        for stranger in (authorize(token=token, owner=new_id("wal")), authorize(token=new_id("tok"))):
            assert isinstance(stranger, NotSent)
        assert len(stub.heard) == 1

    def test_the_same_reference_never_sends_twice(self, stub, safe, store, authorize, alices_wallet):
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        stub.script = lambda question: [0.1, answer_to(question)]
        answers = together(*[partial(authorize, token=token, reference=reference) for _ in range(6)])
        assert set(answers) == {answers[0]}
        assert isinstance(answers[0], Authorized)
        assert authorize(token=token, reference=reference) == answers[0]
        assert len([m for m in stub.of_type("0100") if m["25"] == "59"]) == 1

    @pytest.mark.patient
    def test_many_at_once_share_one_link(self, stub, safe, store, authorize, alices_wallet):
        token = store(owner=alices_wallet).card_token
        stub.script = lambda question: [0.2, answer_to(question)]
        began = time.monotonic()
        answers = together(*[partial(authorize, yen(100 + i), token=token) for i in range(12)])
        assert all(isinstance(answer, Authorized) for answer in answers)
        assert time.monotonic() - began < 12 * 0.2
        assert stub.signs_on == 1

    def test_a_network_that_is_down_was_not_asked(self, stub, safe, store, authorize, alices_wallet):
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        stub.stop()
        assert isinstance(authorize(token=token, reference=reference), NotSent)
        stub.start(stub.port)
        wait_until(lambda: safe.network.signed_on)
        assert isinstance(authorize(token=token, reference=reference), NotSent)
        assert vault.inquire_outcome(reference=reference, now=_now()) == NotFound()
        assert isinstance(authorize(token=token), Authorized)

    def test_the_link_is_signed_on_again_after_91(self, stub, safe, store, authorize, alices_wallet):
        token = store(owner=alices_wallet).card_token
        stub.script = lambda question: answer_to(question, f39="91" if stub.signs_on == 1 else "00")
        assert authorize(token=token).response_code == "91"
        wait_until(lambda: stub.signs_on == 2)
        assert isinstance(authorize(token=token), Authorized)

    @pytest.mark.parametrize(
        ("name", "answer"),
        [
            ("nothing", no_answer),
            ("cut short", lambda question: [framed(answer_to(question))[:-30], HANG_UP]),
            ("cut with a wrong length", lambda question: framed(answer_to(question))[:-30]),
            ("bitmap and fields disagree", with_wrong_bitmap),
            ("another trace number", lambda question: answer_to(question, f11="999999", f37="SOMEBODYELSE")),
            ("another amount", lambda question: answer_to(question, f4="000000000720")),
            ("another currency", lambda question: answer_to(question, f49="840")),
            ("no response code", lambda question: answer_to(question, f39=None)),
            ("no approval code", lambda question: answer_to(question, f38=None)),
            ("an account's answer", lambda question: answer_to(question, f39="85")),
            ("too late", lambda question: answer_to(question, f39="68")),
            ("a duplicate", lambda question: answer_to(question, f39="94")),
            ("a web page", lambda _question: b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"),
            ("noise", lambda _question: b"\x00\x40" + b"\xff" * 64),
            ("a hang-up", lambda _question: [HANG_UP]),
            ("an empty frame", lambda _question: b"\x00\x00"),
            ("a question of its own", lambda question: answer_to(question, t="0800", f70="301")),
        ],
    )
    def test_what_cannot_be_believed_is_unknown(self, stub, safe, authorize, name, answer):
        stub.script = payments_only(answer)
        reference = new_id("auth")
        assert isinstance(authorize(reference=reference), Unknown), name
        stub.script = answer_to
        wait_until(lambda: safe.network.signed_on)
        assert isinstance(authorize(), Authorized), "and the next one is fine"
        assert len([m for m in stub.of_type("0100") if m["48"] == f"REF={reference}"]) == 1

    def test_the_first_of_two_answers_is_kept(self, stub, safe, authorize, caplog):
        stub.script = payments_only(lambda q: [answer_to(q), answer_to(q), answer_to(q, f39="05")])
        reference = new_id("auth")
        assert isinstance(authorize(reference=reference), Authorized)
        wait_until(lambda: "contradicts itself" in caplog.text)
        wait_until(lambda: vault.read_notices(now=_now()))
        (notice,) = vault.read_notices(now=_now())
        assert (notice.kind, notice.reference) == ("contradiction", reference)
        assert (notice.stage, notice.reason_code) == ("00", "05")
        assert isinstance(vault.inquire_outcome(reference=reference, now=_now()), Found)

    def test_a_partial_approval_is_declined_and_given_back(self, stub, safe, authorize):
        stub.script = payments_only(
            lambda q: answer_to(q, f39="10", f4="000000000720") if q["t"] == "0100" else answer_to(q)
        )
        reference = new_id("auth")
        assert authorize(reference=reference).response_code == "10"
        wait_until(lambda: stub.of_type("0420"))
        wait_until(lambda: WireMessage.objects.get(reference=reference).outcome == Outcome.LET_GO)

    def test_a_late_answer_is_written_down(self, stub, safe, authorize):
        stub.script = payments_only(lambda question: [1.0, answer_to(question)])
        reference = new_id("auth")
        assert isinstance(authorize(reference=reference), Unknown)
        wait_until(lambda: WireMessage.objects.get(reference=reference).response_code == "00")
        found = vault.inquire_outcome(reference=reference, now=_now())
        assert isinstance(found.answer, Authorized)
        assert stub.of_type("0600") == []


class TestAdvices:
    def test_capture(self, stub, safe, authorize):
        reference, advice = new_id("auth"), new_id("adv")
        promised = authorize(reference=reference)
        for _ in range(2):
            answer = vault.send_capture(reference=reference, advice_ref=advice, amount=yen(1_200), now=_now())
            assert answer == Acknowledged("00")
        (sent,) = stub.of_type("0220", "0221")
        assert (sent["4"], sent["37"], sent["38"]) == ("000000001200", promised.network_reference, "A1B2C3")
        assert sent["90"].startswith("0100")
        assert WireMessage.objects.get(reference=reference).outcome == Outcome.CAPTURED

    def test_an_unanswered_capture_is_the_same_message_again(self, stub, safe, authorize):
        reference, advice = new_id("auth"), new_id("adv")
        authorize(reference=reference)
        capture = partial(vault.send_capture, reference=reference, advice_ref=advice, amount=yen(1_200))
        stub.script = no_answer
        assert isinstance(capture(now=_now()), Unknown)
        stub.script = answer_to
        assert capture(now=_now() + timedelta(minutes=1)) == Acknowledged("00")
        first, second = stub.of_type("0220", "0221")
        assert second == {**first, "t": "0221"}
        assert AuditRecord.objects.filter(action="card.captured").count() == 1

    def test_a_refused_capture_is_a_result(self, stub, safe, authorize):
        reference = new_id("auth")
        authorize(reference=reference)
        stub.script = lambda question: answer_to(question, f39="57")
        capture = partial(vault.send_capture, reference=reference, advice_ref=new_id("adv"), amount=yen(1_200))
        assert capture(now=_now()) == Refused("57")
        assert capture(now=_now()) == Refused("57")
        assert len(stub.of_type("0220")) == 1

    @pytest.mark.parametrize("code", ["19", "91", "92", "96"])
    def test_a_network_that_could_not_take_it_in_is_told_again(self, stub, safe, authorize, code):
        """That its host was down, or had forgotten our sign-on, says nothing about the shop's money."""
        reference = new_id("auth")
        authorize(reference=reference)
        capture = partial(vault.send_capture, reference=reference, advice_ref=new_id("adv"), amount=yen(1_200))
        stub.script = lambda question: answer_to(question, f39=code)
        assert isinstance(capture(now=_now()), Unknown)
        wait_until(lambda: safe.network.signed_on)
        stub.script = answer_to
        assert capture(now=_now()) == Acknowledged("00")
        assert [message["t"] for message in stub.of_type("0220", "0221")] == ["0220", "0221"]

    def test_a_refused_void_is_sent_again(self, stub, safe, authorize):
        reference = new_id("auth")
        authorize(reference=reference)
        void = partial(vault.send_void, reference=reference, advice_ref=new_id("adv"))
        stub.script = lambda question: answer_to(question, f39="12")
        assert void(now=_now()) == Refused("12")
        stub.script = answer_to
        assert void(now=_now()) == Acknowledged("00")
        assert vault.inquire_outcome(reference=reference, now=_now()).reversed is True

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (partial(booked, state="expired"), lambda found: found.reversed),
            (partial(booked, state="held"), lambda found: not found.reversed),
            (partial(answer_to, f39="25"), lambda found: found == NotFound()),
        ],
    )
    def test_after_a_refused_void_the_network_is_asked_what_is_left(self, stub, safe, authorize, answer, outcome):
        """Our own record says "promised"; the network, which refuses to void, has another opinion."""
        reference = new_id("auth")
        authorize(reference=reference)
        stub.script = lambda question: answer_to(question, f39="12")
        vault.send_void(reference=reference, advice_ref=new_id("adv"), now=_now())
        stub.script = answer
        for _ in range(2):
            assert outcome(vault.inquire_outcome(reference=reference, now=_now()))
        assert stub.of_type("0600")

    def test_void(self, stub, safe, authorize):
        reference = new_id("auth")
        authorize(reference=reference)
        void = partial(vault.send_void, reference=reference, advice_ref=new_id("adv"))
        assert void(now=_now()) == Acknowledged("00")
        (sent,) = stub.of_type("0400")
        assert (sent["25"], sent["38"]) == ("59", "A1B2C3")
        assert vault.inquire_outcome(reference=reference, now=_now()).reversed is True

    def test_release_says_what_stays(self, stub, safe, authorize):
        reference = new_id("auth")
        authorize(reference=reference)
        vault.send_capture(reference=reference, advice_ref=new_id("adv"), amount=yen(500), now=_now())
        release = partial(vault.send_release, reference=reference, advice_ref=new_id("adv"), stays=yen(700))
        stub.script = lambda question: answer_to(question, f39="12")
        assert release(now=_now()) == Refused("12")
        stub.script = answer_to
        for _ in range(2):
            assert release(now=_now()) == Acknowledged("00")
        first, second = stub.of_type("0400")
        assert first == second
        assert (first["4"], first["95"]) == ("000000001200", f"{700:012}{0:012}D00000000D00000000")
        assert WireMessage.objects.get(reference=reference).outcome == Outcome.CAPTURED
        assert vault.inquire_outcome(reference=reference, now=_now()).reversed is False

    def test_reversal_is_built_from_the_stored_request(self, stub, safe, authorize):
        stub.script = payments_only(lost)
        reference, advice = new_id("auth"), new_id("adv")
        assert isinstance(authorize(reference=reference), Unknown)
        asked = stub.of_type("0100")[-1]
        answer = vault.send_reversal(reference=reference, advice_ref=advice, repeat=False, now=_now())
        assert answer == Acknowledged("00")
        (sent,) = stub.of_type("0420")
        assert sent["90"] == f"0100{asked['11']}{asked['7']}{asked['32']:0>11}{'':0>11}"
        assert (sent["2"], sent["4"], sent["37"], sent["60"]) == (asked["2"], asked["4"], asked["37"], "4021")
        assert sent["11"] != asked["11"]

    def test_a_repeated_reversal_is_an_0421_until_it_is_answered(self, stub, safe, authorize):
        stub.script = payments_only(no_answer)
        reference, advice = new_id("auth"), new_id("adv")
        authorize(reference=reference)
        reverse = partial(vault.send_reversal, reference=reference, advice_ref=advice)
        assert isinstance(reverse(repeat=False, now=_now()), Unknown)
        stub.script = lambda question: answer_to(question, f39="25")
        assert reverse(repeat=True, now=_now()) == Refused("25")
        stub.script = answer_to
        assert reverse(repeat=True, now=_now()) == Acknowledged("00")
        assert [message["t"] for message in stub.heard[2:]] == ["0420", "0421", "0421"]

    def test_a_late_yes_after_a_reversal_is_reversed_again(self, stub, safe, authorize):
        stub.script = payments_only(lost)
        reference = new_id("auth")
        authorize(reference=reference)
        asked = stub.of_type("0100")[-1]
        vault.send_reversal(reference=reference, advice_ref=new_id("adv"), repeat=False, now=_now())
        stub.say(answer_to(asked))
        wait_until(lambda: len(stub.of_type("0420", "0421")) == 2)
        wait_until(lambda: WireMessage.objects.get(reference=reference).reversal_due_at is None)

    def test_an_owed_reversal_that_is_refused_stays_owed(self, stub, safe, authorize):
        stub.script = payments_only(lambda q: answer_to(q, f39={"0100": "10", "0420": "96"}[q["t"]]))
        reference = new_id("auth")
        authorize(reference=reference)
        wait_until(lambda: (due := WireMessage.objects.get(reference=reference).reversal_due_at) and due > _now())

    def test_an_advice_about_nothing_is_refused(self, stub, safe):
        nothing = {"reference": new_id("auth"), "advice_ref": new_id("adv"), "now": _now()}
        assert vault.send_reversal(**nothing, repeat=False) == Refused("25")
        assert vault.send_void(**nothing) == Refused("25")
        assert vault.send_capture(**nothing, amount=yen(1)) == Refused("25")
        assert stub.heard == []

    def test_an_advice_that_could_not_leave_goes_out_later_as_the_first(self, stub, safe, authorize):
        reference, advice = new_id("auth"), new_id("adv")
        authorize(reference=reference)
        stub.stop()
        void = partial(vault.send_capture, reference=reference, advice_ref=advice, amount=yen(1_200))
        assert isinstance(void(now=_now()), NotSent)
        stub.start(stub.port)
        wait_until(lambda: safe.network.signed_on)
        assert void(now=_now()) == Acknowledged("00")
        assert [message["t"] for message in stub.heard[2:]] == ["0220"]

    def test_a_late_acknowledgement_counts(self, stub, safe, authorize):
        reference = new_id("auth")
        authorize(reference=reference)
        stub.script = lambda question: [1.0, answer_to(question)]
        void = partial(vault.send_void, reference=reference, advice_ref=new_id("adv"))
        assert isinstance(void(now=_now()), Unknown)
        wait_until(lambda: WireMessage.objects.get(reference=reference).outcome == Outcome.LET_GO)
        assert void(now=_now()) == Acknowledged("00")


class TestInquireOutcome:
    def test_the_safes_own_record_comes_first(self, stub, safe, authorize):
        reference = new_id("auth")
        answer = authorize(reference=reference)
        assert vault.inquire_outcome(reference=reference, now=_now()) == Found(answer, reversed=False)
        assert stub.of_type("0600") == []

    @pytest.mark.parametrize(
        ("orc", "state", "found", "let_go"),
        [("00", "held", Authorized, False), ("00", "reversed", Authorized, True), ("51", "declined", Declined, False)],
    )
    def test_the_networks_book_comes_second(self, stub, safe, authorize, orc, state, found, let_go):
        stub.script = payments_only(partial(booked, orc=orc, state=state, f38="B1B2B3"))
        reference = new_id("auth")
        assert isinstance(authorize(reference=reference), Unknown)
        for _ in range(2):
            outcome = vault.inquire_outcome(reference=reference, now=_now())
            assert (type(outcome.answer), outcome.reversed) == (found, let_go)
        (asked,) = stub.of_type("0600")
        assert asked["37"] == stub.of_type("0100")[-1]["37"]

    def test_a_malfunction_is_asked_about_at_the_network(self, stub, safe, authorize):
        """96 says that something broke there, not that nothing was booked."""

        def script(question):
            return (
                answer_to(question, f39="96", f38=None) if question["t"] == "0100" else booked(question, f38="B1B2B3")
            )

        stub.script = payments_only(script)
        reference = new_id("auth")
        assert authorize(reference=reference).response_code == "96"
        assert isinstance(vault.inquire_outcome(reference=reference, now=_now()).answer, Authorized)
        assert len(stub.of_type("0600")) == 1

    def test_a_malfunction_that_booked_nothing_stays_a_no(self, stub, safe, authorize):
        def script(question):
            if question["t"] == "0100":
                return answer_to(question, f39="96", f38=None)
            return booked(question, orc="96", state="declined")

        stub.script = payments_only(script)
        reference = new_id("auth")
        authorize(reference=reference)
        for _ in range(2):
            assert vault.inquire_outcome(reference=reference, now=_now()).answer.response_code == "96"
        assert len(stub.of_type("0600")) == 1

    def test_not_found_is_a_promise(self, stub, safe, store, authorize, alices_wallet):
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        stub.script = lambda q: answer_to(q, f39="25") if q["t"] == "0600" else lost(q)
        authorize(token=token, reference=reference)
        assert vault.inquire_outcome(reference=reference, now=_now()) == NotFound()
        stub.say(answer_to(stub.of_type("0100")[-1]))
        wait_until(lambda: stub.of_type("0420"))
        assert vault.inquire_outcome(reference=reference, now=_now()).__class__ in {NotFound, Found}
        wait_until(lambda: WireMessage.objects.get(reference=reference).outcome == Outcome.LET_GO)

    def test_what_was_never_asked_can_never_be_asked_afterwards(self, stub, safe, store, authorize, alices_wallet):
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        assert vault.inquire_outcome(reference=reference, now=_now()) == NotFound()
        assert isinstance(authorize(token=token, reference=reference), NotSent)
        assert len(stub.heard) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            no_answer,
            lambda question: answer_to(question, f39="91"),
            answer_to,
            partial(booked, f39="96"),
        ],
    )
    def test_an_inquiry_that_tells_nothing_is_unknown(self, stub, safe, authorize, answer):
        stub.script = payments_only(lambda q: answer(q) if q["t"] == "0600" else [])
        reference = new_id("auth")
        authorize(reference=reference)
        assert isinstance(vault.inquire_outcome(reference=reference, now=_now()), Unknown)

    def test_who_approved_another_amount_is_not_believed_later(self, stub, safe, authorize):
        stub.script = payments_only(
            lambda q: answer_to(q, f4="000000000720") if q["t"] == "0100" else booked(q, f38="B1B2B3")
        )
        reference = new_id("auth")
        assert isinstance(authorize(reference=reference), Unknown)
        assert isinstance(vault.inquire_outcome(reference=reference, now=_now()), Unknown)

    def test_while_it_is_being_asked_it_is_unknown(self, stub, safe, store, authorize, alices_wallet):
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        stub.script = lambda question: [0.3, answer_to(question)]

        def inquire():
            wait_until(lambda: len(stub.heard) == 2)
            return vault.inquire_outcome(reference=reference, now=_now())

        answer, inquired = together(partial(authorize, token=token, reference=reference), inquire)
        assert (type(answer), type(inquired)) == (Authorized, Unknown)

    def test_without_a_link_nothing_was_asked(self, stub, safe, authorize):
        stub.script = payments_only(lost)
        reference = new_id("auth")
        authorize(reference=reference)
        stub.stop()
        assert isinstance(vault.inquire_outcome(reference=reference, now=_now()), NotSent)


class TestRefundCard:
    @pytest.fixture
    def refund(self, store, authorize, alices_wallet):
        token, original = store(owner=alices_wallet).card_token, new_id("auth")
        authorize(token=token, reference=original)

        def refund_card(*, reference=None, original_reference=original, token=token):
            return vault.refund_card(
                card_token=token,
                owner_ref=alices_wallet,
                original_reference=original_reference,
                reference=reference or new_id("ref"),
                amount=yen(1_200),
                merchant=KOMOREBI,
                now=_now(),
            )

        return refund_card

    def test_gives_the_money_back_once(self, stub, safe, refund):
        reference = new_id("ref")
        answer = refund(reference=reference)
        assert isinstance(answer, Authorized)
        assert refund(reference=reference) == answer
        (sent,) = stub.of_type("0200")
        assert (sent["3"], sent["4"]) == ("200000", "000000001200")
        assert sent["48"] == f"REF={reference}|ORG={stub.of_type('0100')[-1]['37']}"

    def test_a_pending_refund_is_unknown_until_the_book_says_otherwise(self, stub, safe, refund):
        stub.script = lambda question: answer_to(question, f48="STATE=pending")
        reference = new_id("ref")
        assert refund(reference=reference) == Unknown("pending")
        stub.script = partial(booked, state="pending")
        assert vault.inquire_outcome(reference=reference, now=_now()) == Unknown("pending")
        stub.script = partial(booked, state="refunded")
        assert isinstance(vault.inquire_outcome(reference=reference, now=_now()).answer, Authorized)

    def test_a_refund_that_came_back_is_declined(self, stub, safe, refund):
        stub.script = lambda question: answer_to(question, f48="STATE=pending")
        reference = new_id("ref")
        refund(reference=reference)
        stub.script = partial(booked, state="returned")
        assert vault.inquire_outcome(reference=reference, now=_now()).answer.response_code == "05"

    def test_nothing_is_given_back_for_nothing(self, stub, safe, refund):
        assert isinstance(refund(original_reference=new_id("auth")), NotSent)
        assert isinstance(refund(token=new_id("tok")), NotSent)
        assert stub.of_type("0200") == []


class TestForgetCard:
    def test_destroys_the_record_and_nothing_is_sent_any_more(self, stub, safe, store, authorize, alices_wallet):
        token = store(owner=alices_wallet).card_token
        assert vault.forget_card(card_token=token, owner_ref=alices_wallet, now=_now()) == Forgotten(known=True)
        assert vault.forget_card(card_token=token, owner_ref=alices_wallet, now=_now()) == Forgotten(known=False)
        assert not CardRecord.objects.exists()
        assert isinstance(authorize(token=token), NotSent)

    def test_mallory_cannot_make_alices_card_forgotten(self, safe, store, alices_wallet):
        token = store(owner=alices_wallet).card_token
        assert vault.forget_card(card_token=token, owner_ref=new_id("wal"), now=_now()) == Forgotten(known=False)
        assert CardRecord.objects.filter(forgotten_at__isnull=True).exists()

    def test_keeps_the_record_while_a_promise_is_open(self, stub, safe, store, authorize, alices_wallet):
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        authorize(token=token, reference=reference)
        vault.forget_card(card_token=token, owner_ref=alices_wallet, now=_now())
        assert destroy_forgotten(now=_now()) == 0
        assert isinstance(authorize(token=token), NotSent)
        vault.send_void(reference=reference, advice_ref=new_id("adv"), now=_now())
        assert not CardRecord.objects.exists()
        late = vault.send_capture(reference=reference, advice_ref=new_id("adv"), amount=yen(1_200), now=_now())
        assert late == NotSent("the card's record is gone")

    def test_keeps_the_record_while_what_was_taken_may_be_given_back(self, stub, safe, store, authorize, alices_wallet):
        """Who removes a card in the evening brings the goods back in the morning."""
        token, reference = store(owner=alices_wallet).card_token, new_id("auth")
        authorize(token=token, reference=reference)
        vault.send_capture(reference=reference, advice_ref=new_id("adv"), amount=yen(1_200), now=_now())
        vault.forget_card(card_token=token, owner_ref=alices_wallet, now=_now())
        given_back = vault.refund_card(
            card_token=token,
            owner_ref=alices_wallet,
            original_reference=reference,
            reference=new_id("ref"),
            amount=yen(1_200),
            merchant=KOMOREBI,
            now=_now(),
        )
        assert isinstance(given_back, Authorized)
        assert destroy_forgotten(now=_now() + REFUNDABLE - timedelta(hours=1)) == 0
        assert destroy_forgotten(now=_now() + REFUNDABLE + timedelta(hours=1)) == 1

    def test_a_forgotten_card_may_be_added_again(self, safe, store, authorize, alices_wallet):
        token = store(owner=alices_wallet).card_token
        authorize(token=token)
        vault.forget_card(card_token=token, owner_ref=alices_wallet, now=_now())
        assert store(owner=alices_wallet).card_token == token
        assert isinstance(authorize(token=token), Authorized)


def _now():
    from common import clock

    return clock.now()
