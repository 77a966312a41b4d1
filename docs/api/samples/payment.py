"""Ask for a payment and look at it; a retry after a lost answer never pays twice."""

import json
import os
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

COMMERCE, SECRET_KEY = os.environ["COMMERCE"], os.environ["SECRET_KEY"]
ORDER, RETURN_URL = os.environ["ORDER"], os.environ["RETURN_URL"]


def ask(method, path, body=None, *, key=None):
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key  # the same with every retry of this wish
    for attempt in range(4):
        sent = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(COMMERCE + path, sent, headers, method=method), timeout=25) as answer:
                return json.load(answer)
        except HTTPError as no:
            problem = json.load(no)
            if no.code not in {429, 500, 503} and problem["code"] != "idempotency_key_in_progress":
                raise SystemExit(f"{problem['code']}: {problem['detail']}") from None
        except URLError:
            pass  # nobody knows whether it arrived: ask again, with the same key
        time.sleep(2**attempt)
    raise SystemExit("the commerce does not answer")


payment = ask(
    "POST",
    "/v1/payments",
    {
        "amount": 12800,
        "currency": "JPY",
        "merchant_reference": ORDER,
        "return_url": RETURN_URL,
    },
    key=f"{ORDER}-pay",
)
print("send the customer to", payment["checkout_url"])
print("it is now", ask("GET", f"/v1/payments/{payment['id']}")["status"])
