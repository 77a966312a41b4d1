from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0018_conversions_wait_for_a_second_person"),
    ]

    operations = install_functions(__file__, "points_cut_clearing")
