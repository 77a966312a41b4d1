"""The network host over real TCP: signing on, echo, one plain purchase, and its manners towards wrong questions."""

import asyncio

import pytest

from sandbox.cavv import Authenticated
from tests.sandbox.wire import World, run

pytestmark = pytest.mark.loopback

VISA, AMEX, DINERS, JCB = "4242424242424242", "378282246310005", "30569309025904", "3530111333300000"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_channel_signs_on_and_hears_its_echo(world):
    async def story():
        async with world.dialled(sign_on=False) as channel:
            assert (await channel.sign_on())["39"] == "00"
            assert (await channel.ask("0800", f70="301"))["t"] == "0810"

    run(story())


def test_before_sign_on_the_network_is_not_available(world):
    async def story():
        async with world.dialled(sign_on=False) as channel:
            assert (await channel.authorize(VISA))["39"] == "91"
        assert world.state() is None

    run(story())


@pytest.mark.parametrize("card", [VISA, AMEX, DINERS, JCB])
def test_a_plain_purchase_is_held_and_captured(world, card):
    async def story():
        async with world.dialled() as channel:
            answer = await channel.authorize(card)
            assert (answer["t"], answer["39"], answer["37"], len(answer["38"])) == ("0110", "00", "R00000000001", 6)
            assert (world.state(), world.claims()) == ("held", 12_800)
            assert (await channel.capture())["39"] == "00"
        assert (world.state(), world.claims()) == ("captured", 12_800)

    run(story())


def test_a_full_refund_leaves_nothing_on_the_card(world):
    async def story():
        async with world.dialled() as channel:
            await channel.authorize(VISA)
            await channel.capture()
            answer = await channel.refund(VISA)
            assert (answer["t"], answer["39"], answer["48"]) == ("0210", "00", "STATE=refunded")
        assert (world.state(), world.claims()) == ("refunded", 0)

    run(story())


def test_a_refund_finds_its_charge_by_the_card_and_never_exceeds_it(world):
    async def story():
        async with world.dialled() as channel:
            await channel.authorize(VISA)
            await channel.capture()
            assert (await channel.refund(VISA, amount=12_801))["39"] == "12"
            assert (await channel.refund(VISA, reference="F00000000002", original=""))["39"] == "00"
            assert (await channel.refund(VISA, amount=1, reference="F00000000003"))["39"] == "12"
            assert (await channel.refund(AMEX, reference="F00000000004"))["39"] == "25"

    run(story())


def test_a_void_lets_go_and_may_be_said_twice(world):
    async def story():
        async with world.dialled() as channel:
            await channel.authorize(VISA)
            assert (await channel.take_back("0400"))["t"] == "0410"
            assert (await channel.take_back("0400"))["39"] == "00"
            assert (world.state(), world.claims()) == ("voided", 0)
            assert (await channel.capture())["39"] == "12"

    run(story())


def test_what_was_captured_is_not_reversed(world):
    async def story():
        async with world.dialled() as channel:
            await channel.authorize(VISA)
            await channel.capture()
            assert (await channel.take_back())["39"] == "12"
            assert (await channel.capture(mti="0221"))["39"] == "00"
            assert (await channel.capture(amount=1))["39"] == "12"
        assert world.claims() == 12_800

    run(story())


