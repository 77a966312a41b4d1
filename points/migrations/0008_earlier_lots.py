"""What lots had to say before they had a source of their own.

A capture's lot tells of the capture: its row gets the same UUID under another prefix. How much money it was is not known
here; at least as much as its points stand for. The mark of a refund that was heard before its capture becomes a row that
nobody has heard of yet. What lots made up for each other is read from their history.
"""

from django.db import migrations

EARNINGS = """
INSERT INTO points_earning (
    id, wallet_id, capture_id, payment_id, merchant_id, base_minor, base_before_minor, items, captured_at, heard_at)
SELECT id, wallet_id, source_ref, payment_id, merchant_id, earned_minor * 100, 0, '[]'::jsonb,
       CASE WHEN earned_minor > 0 THEN earned_at END, CASE WHEN earned_minor > 0 THEN earned_at END
FROM points_pointslot
"""

LOTS = """
UPDATE points_pointslot lot SET rule_ref = 'program:1', funded_at = (
    SELECT change.at FROM points_pointslotchange change WHERE change.lot_id = lot.id AND change.change = 'activated')
"""

MARKS = "DELETE FROM points_pointslot WHERE earned_minor = 0"

LOANS = """
INSERT INTO points_pointsloan (id, lot_id, lender_id, amount_minor, returned_minor, made_at)
SELECT change.id, lot.id, change.lot_id, change.amount_minor, 0, change.at
FROM points_pointslotchange change
JOIN points_pointstakeback heard ON heard.refund_id = change.source_ref
JOIN points_pointslot lot ON lot.source_ref = heard.source_ref AND lot.payment_id = change.payment_id
WHERE change.change = 'lent' AND lot.borrowed_minor > 0
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0007_points_for_every_shop")]

    operations = [
        migrations.RunSQL(sql=EARNINGS, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=LOTS, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=LOANS, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=MARKS, reverse_sql=migrations.RunSQL.noop),
    ]
