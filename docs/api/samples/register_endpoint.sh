curl -sS "$COMMERCE/v1/webhook_endpoints" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Content-Type: application/json" \
  -d '{"url": "'"$WEBHOOK_URL"'", "event_types": ["payment.captured"]}'
