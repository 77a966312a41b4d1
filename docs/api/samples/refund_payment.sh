curl -sS "$COMMERCE/v1/refunds" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $ORDER-refund" \
  -H "Content-Type: application/json" \
  -d '{"payment": "'"$PAYMENT"'", "reason": "requested_by_customer"}'
