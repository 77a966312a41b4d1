curl -sS "$COMMERCE/v1/webhook_endpoints/$ENDPOINT/redeliver" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Content-Type: application/json" \
  -d '{"since": "'"$SINCE"'", "until": "'"$UNTIL"'", "only_missed": true}'
