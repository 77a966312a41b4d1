"""How every verb here asks the safe."""

from typing import Any

from vault.errors import BY_CODE
from vault.frames import FrameBroken, from_json, to_json
from vault.gateways.safe import NoAnswer, NothingSent, current_door
from vault.types import NotSent, Unknown


def ask(verb: str, /, **members: Any) -> Any:
    """The safe's typed answer. Raises its refusals, and NothingSent or NoAnswer when it is away."""
    message = current_door().ask({"verb": verb, "members": {name: to_json(value) for name, value in members.items()}})
    if isinstance(code := message.get("refusal"), str) and code in BY_CODE:
        raise BY_CODE[code]
    if "answer" not in message:
        raise NoAnswer("the safe met a fault of its own")
    try:
        return from_json(message["answer"])
    except (FrameBroken, TypeError, ValueError, KeyError) as error:
        raise NoAnswer("the safe's answer makes no sense") from error


def ask_network(verb: str, /, **members: Any) -> Any:
    """The same for verbs that speak to the card network: a safe that is away is a result, never an exception."""
    try:
        return ask(verb, **members)
    except NothingSent as silence:
        return NotSent(why=str(silence))
    except NoAnswer as silence:
        return Unknown(why=str(silence))
