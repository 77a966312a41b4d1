"""GET /v1/receipts/{payment}: what a shop keeps as proof."""

from payments.queries import published_keys
from payments.receipts import verify_receipt


def test_a_shop_reads_the_signed_receipts_of_its_payment(shop, till, alice, komorebi):
    paid = till.buys(alice, komorebi)
    assert (shop.get(f"/v1/receipts/{paid.id}").status, till.relay()) == (404, None)
    answer = shop.get(f"/v1/receipts/{paid.id}")
    (receipt,) = answer.body["data"]
    said = verify_receipt(receipt["jws"], published_keys())
    assert (answer.status, said["payment"], said["amount"], said["id"]) == (200, paid.id, 12_800, receipt["id"])


def test_no_other_shop_does(shop, other_shop, till, alice, komorebi):
    paid = till.buys(alice, komorebi)
    till.relay()
    answer = other_shop.get(f"/v1/receipts/{paid.id}")
    assert (answer.status, answer.body["code"]) == (404, "receipt_not_found")


def test_a_shop_cannot_count_what_its_customers_do_elsewhere(shop, till, alice, komorebi, fly_by_night):
    for _ in range(3):
        till.buys(alice, fly_by_night)
    paid = till.buys(alice, komorebi)
    till.relay()
    (receipt,) = shop.get(f"/v1/receipts/{paid.id}").body["data"]
    assert "sequence" not in {*receipt, *verify_receipt(receipt["jws"], published_keys())}
