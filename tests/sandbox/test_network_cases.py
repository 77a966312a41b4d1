"""What issuers do after a sale, over real TCP: scenarios 60 to 69 and 84, on a clock that is set forward."""

from datetime import timedelta

import pytest

from common.logs import passes_luhn
from sandbox.network.book import Book
from sandbox.network.messages import framed, private_data, read_message, write_message
from tests.sandbox.wire import World, run

pytestmark = pytest.mark.loopback


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def card(scenario):
    front = f"400000990000{scenario:03}"
    return next(f"{front}{check}" for check in range(10) if passes_luhn(f"{front}{check}"))


class Acquirer:
    """A channel that acknowledges what it is told, and remembers it."""

    def __init__(self, world, channel):
        self.world, self.channel, self.heard = world, channel, []

    async def sells(self, number, amount=12_800):
        await self.channel.authorize(number, amount)
        await self.channel.capture(amount)

    async def later(self, *, acknowledge=True, **span):
        """Set the clock forward, and hear what the network has to say then."""
        self.world.clock.advance(**span)
        await self.world.host.tell()
        waiting = sum(notice.taken_at is None for notice in self.world.host.book.notices.values())
        notices = [await self.channel.answer() for _ in range(waiting)]
        self.heard += notices
        if acknowledge and notices:
            await self._take(notices)
        return [private_data(notice) for notice in self.heard[-waiting:]] if waiting else []

    async def _take(self, notices):
        for notice in notices:
            answer = {name: notice[name] for name in ("7", "11", "37")}
            self.channel.writer.write(framed(write_message({**answer, "t": "0630", "39": "00"})))
        await self.channel.ask("0800", f70="301")  # an echo: whatever was sent before is read by then

    async def says(self, case, says="evidence", digest="ab12"):
        answer = await self.channel.ask("0620", f37="R00000000001", f48=f"CASE={case}|SAYS={says}|HASH={digest}")
        return answer["39"]


def played(world, story):
    async def play():
        async with world.dialled() as channel:
            await story(Acquirer(world, channel))

    run(play())


def test_60_fraud_after_a_day_waits_for_an_answer(world):
    async def story(us):
        await us.sells(card(60))
        assert await us.later(hours=23) == []
        (told,) = await us.later(hours=1)
        assert (told["KIND"], told["REASON"], told["STAGE"]) == ("dispute_opened", "10.4", "chargeback")
        assert us.heard[-1]["4"] == "000000012800"

    played(world, story)
    assert world.claims() == 12_800


def test_61_is_not_received_after_thirty_days(world):
    async def story(us):
        await us.sells(card(61))
        assert await us.later(days=29) == []
        (told,) = await us.later(days=1)
        assert told["REASON"] == "13.1"

    played(world, story)


def test_62_is_about_half_of_it(world):
    async def story(us):
        await us.sells(card(62))
        (told,) = await us.later(days=45)
        assert (told["REASON"], us.heard[-1]["4"]) == ("13.3", "000000006400")

    played(world, story)


def test_63_is_asked_about_and_closed_and_takes_nothing(world):
    async def story(us):
        await us.sells(card(63))
        (told,) = await us.later(days=3)
        assert told["KIND"] == "inquiry"
        (told,) = await us.later(days=10)
        assert (told["KIND"], told["OUTCOME"]) == ("dispute_closed", "closed")

    played(world, story)
    assert world.claims() == 12_800


def test_64_and_68_are_reports_without_a_case(world):
    async def story(us):
        await us.sells(card(64))
        (told,) = await us.later(days=2)
        assert told["KIND"] == "fraud_report"

    played(world, story)
    assert not world.host.book.cases


def test_65_is_won_by_evidence(world):
    async def story(us):
        await us.sells(card(65))
        (told,) = await us.later(days=1)
        assert [await us.says(told["CASE"]) for _ in range(2)] == ["00", "00"]  # said again, it changes nothing
        assert await us.says(told["CASE"], digest="other") == "12"
        (told,) = await us.later(days=10)
        assert (told["KIND"], told["OUTCOME"]) == ("dispute_closed", "won")

    played(world, story)
    assert world.claims() == 12_800


