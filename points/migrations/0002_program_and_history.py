from django.db import migrations

from common.append_only import forbid_changes

# The numbers are the model's defaults on the day of this migration.
PROGRAM = "INSERT INTO points_pointsprogram (id, earn_basis_points, expiry_months, return_window_days) VALUES (1, 100, 12, 14)"


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    operations = [
        migrations.RunSQL(sql=PROGRAM, reverse_sql="DELETE FROM points_pointsprogram"),
        forbid_changes("points_pointslotchange"),
    ]
