curl -sS "$COMMERCE/v1/grants" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $ORDER-grant" \
  -H "Content-Type: application/json" \
  -d '{
    "kind": "recurring",
    "limit_per_payment": 3000,
    "limit_per_period": 6000,
    "period": "month",
    "until": "2027-03-31",
    "currency": "JPY",
    "merchant_reference": "'"$ORDER"'",
    "description": "Beans of the month",
    "return_url": "'"$RETURN_URL"'"
  }'
