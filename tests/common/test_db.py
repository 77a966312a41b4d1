import pytest
from accounts.models import User


@pytest.mark.django_db
def test_x():
    assert User.objects.create_user("alice@example.jp").id.startswith("usr_")


@pytest.mark.django_db(transaction=True)
def test_y():
    assert User.objects.create_user("alice@example.jp").id.startswith("usr_")
