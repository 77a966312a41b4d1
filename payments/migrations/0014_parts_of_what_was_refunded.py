from django.db import migrations

from common.append_only import forbid_changes

# Until now a refund gave back one whole capture, and an authorization had one capture at a time.
PARTS = """
INSERT INTO payments_refundpart (id, refund_id, capture_id, amount_minor, points_minor, fee_minor)
SELECT id, id, capture_id, amount_minor, points_minor, fee_minor FROM payments_refund WHERE capture_id IS NOT NULL;

UPDATE payments_capture AS capture
SET refunded_minor = refund.amount_minor, points_refunded_minor = refund.points_minor, fee_refunded_minor = refund.fee_minor
FROM payments_refund AS refund WHERE refund.capture_id = capture.id AND refund.status <> 'failed';

-- Nobody had named a capture: it was the only one.
UPDATE payments_refund SET capture_id = NULL;

UPDATE payments_advice AS advice SET capture_id = capture.id
FROM payments_capture AS capture
WHERE advice.kind = 'capture' AND capture.authorization_id = advice.authorization_id
  AND capture.created_at = advice.created_at;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_captures_and_refunds_of_a_part")]

    operations = [migrations.RunSQL(PARTS, migrations.RunSQL.noop), forbid_changes("payments_refundpart")]
