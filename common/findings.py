"""What a check of the books found wrong. No finding is the good answer.

A room that has invariants lists their checks in `<room>/invariants.py`: `INVARIANTS`, functions of the present instant.
`manage.py verify` runs them all.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names the rule (`ledger.covered_counters`), `subject` the row, `text` says it to an operator, in
    English.
    """

    check: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.text}"