def test_66_is_lost_and_the_second_stage_is_noted(world):
    async def story(us):
        await us.sells(card(66))
        (told,) = await us.later(days=1)
        await us.says(told["CASE"])
        (told,) = await us.later(days=10)
        assert told["OUTCOME"] == "lost"
        (told,) = await us.later(days=5)
        assert (told["KIND"], told["STAGE"]) == ("dispute_stage", "pre_arbitration")

    played(world, story)
    assert world.claims() == 0


def test_67_comes_after_a_full_refund_and_takes_nothing_more(world):
    async def story(us):
        await us.sells(card(67))
        assert await us.later(days=40) == []
        await us.channel.refund(card(67))
        (told,) = await us.later(days=5)
        assert world.host.book.cases[told["CASE"]].taken == 0
        await us.says(told["CASE"])
        (told,) = await us.later(days=10)
        assert told["OUTCOME"] == "won"

    played(world, story)
    assert world.claims() == 0


def test_69_is_told_twice_and_is_one_case(world):
    async def story(us):
        await us.sells(card(69))
        first, second = await us.later(days=1)
        assert (first["CASE"], first["NID"]) != (second["CASE"], second["NID"])
        assert first["CASE"] == second["CASE"]

    played(world, story)
    assert len(world.host.book.cases) == 1


def test_84_is_renewed_after_its_first_refusal(world):
    async def story(us):
        number = card(84)
        assert (await us.channel.authorize(number))["39"] == "54"
        (told,) = await us.later(seconds=1)
        assert (told["KIND"], told["EXP"]) == ("account_updated", "3312")
        fields = us.channel.card_fields(number, 12_800, "R00000000002") | {"f14": told["EXP"]}
        assert (await us.channel.ask("0100", **fields))["39"] == "00"

    played(world, story)
    assert world.claims() == 12_800


def test_silence_loses_and_what_was_lost_cannot_be_refunded_too(world):
    async def story(us):
        await us.sells(card(61))
        (told,) = await us.later(days=30)
        assert (await us.channel.refund(card(61)))["39"] == "12"
        (closed,) = await us.later(days=20)
        assert closed["OUTCOME"] == "lost"
        assert await us.says(told["CASE"]) == "12"

    played(world, story)
    assert world.claims() == 0


def test_giving_in_ends_it_at_once(world):
    async def story(us):
        await us.sells(card(60))
        (told,) = await us.later(days=1)
        assert await us.says(told["CASE"], says="acceptance") == "00"
        (told,) = await us.later(seconds=1)
        assert told["OUTCOME"] == "accepted"

    played(world, story)
    assert world.claims() == 0


def test_1976_becomes_a_chargeback_when_nobody_answers(world):
    async def story(us):
        await us.sells("4000000000001976")
        (told,) = await us.later(days=1)
        assert told["KIND"] == "inquiry"
        (told,) = await us.later(days=10)
        assert (told["KIND"], told["STAGE"]) == ("dispute_opened", "chargeback")

    played(world, story)


def test_what_was_not_acknowledged_is_said_again_and_a_restart_forgets_nothing(world, tmp_path):
    async def story(us):
        await us.sells(card(60))
        await us.later(days=1, acknowledge=False)
        await us.later(seconds=1)
        assert [notice["t"] for notice in us.heard] == ["0620", "0621"]
        assert us.heard[0]["48"] == us.heard[1]["48"]

    played(world, story)
    book = Book(tmp_path)
    assert [case.state for case in book.cases.values()] == ["open"]
    assert all(notice.taken_at for notice in book.notices.values())
    assert not book.watched


def test_an_answer_to_no_case_of_this_charge_is_not_found(world):
    async def story(us):
        await us.sells(card(60))
        assert await us.says("CASE000009-X") == "25"

    played(world, story)


def test_the_time_to_answer_is_half_open(world):
    async def story(us):
        await us.sells(card(60))
        (told,) = await us.later(days=1)
        us.world.clock.advance(seconds=timedelta(days=20).total_seconds())
        assert await us.says(told["CASE"]) == "12"

    played(world, story)


def test_reads_its_own_words(world):
    assert read_message(write_message({"t": "0630", "7": "1122045011", "11": "900000", "39": "00"}))["39"] == "00"
