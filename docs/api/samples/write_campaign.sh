curl -sS "$COMMERCE/v1/points/campaigns" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $CAMPAIGN_NAME-write" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "'"$CAMPAIGN_NAME"'",
    "kind": "rate",
    "rate_basis_points": 100,
    "minimum_spend": 3000,
    "weekdays": ["saturday", "sunday"],
    "most_points_per_customer": 2000,
    "budget": 100000
  }'
