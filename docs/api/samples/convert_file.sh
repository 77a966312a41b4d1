SIGNATURE=$(openssl pkeyutl -sign -rawin -inkey conversions.pem -in points.csv | basenc --base64url -w 0 | tr -d '=')
curl -sS "$COMMERCE/v1/points/conversions/file?signature=$SIGNATURE" \
  -H "Authorization: Bearer $SECRET_KEY" \
  -H "Content-Type: text/csv" \
  --data-binary @points.csv
