"""The TCP side: links that sign on, questions that come in, answers that go out as the card's behaviour has them.

Questions on one link are answered as they are ready, not in turn, so a slow card delays nobody else.
"""

import asyncio
import logging
import secrets
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.money import NUMERIC_CODES
from sandbox.cavv import Authenticated
from sandbox.network.behaviours import Behaviour, Delivery, behaviour_named, behaviour_of
from sandbox.network.book import Book, Charge, Notice, Refund
from sandbox.network.cases import Cases
from sandbox.network.messages import (
    Message,
    UnreadableMessage,
    answer_type,
    framed,
    private_data,
    read_message,
    with_private_data,
    write_message,
)

log = logging.getLogger(__name__)

_LONGEST: Final = 4_096
_CUSTOMER_NOT_THERE: Final = "08"
_CURRENCIES: Final = {numeric: code for code, numeric in NUMERIC_CODES.items()}
_ECHOED: Final = ("2", "3", "4", "7", "11", "12", "13", "32", "37", "41", "42", "49", "70", "90")
_ASKED_FOR: Final = {
    # The fields without which a question cannot be answered; their lack is a format error (30).
    "0100": ("2", "3", "4", "7", "11", "14", "25", "32", "37", "41", "42", "43", "49"),
    "0200": ("2", "3", "4", "7", "11", "32", "37", "41", "42", "49"),
    "0220": ("4", "7", "11", "37"),
    "0400": ("7", "11", "37"),
    "0420": ("7", "11", "37"),
    "0600": ("7", "11", "37"),
    "0620": ("7", "11", "37", "48"),
    "0630": ("7", "11", "39"),
    "0800": ("7", "11", "70"),
}
_LOOK_EVERY_SECONDS: Final = 1.0
_AT_ONCE: Final = 20
_WEB_PAGE: Final = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    b"<html><body><h1>502 Bad Gateway</h1></body></html>"
)


