"""What the pages below /docs let people copy is run here, word by word, against the running product."""

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from api.templatetags.docs import FOLDER
from tests.outside import until

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("house")]


class Developer:
    """Follows the guide in one shell: what was exported once stays."""

    def __init__(self, outside, folder):
        self.folder = folder
        merchant = outside.merchant()
        self.exported = {
            "COMMERCE": outside.base_url,
            "SECRET_KEY": merchant["secret_key"],
            "RETURN_URL": merchant["return_url"],
            "CUSTOMER": outside.demo["customers"][0]["id"],
        }

    def runs(self, name):
        command = ["sh"] if name.endswith(".sh") else [sys.executable]
        environment = {**os.environ, **self.exported}
        done = subprocess.run(
            [*command, FOLDER / name],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if name.endswith(".sh") else done.stdout


@pytest.fixture
def developer(outside, tmp_path):
    return Developer(outside, tmp_path)


def test_the_guide_from_the_first_call_to_the_refund(developer):
    developer.exported["ORDER"] = "order-of-the-guide"
    payment = developer.runs("create_payment.sh")
    assert payment["status"] == "requires_approval"
    assert developer.runs("create_payment.sh") == payment, "the same call again is the same payment"
    developer.exported["PAYMENT"] = payment["id"]
    developer.runs("approve_in_the_sandbox.sh")
    assert developer.runs("look_at_payment.sh")["status"] == "captured"
    until(lambda: developer.runs("list_events.sh")["data"][0]["subject"] == payment["id"])
    assert developer.runs("refund_payment.sh")["payment"] == payment["id"]


def test_the_same_in_python(developer):
    developer.exported["ORDER"] = "order-of-the-guide-in-python"
    said = developer.runs("payment.py")
    assert f"send the customer to {developer.exported['COMMERCE']}/pay/pay_" in said
    assert "it is now requires_approval" in said
    assert developer.runs("payment.py") == said


def test_a_grant_is_asked_for_given_and_charged(developer):
    developer.exported["ORDER"] = "beans-of-the-guide"
    grant = developer.runs("ask_for_grant.sh")
    assert grant["status"] == "requested"
    developer.exported["GRANT"] = grant["id"]
    assert developer.runs("approve_grant_in_the_sandbox.sh")["status"] == "active"
    charged = developer.runs("charge_grant.sh")
    assert (charged["status"], charged["grant"], charged["amount"]) == ("captured", grant["id"], 1_200)
    assert developer.runs("charge_grant.sh") == charged, "the same call again is the same payment"


def test_a_campaign_is_written_tried_on_the_past_and_started(developer):
    developer.exported["CAMPAIGN_NAME"] = "weekends-of-the-guide"
    campaign = developer.runs("write_campaign.sh")
    assert (campaign["status"], campaign["weekdays"]) == ("draft", ["saturday", "sunday"])
    assert developer.runs("write_campaign.sh") == campaign, "the same call again is the same campaign"
    developer.exported["CAMPAIGN"] = campaign["id"]
    preview = developer.runs("preview_campaign.sh")
    assert (preview["object"], preview["cost"] <= 50_000) == ("points_campaign_preview", True)
    assert developer.runs("start_campaign.sh")["status"] == "running"


def test_a_span_of_time_is_told_again(developer, outside):
    developer.exported |= {"WEBHOOK_URL": "http://localhost:1/nobody-listens", "SINCE": "2026-11-20T00:00:00.000Z"}
    developer.exported["ENDPOINT"] = developer.runs("register_endpoint.sh")["id"]
    developer.exported["UNTIL"] = "2026-11-21T00:00:00Z"
    again = developer.runs("redeliver_range.sh")
    assert (again["object"], again["webhook_endpoint"]) == ("webhook_redelivery", developer.exported["ENDPOINT"])
    assert (again["since"], again["only_missed"]) == (developer.exported["SINCE"], True)
    assert outside.ask("DELETE", f"/v1/webhook_endpoints/{developer.exported['ENDPOINT']}").ok  # nobody listens there


def test_old_points_are_taken_over_one_by_one_and_by_a_signed_file(developer, outside, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl on this machine")
    merchant = outside.merchant(1)
    for command in (["genpkey", "-algorithm", "ed25519", "-out"], ["pkey", "-pubout", "-out", "public.pem", "-in"]):
        subprocess.run(["openssl", *command, "conversions.pem"], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607 (as the page says)
    (tmp_path / "points.csv").write_text("source_id,email,points,expires_on\ncard-000124,bob@example.jp,300,\n")
    outside.inside(
        "from common import clock\n"
        "from common.actors import SYSTEM\n"
        "from common.money import pts\n"
        "from points import services as points\n"
        f"merchant, pem = {merchant['id']!r}, {(tmp_path / 'public.pem').read_text()!r}\n"
        "points.allow_conversions(merchant_id=merchant, most_each=pts(2_000), most_per_month=pts(10_000),\n"
        "    reason='The guide', by=SYSTEM, now=clock.now())\n"
        "points.register_conversion_key(merchant_id=merchant, public_key_pem=pem, label='Guide',\n"
        "    by=SYSTEM, now=clock.now())\n"
        "answer = None\n"
    )
    developer.exported |= {"SECRET_KEY": merchant["secret_key"], "SOURCE_ID": "card-000123"}
    one = developer.runs("convert_points.sh")
    assert (one["source_id"], one["status"], one["points"]) == ("card-000123", "accepted", 1_200)
    assert developer.runs("convert_points.sh") == one, "the same call again is the same conversion"
    batch = developer.runs("convert_file.sh")
    assert (batch["object"], batch["points"]) == ("points_conversion_batch", 300)


def test_a_webhook_is_verified_and_a_forged_one_is_not(developer):
    heard = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words):
            pass

    server = HTTPServer(("localhost", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        developer.exported |= {
            "WEBHOOK_URL": f"http://localhost:{server.server_port}/webhooks",
            "ORDER": "order-of-the-webhook",
        }
        secret = developer.runs("register_endpoint.sh")["secret"]
        developer.exported["PAYMENT"] = developer.runs("create_payment.sh")["id"]
        developer.runs("approve_in_the_sandbox.sh")
        until(lambda: heard)
    finally:
        server.shutdown()
        server.server_close()
    names = {}
    exec((FOLDER / "verify_webhook.py").read_text(), names)  # noqa: S102 (the sample itself)
    (headers, body), verified = heard[0], names["verified"]
    lower = {name.lower(): value for name, value in headers.items()}
    assert verified(secret, lower, body)["data"]["id"] == developer.exported["PAYMENT"]
    assert verified(secret, lower, body.replace(b"12800", b"99999")) is None
    assert verified(secret, lower | {"webhook-timestamp": "1614265330"}, body) is None
