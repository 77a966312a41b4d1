curl -sS "$COMMERCE/v1/payments" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $ORDER-pay" \
  -H "Content-Type: application/json" \
  -d '{
    "amount": 12800,
    "currency": "JPY",
    "merchant_reference": "'"$ORDER"'",
    "items": [{"name": "Round glasses", "quantity": 1, "unit_amount": 12800, "sku": "G-104", "category": "frames"}],
    "return_url": "'"$RETURN_URL"'"
  }'
