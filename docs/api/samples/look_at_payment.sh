curl -sS "$COMMERCE/v1/payments/$PAYMENT" \
  -H "Authorization: Bearer $SECRET_KEY"
