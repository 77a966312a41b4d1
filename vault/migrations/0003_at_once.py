from django.db import migrations

from common.functions import install_functions


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_a_promise_may_be_released_in_part"), ("events", "0003_at_once")]

    operations = install_functions(__file__, "vault_write_question", "vault_write_answer")
