"""The demo shops: they know one key and the public API, and believe nothing that the browser brings."""

import json

import pytest

from sandbox.shops.catalogue import FLY_BY_NIGHT, KOMOREBI
from sandbox.shops.configuration import UnreadableConfiguration, configurations_in, read_configuration
from tests.sandbox.commerce_stub import SECRET, opened, signed
from tests.sandbox.wire import run
from vaultpay_client import Payment

pytestmark = pytest.mark.loopback


class TestBuying:
    def test_asks_for_a_payment_and_sends_the_buyer_to_the_commerce(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                answer = await shop.buys("hazakura")
                (order,) = shop.orders
                method, path, key, body = shop.commerce.asked[0]
                assert (answer.status, answer.headers["Location"]) == (303, order.checkout_url)
                assert (method, path) == ("POST", "/v1/payments")
                assert key
                assert (body["amount"], body["merchant_reference"]) == (12_800, order.number)
                [item] = body["items"]
                assert item.items() >= {"name": "Hazakura", "quantity": 1, "unit_amount": 12_800}.items()
                assert (item["sku"], item["category"]) == ("hazakura", "Round, titanium")
                assert body["return_url"] == "http://shop.test/return"
                assert "Your cart" in await shop.text("/cart")

        run(story())

    def test_prices_come_from_the_catalogue_and_never_from_the_cart(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                shop.client.session.cookie_jar.update_cookies(
                    {"komorebi_cart": "hazakura-x2.mebuki-x99.nothing-x1.kawara-x-1.akebono"}, shop.client.make_url("/")
                )
                await shop.post("/checkout")
                assert shop.commerce.asked[0][3]["amount"] == 25_600

        run(story())

    def test_says_sorry_when_the_commerce_is_down_and_keeps_the_cart(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                shop.commerce.down = True
                answer = await shop.buys()
                assert answer.status == 502
                assert "You have not been charged" in await answer.text()
                assert "Hazakura" in await shop.text("/cart")

        run(story())

    def test_checkout_offers_the_commerce_and_explains_why_no_card(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.post("/cart/add", data={"slug": "kawara"})
                english, japanese = await shop.text("/checkout"), await shop.text("/checkout", "ja")
                assert "Use my own commerce" in english
                assert "自分のコマースで支払う" in japanese
                assert "disabled" in english
                assert "takes no card numbers" in english

        run(story())


class TestComingBack:
    def test_the_address_proves_nothing(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                page = await shop.text(f"/return?payment={order.payment_id}&state=captured")
                assert 'data-state="waiting"' in page

        run(story())

    def test_reads_the_payment_and_says_paid(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "captured", card={"brand": "visa", "last4": "4242"})
                page = await shop.text(f"/return?payment={order.payment_id}&state=x")
                assert 'data-state="paid"' in page
                assert "4242" in page

        run(story())

    def test_a_payment_on_its_way_is_never_called_failed(self, tmp_path, monkeypatch):
        monkeypatch.setattr("sandbox.shops.pages._LOOKS", 1)

        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "processing")
                assert "Please do not pay again" in await shop.text(f"/return?payment={order.payment_id}")

        run(story())

    @pytest.mark.parametrize("path", ["/return", "/return?payment=pay_other", "/orders/guess", "/glasses/none"])
    def test_nobody_finds_what_is_not_theirs(self, tmp_path, path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                assert (await shop.get(path)).status == 404

        run(story())


class TestWebhooks:
    def test_a_captured_payment_is_shown_as_paid(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "captured")
                answer = await shop.is_told("payment.captured", shop.commerce.payments[order.payment_id])
                assert (answer.status, order.shown_as) == (204, "paid")

        run(story())

    def test_what_it_says_is_looked_up_before_it_is_believed(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                await shop.is_told("payment.captured", {"id": order.payment_id, "status": "captured", "version": 9})
                assert order.shown_as == "waiting"

        run(story())

    def test_heard_twice_changes_nothing_and_is_told_again_when_it_could_not_look(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "captured")
                shop.commerce.down = True
                assert (await shop.is_told("payment.captured", {"id": order.payment_id})).status == 503
                shop.commerce.down = False
                answers = [await shop.is_told("payment.captured", {"id": order.payment_id}) for _ in range(2)]
                assert [answer.status for answer in answers] == [204, 204]
                # While it was down the shop asked twice; when it was back, once for both.
                assert [call[0] for call in shop.commerce.asked].count("GET") == 3

        run(story())

    def test_an_older_version_does_not_undo_a_newer_one(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "captured")
                newest = dict(shop.commerce.payments[order.payment_id])
                order.take_over(Payment.read(newest))
                order.take_over(Payment.read(newest | {"version": 1, "status": "requires_approval"}))
                assert order.is_paid

        run(story())

    def test_a_forged_one_gets_400(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                headers = signed(b"x", secret="whsec_" + "A" * 32)
                assert (await shop.is_told("payment.captured", {"id": "pay_1"}, headers=headers)).status == 400

        run(story())


class TestBackOffice:
    def test_a_refund_gives_everything_back(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "captured")
                await shop.get(f"/orders/{order.token}")
                assert "Refund ¥12,800" in await shop.text("/backoffice")
                await shop.post(f"/backoffice/{order.number}/refund")
                assert order.shown_as == "refunded"
                call = shop.commerce.asked[-2]
                assert call[1:3] == ("/v1/refunds", f"refund-{order.number}-0")
                assert call[3] == {"payment": order.payment_id, "reason": "requested_by_customer"}

        run(story())

    def test_a_failed_refund_may_be_tried_again_under_a_new_key(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                shop.commerce.moves(order.payment_id, "captured")
                await shop.get(f"/orders/{order.token}")
                shop.commerce.refund_status = "pending"
                await shop.post(f"/backoffice/{order.number}/refund")
                assert order.shown_as == "refunding"
                shop.commerce.moves(order.payment_id, "captured", amount_refunded=0)
                failed = {"id": "ref_1", "payment": order.payment_id, "status": "failed"}
                await shop.is_told("refund.failed", failed)
                assert order.shown_as == "paid"
                shop.commerce.refund_status = "succeeded"
                await shop.post(f"/backoffice/{order.number}/refund")
                keys = [call[2] for call in shop.commerce.asked if call[1] == "/v1/refunds"]
                assert keys == [f"refund-{order.number}-0", f"refund-{order.number}-1"]

        run(story())

    def test_no_other_site_can_press_the_button(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                answer = await shop.post("/backoffice/X/refund", headers={"Sec-Fetch-Site": "cross-site"})
                assert answer.status == 403

        run(story())


class TestPages:
    @pytest.mark.parametrize("front", [KOMOREBI, FLY_BY_NIGHT], ids=lambda front: front.slug)
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_every_page_opens_in_both_languages_with_a_strict_policy(self, tmp_path, front, language):
        async def story():
            async with opened(tmp_path, front) as shop:
                await shop.buys(front.products[0].slug)
                await shop.post("/cart/add", data={"slug": front.products[0].slug})
                (order,) = shop.orders
                paths = ["/", "/cart", "/checkout", "/backoffice", f"/orders/{order.token}"]
                for path in (*paths, *(f"/glasses/{product.slug}" for product in front.products)):
                    answer = await shop.get(path, headers={"Accept-Language": language})
                    text = await answer.text()
                    assert answer.status == 200
                    assert f'<html lang="{language}">' in text
                    assert "<script" not in text
                    assert "style=" not in text
                    policy = answer.headers["Content-Security-Policy"]
                    assert "default-src 'none'" in policy
                    assert "unsafe" not in policy

        run(story())

    def test_what_a_stranger_sends_is_shown_inert(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                (order,) = shop.orders
                order.lines[0]["name"] = "<img src=x onerror=alert(1)>"
                assert "<img src=x" not in await shop.text(f"/orders/{order.token}")

        run(story())

    def test_orders_survive_a_restart(self, tmp_path):
        async def story():
            async with opened(tmp_path) as shop:
                await shop.buys()
                number = shop.orders[0].number
            async with opened(tmp_path) as shop:
                assert shop.orders[0].number == number

        run(story())


class TestConfiguration:
    def test_a_shop_reads_its_own_file(self, tmp_path):
        file = tmp_path / "shop.json"
        said = {
            "name": "Komorebi Glasses", "port": 8001, "base_url": "http://localhost:8001",
            "api_base": "http://localhost:8000/v1", "secret_key": "vp_test_sk_x", "webhook_secret": SECRET,
            "return_url": "http://localhost:8001/return", "state_dir": str(tmp_path),
        }  # fmt: skip
        file.write_text(json.dumps(said))
        shop = read_configuration(file)
        assert (shop.front, shop.api_base) == (KOMOREBI, "http://localhost:8000")
        assert "vp_test_sk_x" not in repr(shop)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "Nobody"}'])
    def test_and_says_what_is_wrong_with_it(self, tmp_path, text):
        file = tmp_path / "shop.json"
        file.write_text(text)
        with pytest.raises(UnreadableConfiguration):
            read_configuration(file)

    def test_the_demo_file_names_the_shops(self, tmp_path):
        file = tmp_path / "demo.json"
        merchants = [
            {"name": name, "secret_key": "k", "webhook_secret": SECRET, "return_url": f"http://localhost:{port}/return"}
            for name, port in [("Komorebi Glasses", 8001), ("Another", 8005), ("Fly-by-Night Optics", 8002)]
        ]
        file.write_text(json.dumps({"base_url": "http://localhost:8000", "merchants": merchants}))
        found = list(configurations_in(file, state_dir=tmp_path))
        assert [(shop.front.slug, shop.port) for shop in found] == [("komorebi", 8001), ("fly-by-night", 8002)]
