"""The yardstick: the same charge as most of us would write it, with DRF's serializers and the plain verb.

It stands on the same tables, asks the same safe and obeys the same rules; what it lacks is what this house does to be
quick: functions inside the database, fewer trips, fewer layers. Nobody but the benchmark serves it.
"""

from django.urls import path
from rest_framework import serializers, status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from api.shapes import payment_json
from common import clock
from common.money import Money
from events import services as events
from merchants import key_cache
from merchants.queries import merchant_by_api_key
from payments import services as payments


class Item(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    quantity = serializers.IntegerField(min_value=1)
    unit_amount = serializers.IntegerField(min_value=0)


class Charge(serializers.Serializer):
    grant = serializers.CharField(max_length=64)
    confirm = serializers.BooleanField()
    amount = serializers.IntegerField(min_value=1)
    currency = serializers.ChoiceField(["JPY"])
    merchant_reference = serializers.CharField(max_length=64)
    description = serializers.CharField(max_length=255, required=False, default="")
    items = Item(many=True, required=False, default=list)
    metadata = serializers.DictField(child=serializers.CharField(), required=False, default=dict)


class Payments(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request):
        now = clock.now()
        key_cache._remembered.clear()
        holder = merchant_by_api_key(request.headers.get("Authorization", "").removeprefix("Bearer "), now)
        if holder is None:
            raise NotAuthenticated
        serializer = Charge(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        claim = events.claim_key(
            owner_ref=holder.merchant.id, key=request.headers["Idempotency-Key"], question=b"plain", now=now
        )
        payment = payments.charge_grant(
            payment_id=claim.effect_id("pay"),
            merchant_id=holder.merchant.id,
            grant_id=asked["grant"],
            amount=Money(asked["amount"], asked["currency"]),
            merchant_reference=asked["merchant_reference"],
            description=asked["description"],
            items=[dict(item) for item in asked["items"]],
            metadata=asked["metadata"],
            by=holder.actor,
            now=now,
        )
        body = payment_json(payment)
        events.finish_key(claim, status=201, body=JSONRenderer().render(body), now=now)
        return Response(body, status=status.HTTP_201_CREATED)


urlpatterns = [path("v1/payments", Payments.as_view())]
