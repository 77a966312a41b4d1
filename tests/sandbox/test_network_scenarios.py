"""What each test card makes the network host do: one story per row of the tables, over real TCP."""

import asyncio

import pytest

from common.logs import passes_luhn
from sandbox.network.behaviours import behaviour_of
from sandbox.network.messages import UnreadableMessage, read_message
from tests.sandbox.wire import World, run

pytestmark = pytest.mark.loopback


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def card(scenario):
    front = f"400000990000{scenario:03}"
    return next(f"{front}{check}" for check in range(10) if passes_luhn(f"{front}{check}"))


def played(world, story):
    async def play():
        async with world.dialled() as channel:
            await story(channel)

    run(play())


class TestTransport:
    def test_01_approves_at_four_fifths_of_the_limit(self, world):
        async def story(channel):
            await channel.pay(card(1))
            assert await channel.silence(within=0.1)
            assert (await channel.answer())["39"] == "00"

        played(world, story)
        assert world.claims() == 12_800

    def test_02_is_lost_on_the_way_and_nobody_knows_of_it(self, world):
        async def story(channel):
            await channel.pay(card(2))
            assert await channel.silence()
            assert (await channel.inquire())["39"] == "25"

        played(world, story)
        assert world.claims() == 0

    def test_03_books_it_and_only_the_inquiry_tells(self, world):
        async def story(channel):
            await channel.pay(card(3))
            assert await channel.silence()
            found = await channel.inquire()
            assert (found["39"], found["4"], found["48"]) == ("00", "000000012800", "ORC=00|STATE=held")
            assert len(found["38"]) == 6

        played(world, story)
        assert world.claims() == 12_800

    def test_04_passes_over_three_inquiries_first(self, world):
        async def story(channel):
            await channel.pay(card(4))
            for _ in range(3):
                await channel.send("0600", f37="R00000000001")
            assert await channel.silence()
            assert (await channel.inquire())["39"] == "00"

        played(world, story)

    def test_05_answers_the_first_reversal_and_never_an_inquiry(self, world):
        async def story(channel):
            await channel.pay(card(5))
            for _ in range(5):
                await channel.send("0600", f37="R00000000001")
            assert await channel.silence()
            assert world.claims() == 12_800
            assert (await channel.take_back())["39"] == "00"

        played(world, story)
        assert (world.state(), world.claims()) == ("reversed", 0)

    def test_06_acknowledges_the_sixth_reversal(self, world):
        async def story(channel):
            await channel.pay(card(6))
            await channel.send("0420", f37="R00000000001", f60="4021")
            for _ in range(4):
                await channel.send("0421", f37="R00000000001", f60="4021")
            assert await channel.silence()
            assert (await channel.take_back("0421"))["39"] == "00"

        played(world, story)
        assert world.claims() == 0

    def test_07_acknowledges_no_reversal_until_it_is_healed(self, world):
        async def story(channel):
            await channel.pay(card(7))
            for _ in range(12):
                await channel.send("0421", f37="R00000000001", f60="4021")
            assert await channel.silence()
            assert world.claims() == 12_800
            world.host.faults.healed = True
            assert (await channel.take_back("0421"))["39"] == "00"

        played(world, story)
        assert world.claims() == 0

    def test_08_approves_after_the_reversal_and_is_reversed_again(self, world):
        async def story(channel):
            paid = await channel.pay(card(8))
            assert await channel.silence()
            assert (await channel.take_back())["39"] == "00"
            late = await channel.answer()
            assert (late["t"], late["11"], late["39"]) == ("0110", paid["11"], "00")
            assert world.claims() == 12_800
            assert (await channel.take_back("0421"))["39"] == "00"

        played(world, story)
        assert (world.state(), world.claims()) == ("reversed", 0)

    def test_09_says_the_same_twice(self, world):
        async def story(channel):
            assert await channel.authorize(card(9)) == await channel.answer()

        played(world, story)
        assert world.claims() == 12_800

    def test_10_contradicts_itself(self, world):
        async def story(channel):
            first, second = await channel.authorize(card(10)), await channel.answer()
            assert (first["39"], second["39"], first["11"]) == ("00", "05", second["11"])
            assert "ORC=00" in (await channel.inquire())["48"]

        played(world, story)
        assert world.claims() == 12_800

    @pytest.mark.parametrize("scenario", [11, 12])
    def test_11_and_12_cannot_be_read(self, world, scenario):
        async def story(channel):
            await channel.pay(card(scenario))
            frame = await channel.frame()
            with pytest.raises(UnreadableMessage):
                read_message(frame)
            assert (await channel.inquire())["39"] == "00"

        played(world, story)
        assert world.claims() == 12_800

    def test_13_answers_somebody_else(self, world):
        async def story(channel):
            paid = await channel.pay(card(13))
            answer = await channel.answer()
            assert answer["11"] != paid["11"]
            assert answer["37"] != paid["37"]
            assert (await channel.inquire())["39"] == "00"

        played(world, story)
        assert world.claims() == 12_800

    def test_14_approves_another_amount_and_says_so_at_inquiry_too(self, world):
        async def story(channel):
            assert (await channel.authorize(card(14)))["4"] == "000000014080"
            assert (await channel.inquire())["4"] == "000000014080"
            await channel.take_back()

        played(world, story)
        assert world.claims() == 0

    def test_15_hangs_up_in_mid_frame(self, world):
        async def story(channel):
            await channel.pay(card(15))
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await channel.frame()
            redialled = await world.dial()
            await redialled.sign_on()
            assert (await redialled.inquire())["39"] == "00"
            redialled.writer.close()

        played(world, story)
        assert world.claims() == 12_800

    def test_16_sends_a_web_page(self, world):
        async def story(channel):
            await channel.pay(card(16))
            assert (await channel.reader.read(1_000)).startswith(b"HTTP/1.1 502")

        played(world, story)
        assert world.state() is None

    def test_17_waits_for_a_new_sign_on(self, world):
        async def story(channel):
            assert (await channel.authorize(card(17)))["39"] == "91"
            assert (await channel.authorize(card(17), reference="R00000000002"))["39"] == "91"
            await channel.sign_on()
            assert (await channel.authorize(card(17), reference="R00000000003"))["39"] == "00"

        played(world, story)
        assert world.claims() == 12_800

    def test_18_is_down_for_one_hour_of_the_clock(self, world):
        async def story(channel):
            await channel.pay(card(18))
            await channel.send("0600", f37="R00000000001")
            assert await channel.silence()
            world.clock.advance(hours=1)
            assert (await channel.inquire())["39"] == "25"
            assert (await channel.authorize(card(18), reference="R00000000002"))["39"] == "00"

        played(world, story)
        assert world.claims() == 12_800


