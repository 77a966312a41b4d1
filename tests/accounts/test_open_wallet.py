import pytest

from accounts import services as accounts
from accounts.models import Customer, User
from accounts.queries import customer_of_user
from common.text import UnacceptableText
from events.models import Event
from tests.accounts.conftest import NOON
from tests.conftest import together


class TestOpenWallet:
    def test_gives_a_customer_with_a_wallet_and_tells(self, alice):
        assert alice.wallet.customer_id == alice.id
        assert customer_of_user(alice.user) == alice
        told = Event.objects.get(type="wallet.opened")
        assert (told.subject, told.owner_ref, told.facts["customer"]) == (alice.wallet.id, "", alice.id)

    def test_gives_the_first_one_back_when_asked_again(self, alice):
        again = accounts.open_wallet(user_id=alice.user_id, display_name="Somebody Else", now=NOON)
        assert (again.id, again.display_name) == (alice.id, "Alice")

    @pytest.mark.parametrize("name", ["", "   ", "a" * 81, "Ali\u202ece", "Pаypal"])
    def test_refuses_a_name_that_is_none_or_poses(self, db, name):
        user = User.objects.create_user("bob@example.com")
        with pytest.raises(UnacceptableText):
            accounts.open_wallet(user_id=user.id, display_name=name, now=NOON)
        assert customer_of_user(user) is None

    @pytest.mark.django_db(transaction=True)
    def test_two_tabs_open_one_wallet(self):
        user = User.objects.create_user("bob@example.com")
        hands = [lambda: accounts.open_wallet(user_id=user.id, display_name="Bob", now=NOON)] * 4
        assert len({customer.id for customer in together(*hands)}) == 1
        assert Customer.objects.count() == 1
