"""What adds up: where a customer paid, and what a merchant took and gave back, day by day."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate

from common.clock import TOKYO
from common.money import Money, pts
from merchants.queries import shops_by_ids
from payments.models import Capture, Payment, Refund
from payments.states import LONGEST_LIFE, PROMISE_LIFE, REFUNDABLE, CaptureStatus, PaymentStatus, RefundStatus
from payments.types import SalesDay, ShopUse


def has_paid_at(customer_id: str, shop_id: str) -> bool:
    """Whether this customer has ever paid at this shop, or has been promised to; if not, it is their first time."""
    return _paid_by(customer_id).filter(shop_id=shop_id).exists()


def shops_paid_by(customer_id: str) -> list[ShopUse]:
    """Where this customer has paid, the latest first."""
    sums = list(
        _paid_by(customer_id)
        .values("shop_id", "currency")
        .annotate(
            payments=Count("pk"),
            paid=Sum(F("amount_captured_minor") - F("amount_refunded_minor")),
            points_sum=Sum("points_minor"),
            first_at=Min("created_at"),
            last_at=Max("created_at"),
        )
        .order_by("-last_at")
    )
    shops = shops_by_ids(row["shop_id"] for row in sums)
    return [
        ShopUse(
            shop=shops[row["shop_id"]],
            payments=row["payments"],
            paid=Money(row["paid"], row["currency"]),
            points=pts(row["points_sum"]),
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in sums
    ]


def _paid_by(customer_id: str) -> QuerySet[Payment]:
    if not customer_id:
        return Payment.objects.none()
    return Payment.objects.filter(customer_id=customer_id, status__in=[PaymentStatus.AUTHORIZED, *REFUNDABLE])


def sales_by_day(merchant_id: str, *, first: date, last: date, currency: str = "JPY") -> list[SalesDay]:
    """Every day from `first` to `last`, both of them in it, the quiet ones too; days are those of Tokyo.

    What was refused by the network, and refunds that failed, count nowhere.
    """
    begin = datetime.combine(first, time(), tzinfo=TOKYO)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=TOKYO)
    of_day = {"day": TruncDate("created_at", tzinfo=TOKYO)}
    captured = (
        Capture.objects.filter(
            payment__merchant_id=merchant_id,
            # No promise is captured later than this after its payment was made: an index range, not all payments.
            payment__created_at__gte=begin - LONGEST_LIFE - PROMISE_LIFE,
            payment__created_at__lt=end,
            created_at__gte=begin,
            created_at__lt=end,
            currency=currency,
        )
        .exclude(status=CaptureStatus.REFUSED)
        .values(**of_day)
        .annotate(sum_minor=Sum("amount_minor"), count=Count("pk"))
    )
    refunded = (
        Refund.objects.filter(merchant_id=merchant_id, created_at__gte=begin, created_at__lt=end, currency=currency)
        .exclude(status=RefundStatus.FAILED)
        .values(**of_day)
        .annotate(sum_minor=Sum("amount_minor"), count=Count("pk"))
    )
    took, gave = ({row["day"]: (row["sum_minor"], row["count"]) for row in rows} for rows in (captured, refunded))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [
        SalesDay(
            day=day,
            captured=Money(took.get(day, (0, 0))[0], currency),
            captures=took.get(day, (0, 0))[1],
            refunded=Money(gave.get(day, (0, 0))[0], currency),
            refunds=gave.get(day, (0, 0))[1],
        )
        for day in days
    ]
