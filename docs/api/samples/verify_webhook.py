"""Is this webhook from our commerce? Only the standard library; the raw bytes of the body, before any parser."""

import base64
import hashlib
import hmac
import json
import time


def verified(secret, headers, body):
    """The event, or nothing when it is not from the commerce or older than five minutes."""
    name, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > 300:
        return None
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.digest(key, f"{name}.{sent_at}.".encode() + body, hashlib.sha256)
    wanted = "v1," + base64.b64encode(signature).decode()
    if not any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split()):
        return None
    return json.loads(body)
