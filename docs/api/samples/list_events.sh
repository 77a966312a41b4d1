curl -sS "$COMMERCE/v1/events?type=payment.captured&limit=1" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "VaultPay-Version: 2026-11-22"
