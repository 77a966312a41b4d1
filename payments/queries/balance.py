"""What is owed to a merchant, or by it, at this moment."""

from django.db.models import F, Sum

from common.money import Money
from ledger.queries import posted_balance
from ledger.states import AccountKind
from ledger.types import AccountRef
from payments.models import Capture
from payments.states import CaptureStatus
from payments.types import MerchantBalance


def balance_of(merchant_id: str, currency: str = "JPY") -> MerchantBalance:
    """To the yen at any instant, whether or not a shortfall has been moved to its own account yet.

    Pending is what captures brought that the card network has not acknowledged yet.
    """
    payable, owes = (
        posted_balance(AccountRef(merchant_id, kind), currency)
        for kind in (AccountKind.MERCHANT_PAYABLE, AccountKind.MERCHANT_OWES)
    )
    net, zero = payable - owes, Money(0, currency)
    booked = Capture.objects.filter(
        payment__merchant_id=merchant_id, currency=currency, status=CaptureStatus.BOOKED
    ).aggregate(sum=Sum(F("amount_minor") - F("fee_minor") - F("refunded_minor") + F("fee_refunded_minor"), default=0))
    pending = max(zero, min(net, Money(booked["sum"], currency)))
    return MerchantBalance(available=max(zero, net - pending), pending=pending, owed=max(zero, -net))