@dataclass(eq=False, slots=True)
class Link:
    """One connection of one channel."""

    writer: asyncio.StreamWriter
    talk: asyncio.Task[None] | None = None
    """The task that reads from it."""
    signed_on: bool = False

    async def send(self, raw: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(raw)
            await self.writer.drain()

    def reset(self) -> None:
        """Hang up as a cut cable does: no goodbye."""
        connection = self.writer.get_extra_info("socket")
        if connection is not None and not self.writer.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass(slots=True)
class Faults:
    """What was scripted from outside, besides what the cards do by themselves. Instants are the event loop's."""

    silent_until: float = 0.0
    refusing_until: float = 0.0
    healed: bool = False
    """Nothing is ignored any more: late acknowledgements come at last."""


@dataclass(slots=True)
class Host:
    book: Book
    clock: Callable[[], datetime]
    total_seconds: float
    """The connector's total time limit, to which every waiting scenario is scaled."""
    magic_amounts: bool = False
    faults: Faults = field(default_factory=Faults)
    links: set[Link] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _sign_ons: int = 0
    _refused_before_sign_on: dict[str, int] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)
    """How often each notice was said since this start; its place is its trace number."""

    @property
    def cases(self) -> Cases:
        return Cases(self.book)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer, asyncio.current_task())
        if self.faults.refusing_until > asyncio.get_running_loop().time():
            link.reset()
            return
        self.links.add(link)
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                if not 0 < length <= _LONGEST:
                    log.warning("a frame of %d bytes: hanging up", length)
                    return
                self._answer_later(await reader.readexactly(length), link)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side hung up
        finally:
            self.links.discard(link)
            writer.close()

    def drop_links(self) -> None:
        for link in list(self.links):
            link.reset()

    async def close(self) -> None:
        """Hang up everywhere, and come back when every link has noticed."""
        talks = [link.talk for link in self.links if link.talk is not None]
        self.drop_links()
        await asyncio.gather(*talks)

    def _answer_later(self, raw: bytes, link: Link) -> None:
        task = asyncio.create_task(self._answer(raw, link))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, raw: bytes, link: Link) -> None:
        try:
            message = read_message(raw)
        except UnreadableMessage as error:
            log.warning("unreadable message: %s", error)
            return
        if self.faults.silent_until > asyncio.get_running_loop().time():
            return
        kind = f"{message['t'][:3]}0"
        missing = [name for name in _ASKED_FOR.get(kind, ()) if name not in message]
        if kind not in _ASKED_FOR or missing:
            log.warning("%s lacks fields %s", message["t"], missing)
            await self._say(link, message, {"39": "30"})
        elif kind == "0800":
            await self._network(message, link)
        elif kind == "0630":
            self._hear_that_it_was_taken(message)
        elif not link.signed_on:
            await self._say(link, message, {"39": "91"})
        else:
            verbs = {
                "0100": self._authorize,
                "0200": self._refund,
                "0220": self._capture,
                "0400": self._take_back,
                "0420": self._take_back,
                "0600": self._inquire,
                "0620": self._hear_case_answer,
            }
            await verbs[kind](message, link)

    async def _network(self, message: Message, link: Link) -> None:
        match message["70"]:
            case "001":
                link.signed_on = True
                self._sign_ons += 1
            case "002":
                link.signed_on = False
            case "301":
                pass
            case _:
                await self._say(link, message, {"39": "12"})
                return
        await self._say(link, message, {"39": "00"})

    # Authorization

    async def _authorize(self, message: Message, link: Link) -> None:
        if known := self.book.charges.get(message["37"]):
            if known.stored_state != "lost":
                again = _authorization_answer(known, message) if known.trace == _trace(message) else {"39": "94"}
                await self._say(link, message, again)
            return
        number, amount = message["2"], int(message["4"])
        currency = _CURRENCIES.get(message["49"], "")
        acts = behaviour_of(number, amount=amount, currency=currency, magic_amounts=self.magic_amounts)
        if not currency:
            await self._say(link, message, {"39": "12"})
            return
        card_hash = self.book.card_hash(number)
        if not amount:
            await self._verify(message, link, acts)
        elif not self._is_out(acts, card_hash):
            await self._decide(message, link, acts, card_hash)
        else:
            # Nobody hears it, and yet it is noted: the outage lasts an hour from the first message.
            self._write_charge(message, acts, state="lost")

    async def _verify(self, message: Message, link: Link, acts: Behaviour) -> None:
        code = acts.verification
        state = "verified" if code in {"00", "85"} else "declined"
        charge = self._write_charge(message, acts, state=state, response_code=code)
        matched = {"CVR": "M" if acts.security_code_matches else "N"} if "CVC" in private_data(message) else {}
        await self._say(link, message, {**_authorization_answer(charge, message), **with_private_data(matched)})

    async def _decide(self, message: Message, link: Link, acts: Behaviour, card_hash: str) -> None:
        code = self._response(acts, card_hash)
        if acts.renewed and self.cases.is_renewed(card_hash, message["14"]):
            code = "00"
        proved = self._proved(message)
        if acts.once_authenticated:
            soft_decline = "65" if message["2"][:1] in {"5", "2"} else acts.response
            code = "00" if proved.get("value") == "genuine" else soft_decline
        if acts.delivery in {Delivery.LOST, Delivery.WEB_PAGE} and not acts.booked:
            if acts.delivery is Delivery.WEB_PAGE:
                await link.send(_WEB_PAGE)
                link.writer.close()
            return
        if code != "00":
            charge = self._write_charge(message, acts, state="declined", response_code=code)
            if acts.renewed:
                self.cases.renew(charge, message["14"], now=self.clock())
        elif not acts.booked:
            charge = self._write_charge(message, acts, state="lost")
        else:
            amount = int(message["4"]) * (acts.share_percent + acts.extra_percent) // 100
            code = "10" if acts.share_percent < 100 else "00"
            charge = self._write_charge(message, acts, state="held", response_code=code, amount=amount)
        await self._deliver(message, _authorization_answer(charge, message), link, acts.delivery)

    async def _deliver(self, message: Message, answer: Mapping[str, str], link: Link, delivery: Delivery) -> None:
        raw = write_message(_answer_to(message, answer))
        match delivery:
            case Delivery.PROMPT:
                await link.send(framed(raw))
            case Delivery.SLOW:
                await asyncio.sleep(0.8 * self.total_seconds)
                await link.send(framed(raw))
            case Delivery.TWICE:
                await link.send(framed(raw) * 2)
            case Delivery.CONTRADICTED:
                no = {name: text for name, text in answer.items() if name != "38"} | {"39": "05"}
                await link.send(framed(raw) + framed(write_message(_answer_to(message, no))))
            case Delivery.CUT_SHORT:
                await link.send(framed(raw[: len(raw) // 2]))
            case Delivery.WRONG_BITMAP:
                bitmap = f"{int(raw[4:20], 16) | 1 << (64 - 62):016X}"  # field 62, which does not follow
                await link.send(framed(raw[:4] + bitmap.encode() + raw[20:]))
            case Delivery.TO_A_STRANGER:
                stranger = {"11": f"{(int(message['11']) + 500_000) % 1_000_000:06}", "37": "999999999999"}
                await link.send(framed(write_message(_answer_to(message, {**answer, **stranger}))))
            case Delivery.BROKEN_OFF:
                await link.send(framed(raw)[: len(raw) // 2])
                link.reset()
            case Delivery.LOST | Delivery.WEB_PAGE | Delivery.AFTER_REVERSAL:
                pass

    def _proved(self, message: Message) -> dict[str, str]:
        """What 3-D Secure said, and whether the value is the issuer's own, for this card and amount, and new."""
        told = private_data(message)
        if "ECI" not in told:
            return {}
        known = {"eci": told["ECI"], "ds_trans_id": told.get("DST", "")}
        if not (value := told.get("CAVV")):
            return known
        about = Authenticated(message["2"], known["ds_trans_id"], known["eci"], int(message["4"]), message["49"])
        if not about.is_signed_by(value):
            return known | {"value": "wrong"}
        used = known["ds_trans_id"] in self.book.proofs
        return known | {"value": "used before" if used else "genuine"}

    def _response(self, acts: Behaviour, card_hash: str) -> str:
        if acts.outage_seconds:
            return "00"
        if not (acts.only_once_per_card or acts.until_sign_on or acts.refused_seconds):
            return acts.response
        # Looking at the account when the card was added was no payment.
        earlier = [charge for charge in self.book.of_card(card_hash, acts.name) if charge.amount]
        paid_before = any(charge.response_code == "00" for charge in earlier)
        if acts.only_once_per_card and paid_before:
            return "46"
        if acts.until_sign_on:
            refused_at = self._refused_before_sign_on.get(card_hash, 0 if earlier else self._sign_ons)
            self._refused_before_sign_on[card_hash] = refused_at
            return "00" if self._sign_ons > refused_at else acts.response
        if acts.refused_seconds and earlier and self._has_passed(earlier[0].asked_at, acts.refused_seconds):
            return "00"
        return acts.response

    # Capture, void, reversal

    async def _capture(self, message: Message, link: Link) -> None:
        """A part of what is held, or all of it. Said again under the same reference, nothing changes."""
        charge, now, amount = self.book.charges.get(message["37"]), self.clock(), int(message["4"])
        if charge is None:
            await self._say(link, message, {"39": "25"})
            return
        if self._keeps_silent(charge):
            return
        told = private_data(message).get("REF", "")
        if known := charge.captures.get(told):
            answer = known.response_code if known.amount == amount else "12"
        else:
            answer = charge.acts.capture_response if 0 < amount <= charge.left(now) else "12"
            facts = {"reference": charge.reference, "told": told, "amount": amount, "response_code": answer}
            self.book.write("captured", at=now, **facts)
        first_time = not charge.captures_heard
        self.book.write("counted", at=now, reference=charge.reference, what="captures_heard")
        if not (charge.acts.capture_answer_lost and first_time):
            await self._say(link, message, {"39": answer})

    async def _take_back(self, message: Message, link: Link) -> None:
        """A void (0400) or a reversal (0420, 0421), of a part where field 95 says what stays. Said again, it changes
        nothing.
        """
        charge, now = self.book.charges.get(message["37"]), self.clock()
        if charge is None:
            await self._say(link, message, {"39": "25"})
            return
        if self._keeps_silent(charge) or self._ignores(charge, "reversals_ignored"):
            return
        if self._ignores(charge, "reversals_not_found"):
            await self._say(link, message, {"39": "25"})
            return
        state = charge.state(now)
        if "95" in message:
            await self._say(link, message, {"39": self._release(charge, int(message["95"][:12]), now)})
            return
        if charge.captured:
            await self._say(link, message, {"39": "12"})
            return
        if state in {"held", "lost"}:
            becomes = "voided" if message["t"].startswith("040") else "reversed"
            self.book.write("moved", at=now, reference=charge.reference, state=becomes)
        await self._say(link, message, {"39": "00"})
        if state == "lost" and charge.acts.delivery is Delivery.AFTER_REVERSAL:
            await self._approve_late(message, link, charge)

    def _release(self, charge: Charge, stays: int, now: datetime) -> str:
        """Let go of what goes beyond `stays`, unless so much was captured that it would not be true."""
        if stays < max(charge.captured, 1):
            return "12"
        goes = min(charge.left(now), charge.amount - charge.released - stays)
        if goes > 0:
            self.book.write("released", at=now, reference=charge.reference, amount=goes)
        return "00"

    async def _approve_late(self, reversal: Message, link: Link, charge: Charge) -> None:
        """The issuer's yes was under way all the time. The book holds the amount again until it is reversed again."""
        await asyncio.sleep(0.05 * self.total_seconds)
        self.book.write("moved", at=self.clock(), reference=charge.reference, state="held")
        transmitted, trace = charge.trace.split("/")
        first = {**reversal, "t": "0100", "7": transmitted, "11": trace, "4": f"{charge.amount:012}"}
        first.pop("90", None)
        await self._say(link, first, _authorization_answer(charge, first) | {"39": "00", "38": _approval_code()})

    # Refund and inquiry

    async def _refund(self, message: Message, link: Link) -> None:
        reference, amount, now = message["37"], int(message["4"]), self.clock()
        if known := self.book.refunds.get(reference):
            again = self._refund_answer(known) if known.trace == _trace(message) else {"39": "94"}
            await self._say(link, message, again)
            return
        asked = private_data(message)
        card_hash = self.book.card_hash(message["2"])
        charge = self.book.charges.get(asked.get("ORG", "")) or self.book.newest_refundable(card_hash, amount, now)
        if charge is None or charge.card_hash != card_hash:
            await self._say(link, message, {"39": "25"})
            return
        fits = 0 < amount <= charge.captured - charge.refunded(now) - charge.disputed()
        if not message["3"].startswith("20") or not fits:
            await self._say(link, message, {"39": "12"})
            return
        acts, code = charge.acts, charge.acts.refund_response
        self.book.write(
            "refund_asked",
            at=now,
            reference=reference,
            our_reference=asked.get("REF", ""),
            original=charge.reference,
            amount=amount,
            response_code=code,
            approval_code=_approval_code() if code == "00" else "",
            trace=_trace(message),
            behaviour=charge.behaviour,
        )
        if not acts.refund_answer_lost:
            await self._say(link, message, self._refund_answer(self.book.refunds[reference]))

    async def _inquire(self, message: Message, link: Link) -> None:
        reference, now = message["37"], self.clock()
        if refund := self.book.refunds.get(reference):
            facts = {"ORC": refund.response_code, "STATE": refund.state(now)}
            found = {"4": f"{refund.amount:012}", "38": refund.approval_code, **with_private_data(facts)}
            await self._say(link, message, {"39": "00", **found})
            return
        charge = self.book.charges.get(reference)
        if charge is None:
            await self._say(link, message, {"39": "25"})
            return
        state = charge.state(now)
        # A reversal that was not believed proves that the asker needs an answer now.
        still_ignored = state in {"held", "lost"} and not charge.reversals_not_found
        if self._keeps_silent(charge) or (still_ignored and self._ignores(charge, "inquiries_ignored")):
            return
        if state == "lost":
            await self._say(link, message, {"39": "25"})
            return
        facts = {"ORC": charge.response_code, "STATE": state}
        found = {"4": f"{charge.amount:012}", "38": charge.approval_code, "44": charge.acts.advice}
        await self._say(link, message, {"39": "00", **found, **with_private_data(facts)})

    # What comes after a sale

    async def tell_for_ever(self) -> None:
        """Look at the clock each second: what is due happens, and what was not heard yet is said again."""
        while True:
            await self.tell()
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def tell(self) -> None:
        now = self.clock()
        self.cases.look(now)
        link = next((link for link in self.links if link.signed_on and not link.writer.is_closing()), None)
        if link is None or self.faults.silent_until > asyncio.get_running_loop().time():
            return
        waiting = [notice for notice in self.book.notices.values() if notice.taken_at is None]
        for notice in waiting[:_AT_ONCE]:
            await self._say_notice(notice, link)

    async def _say_notice(self, notice: Notice, link: Link) -> None:
        charge, times = self.book.charges[notice.original], self._told.get(notice.reference, 0)
        self._told[notice.reference] = times + 1
        message = {
            "t": "0621" if times else "0620",
            "4": f"{notice.amount:012}",
            "7": f"{self.clock():%m%d%H%M%S}",
            "11": f"{900_000 + list(self.book.notices).index(notice.reference) % 100_000:06}",
            "37": charge.reference,
            "49": NUMERIC_CODES[charge.currency],
            **with_private_data({"NID": notice.reference, **notice.facts}),
        }
        await link.send(framed(write_message(message)))

    def _hear_that_it_was_taken(self, message: Message) -> None:
        names = list(self.book.notices)
        place = int(message["11"]) - 900_000
        if message["39"] == "00" and 0 <= place < len(names) and self.book.notices[names[place]].taken_at is None:
            self.book.write("notice_taken", at=self.clock(), reference=names[place])

    async def _hear_case_answer(self, message: Message, link: Link) -> None:
        """Evidence or acceptance. Said again, it changes nothing; too late, it is refused."""
        said = private_data(message)
        case = self.book.cases.get(said.get("CASE", ""))
        if case is None or case.original != message["37"]:
            await self._say(link, message, {"39": "25"})
            return
        await self._say(link, message, {"39": self.cases.answer(case, said, now=self.clock())})

    # What the above have in common

    async def _say(self, link: Link, message: Message, answer: Mapping[str, str]) -> None:
        await link.send(framed(write_message(_answer_to(message, answer))))

    def _refund_answer(self, refund: Refund) -> dict[str, str]:
        state = {"STATE": refund.state(self.clock())} if refund.response_code == "00" else {}
        return {"39": refund.response_code, "38": refund.approval_code, **with_private_data(state)}

    def _ignores(self, charge: Charge, what: str) -> bool:
        """Whether this one is passed over too; counts it if so."""
        so_far, limit = getattr(charge, what), getattr(charge.acts, what)
        if self.faults.healed or so_far >= limit:
            return False
        self.book.write("counted", at=self.clock(), reference=charge.reference, what=what)
        return True

    def _keeps_silent(self, charge: Charge) -> bool:
        return self._is_out(charge.acts, charge.card_hash)

    def _is_out(self, acts: Behaviour, card_hash: str) -> bool:
        if not acts.outage_seconds or self.faults.healed:
            return False
        first = next(self.book.of_card(card_hash, acts.name), None)
        return first is None or not self._has_passed(first.asked_at, acts.outage_seconds)

    def _has_passed(self, since: datetime, seconds: int) -> bool:
        return self.clock() >= since + timedelta(seconds=seconds)

    def _write_charge(
        self, message: Message, acts: Behaviour, *, state: str, response_code: str = "", amount: int | None = None
    ) -> Charge:
        approved, told = response_code in {"00", "10", "85"}, private_data(message)
        self.book.write(
            "asked",
            at=self.clock(),
            reference=message["37"],
            our_reference=told.get("REF", ""),
            amount=int(message["4"]) if amount is None else amount,
            currency=_CURRENCIES[message["49"]],
            last4=message["2"][-4:],
            card_hash=self.book.card_hash(message["2"]),
            merchant={
                "id": message["42"].strip(),
                "name": message.get("43", "")[:25].strip(),
                "category_code": message.get("18", ""),
            },
            response_code=response_code,
            approval_code=_approval_code() if approved else "",
            trace=_trace(message),
            behaviour=acts.name,
            stored_state=state,
            initiator="merchant" if message["25"] == _CUSTOMER_NOT_THERE else "customer",
            series=told.get("SER", ""),
            three_ds=self._proved(message),
        )
        return self.book.charges[message["37"]]


def _authorization_answer(charge: Charge, message: Message) -> dict[str, str]:
    """What the issuer said, from the book: the same words each time."""
    answer = {"39": charge.response_code, "38": charge.approval_code, "44": behaviour_named(charge.behaviour).advice}
    if charge.response_code in {"00", "10"}:
        answer["4"] = f"{charge.amount:012}"
    if value := charge.three_ds.get("value"):
        answer |= with_private_data({"CAV": "M" if value == "genuine" else "N"})
    if charge.response_code == "10":
        # Field 54: account type 00, amount type 57 (the original amount), currency, sign, amount.
        answer["54"] = f"0057{message['49']}D{message['4']}"
    return answer


def _answer_to(message: Message, answer: Mapping[str, str]) -> Message:
    echoed = {name: message[name] for name in _ECHOED if name in message}
    said = {name: text for name, text in answer.items() if text}
    return {**echoed, "t": answer_type(message["t"]), **said}


def _trace(message: Message) -> str:
    return f"{message['7']}/{message['11']}"


def _approval_code() -> str:
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(6))
