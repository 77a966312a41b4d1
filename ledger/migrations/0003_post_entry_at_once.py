from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_books_are_only_added_to")]

    operations = install_functions(__file__, "ledger_post_entry")