class TestSeveralCaptures:
    def test_take_up_to_what_is_held_and_count_once(self, world):
        async def story():
            async with world.dialled() as channel:
                await channel.authorize(VISA)
                assert (await channel.capture(5_000, advice="adv_1"))["39"] == "00"
                assert (await channel.capture(5_000, advice="adv_1", mti="0221"))["39"] == "00"
                assert (world.state(), world.charge().captured, world.claims()) == (
                    "partially_captured",
                    5_000,
                    12_800,
                )
                assert (await channel.capture(7_801, advice="adv_2"))["39"] == "12"
                assert (await channel.capture(7_800, advice="adv_3"))["39"] == "00"
                assert (await channel.capture(7_801, advice="adv_2", mti="0221"))["39"] == "12"
            assert (world.state(), world.claims()) == ("captured", 12_800)

        run(story())

    def test_the_rest_is_let_go_by_replacement_amounts(self, world):
        async def story():
            async with world.dialled() as channel:
                await channel.authorize(VISA)
                await channel.capture(5_000, advice="adv_1")
                assert (await channel.release(4_999))["39"] == "12"
                for _ in range(2):
                    assert (await channel.release(5_000))["39"] == "00"
                assert (world.state(), world.charge().released, world.claims()) == ("captured", 7_800, 5_000)
                assert (await channel.capture(1, advice="adv_2"))["39"] == "12"
                assert (await channel.refund(VISA, amount=2_000))["39"] == "00"
                assert (world.state(), world.claims()) == ("captured", 3_000)
                await channel.refund(VISA, amount=3_000, reference="F00000000002")
            assert (world.state(), world.claims()) == ("refunded", 0)

        run(story())

    def test_a_release_that_comes_before_its_captures_leaves_room_for_them(self, world):
        async def story():
            async with world.dialled() as channel:
                await channel.authorize(VISA)
                assert (await channel.release(5_000))["39"] == "00"
                assert (await channel.release(9_000))["39"] == "00"
                assert (world.state(), world.claims()) == ("held", 5_000)
                assert (await channel.capture(5_000, advice="adv_1"))["39"] == "00"
                assert (await channel.inquire())["48"] == "ORC=00|STATE=captured"

        run(story())

    def test_the_book_remembers_them_after_a_kill(self, world, tmp_path):
        async def story():
            async with world.dialled() as channel:
                await channel.authorize(VISA)
                await channel.capture(5_000, advice="adv_1")
                await channel.release(9_000)

        async def after(again):
            async with again.dialled() as channel:
                assert (await channel.capture(5_000, advice="adv_1", mti="0221"))["39"] == "00"
                assert (await channel.inquire())["4"] == "000000012800"
            assert (again.state(), again.claims()) == ("partially_captured", 9_000)

        run(story())
        run(after(World(tmp_path)))


def test_the_same_question_again_gets_the_same_answer_and_one_hold(world):
    async def story():
        async with world.dialled() as channel:
            message = await channel.pay(VISA)
            first = await channel.answer()
            again = await channel.ask("0100", **{f"f{name}": text for name, text in message.items() if name != "t"})
            other = await channel.authorize(VISA)
        assert (first, other["39"], world.claims()) == (again, "94", 12_800)

    run(story())


def test_unknown_originals_and_unknown_numbers(world):
    async def story():
        async with world.dialled() as channel:
            for question in (channel.capture, channel.take_back, channel.inquire):
                assert (await question())["39"] == "25"
            assert (await channel.authorize("4242424242424241"))["39"] == "14"
            assert (await channel.authorize("4111111111111111", reference="R00000000002"))["39"] == "14"

    run(story())


def test_a_question_that_lacks_a_field_is_a_format_error(world):
    async def story():
        async with world.dialled() as channel:
            assert (await channel.ask("0100", f37="R00000000001"))["39"] == "30"
            assert (await channel.ask("0800", f70="999"))["39"] == "12"

    run(story())


def test_bytes_that_are_no_message_get_no_answer_and_do_no_harm(world):
    async def story():
        async with world.dialled() as channel:
            channel.writer.write(b"\x00\x04junk")
            assert await channel.silence()
            assert (await channel.authorize(VISA))["39"] == "00"
            channel.writer.write(b"\xff\xff")
            with pytest.raises(asyncio.IncompleteReadError):
                await channel.frame()

    run(story())


def test_many_questions_at_once_on_one_link_are_answered_as_they_are_ready(world):
    async def story():
        async with world.dialled() as channel:
            await channel.pay("4000009900000012", reference="SLOW00000001")
            for number in range(20):
                await channel.pay(VISA, reference=f"R{number:011}")
            answered = [(await channel.answer())["37"] for _ in range(21)]
        assert answered[-1] == "SLOW00000001"
        assert len(set(answered)) == 21

    run(story())


