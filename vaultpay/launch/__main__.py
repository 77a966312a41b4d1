"""`python -m vaultpay.launch run` starts everything; `… manage COMMAND` is manage.py inside the instance."""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
import unicodedata
from types import FrameType
from typing import Any

from pydantic import ValidationError

from vaultpay.environment import ROOT, Environment, Launch, variable_of
from vaultpay.launch.child import PR_SET_PDEATHSIG
from vaultpay.launch.folders import Folders
from vaultpay.launch.house import House
from vaultpay.launch.ports import Ports
from vaultpay.launch.refusals import LaunchRefused
from vaultpay.launch.supervisor import StopAsked, Terminal


def main() -> int:
    asked = argparse.ArgumentParser(prog="vaultpay.launch", description=__doc__)
    doors = asked.add_subparsers(dest="door", required=True)
    doors.add_parser("run", help="start everything and stay")
    doors.add_parser("manage", help="run manage.py inside the instance").add_argument("words", nargs=argparse.REMAINDER)
    doors.add_parser("verify", help="check all invariants, against the network's book too")
    words = asked.parse_args()
    try:
        match words.door:
            case "run":
                return _run()
            case "verify":
                return _verify()
            case _:
                return _manage(words.words)
    except LaunchRefused as sentence:
        print(f"\n{sentence}", file=sys.stderr)
        return 1
    except OSError as error:
        # The disk can fill up at any moment, and a person is better served by a sentence than by a trace.
        print(f"\nThe machine refused: {error.strerror} ({error.filename or 'no file'}).", file=sys.stderr)
        return 1


def _read_environment() -> tuple[Environment, Launch]:
    try:
        return Environment(), Launch()
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0])
        name = variable_of(Launch if place in Launch.model_fields else Environment, place)
        raise LaunchRefused(f"The environment variable {name} is not usable: {first['msg']}.") from None


def _run() -> int:
    environment, launch = _read_environment()
    Folders.below(environment.state_dir, run=environment.run_dir).refuse_if_running()
    house = House(environment=environment, launch=launch, ports=Ports.chosen(launch, environment))
    _stop_when_asked(house)
    began = time.monotonic()
    print("Starting VaultPay …", flush=True)
    try:
        house.start()
        _welcome(house, seconds=time.monotonic() - began)
        if launch.verbose:
            terminal = Terminal(sorted(house.folders.logs.glob("*.log")))
            house.supervisor.watch(each_round=terminal.show)
        else:
            house.supervisor.watch()
    except StopAsked:
        print("\nStopping …", flush=True)
        return 0
    finally:
        house.stop()


def _manage(words: list[str]) -> int:
    """Uses the servers of the instance that runs, or starts them for as long as the command takes."""
    house, running = _this_house()
    try:
        if not running:
            house.make_ready()
        return _inside(house, words)
    finally:
        house.stop()


def _verify() -> int:
    house, running = _this_house()
    try:
        if not running:
            house.make_ready_to_verify()
        book = ["--network-url", f"http://127.0.0.1:{house.ports.network_book}"] if house.sandbox else []
        return _inside(house, ["verify", *book])
    finally:
        house.stop()


def _this_house() -> tuple[House, bool]:
    """The instance of this folder, and whether it runs."""
    environment, launch = _read_environment()
    house = House(environment=environment, launch=launch, ports=Ports.wanted(launch, environment))
    running = house.folders.is_running()
    if house.folders.ports.exists():
        house.ports = Ports.kept_in(house.folders.ports)
    _stop_when_asked(house)
    return house, running


def _inside(house: House, words: list[str]) -> int:
    command = [sys.executable, "manage.py", *words]
    with subprocess.Popen(command, cwd=ROOT, env=house.manage_variables()) as child:
        try:
            while child.poll() is None:
                house.supervisor.look_around()
                time.sleep(0.05)
        except StopAsked:
            child.terminate()
    return child.returncode


def _welcome(house: House, *, seconds: float) -> None:
    print(f"VaultPay is up after {seconds:.1f} s.\n")
    if house.sandbox:
        demo = house.demo
        shops = [(merchant["name"], url) for merchant, url in zip(demo["merchants"], demo["shop_urls"], strict=True)]
        _table(
            ("The commerce", demo["base_url"]),
            *shops,
            ("Mailbox", f"{demo['mailbox_url']}  (every mail ends here, sign-in codes too)"),
            ("Network's book", f"{demo['network_url']}/charges"),
            ("Card company", demo["issuer_url"]),
            ("Staff pages", demo["admin_url"]),
        )
        print("\n  People: sign in with the address, the code is in the mailbox.")
        _table(
            *((person["name"], person["email"], _cards(person)) for person in demo["customers"]),
            *(("Staff", person["email"]) for person in demo["staff"]),
        )
        print(f"\n  The same for programs: {house.folders.demo}")
    print(f"  Logs: {house.folders.logs}\n\nCtrl-C stops everything.", flush=True)


def _cards(person: dict[str, Any]) -> str:
    return ", ".join(f"{card['brand']} •••• {card['last4']}" for card in person["cards"])


def _table(*rows: tuple[str, ...]) -> None:
    """Columns that line up also where a Japanese letter takes two places."""
    widths = [max(_width(row[place]) for row in rows if place < len(row)) for place in range(max(map(len, rows)))]
    for row in rows:
        cells = (cell + " " * (widths[place] - _width(cell)) for place, cell in enumerate(row))
        print(("  " + "  ".join(cells)).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _stop_when_asked(house: House) -> None:
    """Once: stop in good order. Again: hurry."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if house.supervisor.stop_asked:
            house.supervisor.round_seconds = 0
        house.supervisor.stop_asked = True

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, stop)
    if sys.platform == "linux" and os.environ.get("MAKELEVEL"):
        # Started by make: when that is killed, nobody would be left to press Ctrl-C.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