class TestChecksCaptureReversalRefund:
    def test_20_approves_three_fifths(self, world):
        async def story(channel):
            answer = await channel.authorize(card(20))
            assert (answer["39"], answer["4"], answer["54"]) == ("10", "000000007680", "0057392D000000012800")
            assert world.claims() == 7_680
            await channel.take_back()

        played(world, story)
        assert world.claims() == 0

    def test_21_passes_the_card_check_and_declines_the_payment(self, world):
        async def story(channel):
            assert (await channel.verify(card(21)))["39"] == "85"
            assert (await channel.authorize(card(21)))["39"] == "05"

        played(world, story)
        assert (world.state(), world.claims()) == ("declined", 0)

    def test_23_is_closed_after_the_first_payment(self, world):
        async def story(channel):
            assert (await channel.authorize(card(23)))["39"] == "00"
            assert (await channel.authorize(card(23), reference="R00000000002"))["39"] == "46"

        played(world, story)
        assert world.claims() == 12_800

    def test_30_refuses_the_capture(self, world):
        async def story(channel):
            await channel.authorize(card(30))
            assert (await channel.capture())["39"] == "57"

        played(world, story)
        assert world.state() == "held"

    def test_31_captures_and_loses_the_answer(self, world):
        async def story(channel):
            await channel.authorize(card(31))
            await channel.send("0220", f4="000000012800", f37="R00000000001")
            assert await channel.silence()
            assert (await channel.inquire())["48"] == "ORC=00|STATE=captured"
            assert (await channel.capture(mti="0221"))["39"] == "00"

        played(world, story)
        assert (world.state(), world.claims()) == ("captured", 12_800)

    def test_32_forgets_its_promise_after_a_day(self, world):
        async def story(channel):
            await channel.authorize(card(32))
            world.clock.advance(days=1)
            assert (await channel.capture())["39"] == "12"

        played(world, story)
        assert (world.state(), world.claims()) == ("expired", 0)

    def test_33_does_not_find_the_original_twice(self, world):
        async def story(channel):
            await channel.pay(card(33))
            await channel.send("0600", f37="R00000000001")
            assert await channel.silence()
            assert [(await channel.take_back("0421"))["39"] for _ in range(2)] == ["25", "25"]
            assert "STATE=held" in (await channel.inquire())["48"]
            assert (await channel.take_back("0421"))["39"] == "00"

        played(world, story)
        assert (world.state(), world.claims()) == ("reversed", 0)

    def test_34_declines_the_refund(self, world):
        async def story(channel):
            await channel.authorize(card(34))
            await channel.capture()
            assert (await channel.refund(card(34)))["39"] == "57"
            assert "ORC=57|STATE=declined" in (await channel.inquire("F00000000001"))["48"]

        played(world, story)
        assert world.claims() == 12_800

    @pytest.mark.parametrize(
        ("number", "ends", "left"), [(card(35), "returned", 12_800), ("4000000000007726", "refunded", 0)]
    )
    def test_35_and_its_kin_settle_a_refund_a_day_later(self, world, number, ends, left):
        async def story(channel):
            await channel.authorize(number)
            await channel.capture()
            assert (await channel.refund(number))["48"] == "STATE=pending"
            world.clock.advance(days=1)
            assert f"STATE={ends}" in (await channel.inquire("F00000000001"))["48"]

        played(world, story)
        assert world.claims() == left

    def test_36_refunds_and_loses_the_answer(self, world):
        async def story(channel):
            await channel.authorize(card(36))
            await channel.capture()
            fields = channel.card_fields(card(36), 12_800, "F00000000001") | {"f3": "200000"}
            await channel.send("0200", **fields)
            assert await channel.silence()
            assert "STATE=refunded" in (await channel.inquire("F00000000001"))["48"]

        played(world, story)
        assert world.claims() == 0


