"""Tell the network what the shop says in a case (0620, and 0621 when asked again).

`reference` is the disputed authorization's, `advice_ref` names this answer; `says` is "evidence" or "acceptance", and
`digest` the SHA-256 of what we keep. Silence is `Unknown`: said again, until the network has taken note.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.services._ask import ask_network
from vault.types import AdviceAnswer


@outside_transaction
def send_case_answer(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    *, reference: str, advice_ref: str, case_ref: str, says: str, digest: str, now: datetime, by_ref: str = "sys"
) -> AdviceAnswer:
    answer: AdviceAnswer = ask_network(
        "send_case_answer",
        reference=reference,
        advice_ref=advice_ref,
        case_ref=case_ref,
        says=says,
        digest=digest,
        by_ref=by_ref,
        now=now,
    )
    return answer
