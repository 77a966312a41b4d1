"""The history of a card and the log of sign-ins are only added to."""

from django.db import migrations

from common.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [forbid_changes("accounts_cardstatuschange"), forbid_changes("accounts_signinrecord")]
