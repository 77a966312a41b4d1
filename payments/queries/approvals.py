"""A kept approval, proved again."""

import json
from typing import cast

from accounts.errors import AssertionRefused
from accounts.passkeys import verify_assertion
from accounts.types import AssertionKind, PasskeyFacts
from common.json import canonical
from payments.details import GRANT_PREFIX, PREFIX, ApprovalDetails, GrantDetails, challenge_over
from payments.models import Approval


def reverify_approval(approval_id: str) -> bool:
    """Whether a kept approval still proves itself: from its own bytes alone, at any time, without asking anybody."""
    kept = Approval.objects.get(pk=approval_id)
    details = bytes(kept.details)
    try:
        form, prefix = (ApprovalDetails, PREFIX) if kept.grant_id is None else (GrantDetails, GRANT_PREFIX)
        members = form.read(json.loads(details)).as_members()
        if canonical(members) != details:
            return False
        verify_assertion(
            passkey=PasskeyFacts(
                credential_id=bytes(kept.credential_id),
                public_key=bytes(kept.public_key),
                # The counter was held against the passkey's when it was used; here only the signature speaks.
                sign_count=0,
                backup_eligible=kept.backup_eligible,
                user_handle=bytes(kept.user_handle),
            ),
            challenge=challenge_over(members, nonce=bytes(kept.nonce), prefix=prefix),
            assertion=kept.as_assertion(),
            origin=kept.origin,
            rp_id=kept.rp_id,
            payment=kept.shown_members(),
            kind=cast("AssertionKind", str(kept.kind)),
        )
    except (ValueError, AssertionRefused):
        return False
    return True
