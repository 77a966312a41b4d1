curl -sS "$COMMERCE/v1/points/conversions" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $SOURCE_ID-convert" \
  -H "Content-Type: application/json" \
  -d '{
    "source_id": "'"$SOURCE_ID"'",
    "email": "alice@example.jp",
    "points": 1200
  }'
