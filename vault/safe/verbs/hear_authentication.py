"""A result came (RReq). It is believed when it came to the address that only the directory was told, and names the
transaction that waits; then it decides, whatever a browser carries home.
"""

import json
import logging
from datetime import datetime

from vault.safe.desk import Desk
from vault.safe.threeds.messages import MakesNoSense, error_message, read_result, result_response
from vault.safe.threeds.records import record_by_key, write_result
from vault.states import AuthenticationStatus
from vault.types import ResultAnswer, ResultHeard, ResultUnknown

logger = logging.getLogger(__name__)

NOT_RECOGNISED, NO_SENSE = "301", "203"


async def hear_authentication(desk: Desk, *, key: str, message: str, now: datetime) -> ResultAnswer:
    record = await desk.run(record_by_key, key)
    if record is None:
        return ResultUnknown(answer=json.dumps(error_message(NOT_RECOGNISED, "threeDSServerTransID")))
    server_trans_id = str(record.server_trans_id)
    try:
        word = read_result(message.encode(), server_trans_id=server_trans_id)
    except MakesNoSense as no_sense:
        # Whoever sends it again in better words is heard; nothing is decided by what cannot be read.
        logger.warning("%s: a result that makes no sense: %s", record.reference, no_sense)
        told = error_message(NO_SENSE, str(no_sense), server_trans_id=server_trans_id)
        return ResultUnknown(answer=json.dumps(told))
    record = await desk.run(write_result, desk.cards, record, word, now=now)
    if record.status == AuthenticationStatus.DISTRUSTED:
        told = error_message(NOT_RECOGNISED, "dsTransID", server_trans_id=server_trans_id)
    else:
        told = result_response(
            server_trans_id=server_trans_id, ds_trans_id=record.ds_trans_id, acs_trans_id=record.acs_trans_id
        )
    return ResultHeard(reference=record.reference, answer=json.dumps(told))
