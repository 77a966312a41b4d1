curl -sS "$COMMERCE/v1/payments" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $ORDER-november" \
  -H "Content-Type: application/json" \
  -d '{
    "grant": "'"$GRANT"'",
    "confirm": true,
    "amount": 1200,
    "currency": "JPY",
    "merchant_reference": "'"$ORDER"'-november"
  }'
