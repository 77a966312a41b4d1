"""Who did it. Every verb takes `by`."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Actor:
    """A customer (`cus_…`), a member (`mem_…`), an API key (`key_…`), a person of the staff (`stf_…`) or the system.

    `ref` is the id string; it is all that the history and the audit chain keep.
    """

    ref: str

    @property
    def kind(self) -> str:
        return self.ref.partition("_")[0]


SYSTEM: Final = Actor("sys")
"""The system itself: relay, janitor, timers."""
