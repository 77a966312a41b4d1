"""The customer's yes, and what the issuer says to it. Only the card network is played."""

from tests.payments.till import attempt, status


class TestApprovePayment:
    def test_pays_the_shop_when_the_issuer_agrees(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 10_000)
        assert status(payment) == "captured"
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 10_000 - 325
        till.until_quiet()
        assert till.network.book[attempt(payment).id]["state"] == "captured"
        assert till.findings() == []
