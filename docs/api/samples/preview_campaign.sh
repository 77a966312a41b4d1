curl -sS "$COMMERCE/v1/points/campaigns/$CAMPAIGN/preview" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Content-Type: application/json" \
  -d '{"rate_basis_points": 200, "budget": 50000}'