class TestCodesAndAdvice:
    @pytest.mark.parametrize(
        ("number", "code"),
        [
            ("4000009800000054", "05"),
            ("4000009800000146", "14"),
            ("4000009800000518", "51"),
            ("4000009800000914", "91"),
            ("4000000000000002", "05"),
            ("4000000000009987", "41"),
            ("4000000000006975", "65"),
            (card(76), "R0"),
            (card(80), "1A"),
            (card(82), "9G"),
        ],
    )
    def test_a_number_answers_its_code(self, world, number, code):
        async def story(channel):
            assert (await channel.authorize(number))["39"] == code

        played(world, story)
        assert world.claims() == 0

    def test_an_issuer_may_add_advice(self, world):
        async def story(channel):
            answer = await channel.authorize("5555559900000723")
            assert (answer["39"], answer["44"]) == ("05", "03")

        played(world, story)

    def test_74_approves_one_hour_later(self, world):
        async def story(channel):
            assert (await channel.authorize("5555559900000749"))["39"] == "51"
            world.clock.advance(minutes=59)
            assert (await channel.authorize("5555559900000749", reference="R00000000002"))["39"] == "51"
            world.clock.advance(minutes=1)
            assert (await channel.authorize("5555559900000749", reference="R00000000003"))["39"] == "00"

        played(world, story)


class TestFaults:
    def test_a_silent_network_says_nothing_and_books_nothing(self, world):
        async def story(channel):
            world.host.faults.silent_until = asyncio.get_running_loop().time() + 60
            await channel.pay("4242424242424242")
            assert await channel.silence()

        played(world, story)
        assert world.state() is None

    def test_dropped_links_can_dial_again(self, world):
        async def story(channel):
            world.host.drop_links()
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await channel.frame()
            redialled = await world.dial()
            assert (await redialled.sign_on())["39"] == "00"
            redialled.writer.close()

        played(world, story)


class TestBehaviourOf:
    @pytest.mark.parametrize(
        "number",
        ["4000009900000012", "5555559900000012", "3530119900000010", "378282990000018", "30569399000015"],
    )
    def test_a_scenario_has_a_number_of_every_brand(self, number):
        assert behaviour_of(number, amount=1, currency="JPY", magic_amounts=False).name == "01"

    @pytest.mark.parametrize(
        ("amount", "magic", "name"), [(990_003, True, "03"), (990_003, False, "plain"), (3, True, "plain")]
    )
    def test_a_magic_amount_runs_a_scenario_when_it_is_switched_on(self, amount, magic, name):
        acts = behaviour_of("4242424242424242", amount=amount, currency="JPY", magic_amounts=magic)
        assert acts.name == name

    @pytest.mark.parametrize("number", ["4242424242424241", "4111111111111111", "6011111111111117", "4000009900000996"])
    def test_no_other_number_is_known(self, number):
        assert behaviour_of(number, amount=1, currency="JPY", magic_amounts=False).response == "14"
