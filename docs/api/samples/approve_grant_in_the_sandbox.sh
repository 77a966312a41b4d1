curl -sS "$COMMERCE/v1/test_helpers/grants/$GRANT/approve" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Content-Type: application/json" \
  -d '{"customer": "'"$CUSTOMER"'"}'