class TestVerification:
    @pytest.mark.parametrize(
        ("card", "code"),
        [
            (VISA, "85"),
            ("4000000000000341", "85"),
            ("4000009900000210", "85"),
            ("4000009900000228", "14"),
            ("4000000000000002", "05"),
            ("4000000000009995", "85"),
            ("4000000000000127", "N7"),
            ("4000009800000518", "85"),
        ],
    )
    def test_asks_about_the_account_and_never_holds_money(self, world, card, code):
        async def story():
            async with world.dialled() as channel:
                assert (await channel.verify(card))["39"] == code
            assert world.claims() == 0

        run(story())

    @pytest.mark.parametrize(("card", "match"), [(VISA, "CVR=M"), ("4000000000000101", "CVR=N")])
    def test_says_whether_the_security_code_matched(self, world, card, match):
        async def story():
            async with world.dialled() as channel:
                assert (await channel.verify(card))["48"] == match

        run(story())


class TestRestart:
    def test_the_book_survives_a_kill(self, world, tmp_path):
        async def before():
            async with world.dialled() as channel:
                await channel.authorize(VISA)
                await channel.capture()
                await channel.refund(VISA, amount=800)
                await channel.authorize(JCB, reference="R00000000002")

        async def after():
            async with again.dialled() as channel:
                assert "ORC=00|STATE=held" in (await channel.inquire("R00000000002"))["48"]
                assert "STATE=refunded" in (await channel.inquire("F00000000001"))["48"]

        run(before())
        book = tmp_path / "book.jsonl"
        book.write_bytes(book.read_bytes() + b'{"event": "moved", "refer')  # the kill came in mid-line
        again = World(tmp_path)
        assert (again.claims(), again.state()) == (24_800, "captured")
        run(after())

    def test_no_card_number_is_ever_written(self, world, tmp_path):
        async def story():
            async with world.dialled() as channel:
                await channel.verify(VISA)
                await channel.authorize(VISA)

        run(story())
        written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert VISA.encode() not in written
        assert b"CVC" not in written
        assert (tmp_path / "book.key").stat().st_mode & 0o077 == 0


class TestThreeDSecure:
    """The issuer knows its own authentication value again."""

    VISA, SOFT = "4242424242424242", "4000009900000566"

    def words(self, number, *, amount=12_800, ds_id="d5", **changes):
        value = Authenticated(number, ds_id, "05", amount, "392").value
        told = {"REF": "auth_1", "ECI": "05", "CAVV": value, "DST": ds_id} | changes
        return "|".join(f"{name}={text}" for name, text in told.items())

    def test_a_genuine_value_matches_once(self, world):
        async def story():
            async with world.dialled() as channel:
                first = await channel.authorize(self.VISA, f48=self.words(self.VISA))
                again = await channel.authorize(self.VISA, reference="R00000000002", f48=self.words(self.VISA))
                return first["48"], again["48"]

        assert run(story()) == ("CAV=M", "CAV=N")
        assert world.charge().three_ds == {"eci": "05", "ds_trans_id": "d5", "value": "genuine"}
        assert world.charge("R00000000002").three_ds["value"] == "used before"

    @pytest.mark.parametrize("changes", [{"amount": 1}, {"ECI": "06"}, {"DST": "d6"}, {"CAVV": "x"}])
    def test_a_value_about_something_else_does_not(self, world, changes):
        async def story():
            async with world.dialled() as channel:
                return await channel.authorize(self.VISA, f48=self.words(self.VISA, **changes))

        answer = run(story())
        assert (answer["39"], answer["48"]) == ("00", "CAV=N")

    @pytest.mark.parametrize(("number", "soft"), [(SOFT, "1A"), ("5555559900000566", "65")])
    def test_a_soft_decline_wants_one(self, world, number, soft):
        async def story():
            async with world.dialled() as channel:
                first = await channel.authorize(number)
                second = await channel.authorize(number, reference="R00000000002", f48=self.words(number))
                return first["39"], second["39"]

        assert run(story()) == (soft, "00")
        assert world.charge().three_ds == {}
