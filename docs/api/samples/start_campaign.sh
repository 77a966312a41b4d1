curl -sS -X POST "$COMMERCE/v1/points/campaigns/$CAMPAIGN/start" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Idempotency-Key: $CAMPAIGN-start"
