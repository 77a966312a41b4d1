"""A shop in forty lines: sell one thing, look when the buyer is back, and be told. README.md says how to run it."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from vaultpay_client import Commerce, NotFromTheCommerce, verify_webhook

SHOP, SECRET = os.environ.get("SHOP", "http://localhost:9000"), os.environ["WEBHOOK_SECRET"]
commerce = Commerce(os.environ["COMMERCE"], os.environ["SECRET_KEY"])
paid: set[str] = set()  # in a real shop: a table, with the payment's id as its key


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != "/return":
            return self.say(200, '<form method="post" action="/buy"><button>One pencil, ¥120</button></form>')
        payment = commerce.payments.retrieve(parse_qs(address.query)["payment"][0])  # the address itself proves nothing
        return self.say(200, "Thank you!" if payment.is_paid else f"The payment is {payment.status}.")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/buy":
            order = f"order-{uuid4()}"
            payment = commerce.payments.create(amount=120, merchant_reference=order, return_url=f"{SHOP}/return")
            return self.say(303, "", location=payment.checkout_url or "/")
        try:
            event = verify_webhook(SECRET, headers=dict(self.headers), body=body)
        except NotFromTheCommerce:
            return self.say(400, "")
        if event.type == "payment.captured":
            paid.add(event.data["id"])  # told twice, it changes nothing
        return self.say(200, "")

    def say(self, status: int, text: str, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", urlsplit(SHOP).port or 80), Shop).serve_forever()
