"""Who belongs to a merchant's team, and what each may do there."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.models import User
from common.actors import SYSTEM
from events.models import Event, OutgoingMail
from merchants import services as merchants
from merchants.errors import AlreadyMember, LastOwner, MemberNotFound, MerchantNotFound, UnacceptableEmail
from merchants.queries import member_of, members_of, merchants_of_user
from merchants.states import ROLE_MAY, May, Role
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db

invite = partial(merchants.invite_member, role=Role.DEVELOPER, by=SYSTEM, now=NOON, language="en")
accept = partial(merchants.accept_invitation, now=NOON)
remove = partial(merchants.remove_member, by=SYSTEM, now=NOON)
change_role = partial(merchants.change_role, by=SYSTEM, now=NOON)


@pytest.fixture
def joined(komorebi):
    """Makes a person who is in Komorebi's team in that role."""

    def join(name, role):
        user = User.objects.create_user(f"{name}@komorebi.example")
        member = invite(merchant_id=komorebi.id, email=user.email, role=role)
        accept(user_id=user.id, verified_email=user.email)
        return user, member.id

    return join


class TestInviteMember:
    def test_writes_a_mail_and_nothing_about_the_person_to_the_shop(self, komorebi):
        invite(merchant_id=komorebi.id, email=" Ken@Example.JP ")
        mail = OutgoingMail.objects.latest("queued_at")
        assert mail.to == ["ken@example.jp"]
        assert "Komorebi Coffee" in mail.subject
        assert "Developer" in mail.text
        assert "ken@" not in repr(list(Event.objects.values_list("data", flat=True)))

    def test_again_renews_it(self, komorebi):
        first = invite(merchant_id=komorebi.id, email="ken@example.jp")
        again = invite(merchant_id=komorebi.id, email="ken@example.jp", role=Role.SUPPORT)
        assert (first.id, again.role) == (again.id, "support")
        assert len(members_of(komorebi.id)) == 2

    @pytest.mark.parametrize("email", ["", "ken", "ken@", "ken@example.jp\nBcc: x@y.jp", f"{'a' * 250}@example.jp"])
    def test_refuses_what_is_no_address(self, komorebi, email):
        with pytest.raises(UnacceptableEmail):
            invite(merchant_id=komorebi.id, email=email)

    def test_refuses_who_is_there_already(self, komorebi):
        with pytest.raises(AlreadyMember):
            invite(merchant_id=komorebi.id, email=komorebi.owner.email)


class TestAcceptInvitation:
    def test_joins_with_the_invited_role(self, komorebi, bob):
        invite(merchant_id=komorebi.id, email=bob.user.email)
        (member,) = accept(user_id=bob.user.id, verified_email="BOB@example.jp")
        membership = member_of(bob.user, komorebi.id)
        assert (membership.member, membership.merchant) == (member, komorebi.merchant)
        assert membership.may("keys:write")
        assert not membership.may("refunds:write")
        assert accept(user_id=bob.user.id, verified_email="bob@example.jp") == []

    def test_leaves_mallory_outside(self, komorebi, bob, mallory):
        invite(merchant_id=komorebi.id, email=bob.user.email)
        assert accept(user_id=mallory.user.id, verified_email=mallory.user.email) == []
        assert merchants_of_user(mallory.user) == []
        with pytest.raises(MerchantNotFound):
            member_of(mallory.user, komorebi.id)

    def test_is_too_late_after_fourteen_days(self, komorebi, bob):
        invite(merchant_id=komorebi.id, email=bob.user.email)
        late = NOON + timedelta(days=14)
        assert accept(user_id=bob.user.id, verified_email=bob.user.email, now=late) == []
        invite(merchant_id=komorebi.id, email=bob.user.email, now=late)
        assert accept(user_id=bob.user.id, verified_email=bob.user.email, now=late)

    def test_does_not_join_one_person_twice(self, komorebi):
        invite(merchant_id=komorebi.id, email="second@komorebi.example")
        assert accept(user_id=komorebi.owner.id, verified_email="second@komorebi.example") == []

    def test_one_person_may_serve_two_merchants(self, komorebi, fly_by_night):
        invite(merchant_id=fly_by_night.id, email=komorebi.owner.email)
        accept(user_id=komorebi.owner.id, verified_email=komorebi.owner.email)
        teams = merchants_of_user(komorebi.owner)
        assert [team.merchant for team in teams] == [komorebi.merchant, fly_by_night.merchant]
        assert [team.may("team:write") for team in teams] == [True, False]


class TestRemoveMember:
    def test_ends_what_the_person_may_do(self, komorebi, joined):
        user, member_id = joined("ken", Role.FINANCE)
        remove(merchant_id=komorebi.id, member_id=member_id)
        with pytest.raises(MerchantNotFound):
            member_of(user, komorebi.id)
        with pytest.raises(MemberNotFound):
            remove(merchant_id=komorebi.id, member_id=member_id)
        assert invite(merchant_id=komorebi.id, email=user.email).id != member_id

    def test_keeps_the_last_owner(self, komorebi, joined):
        (owner,) = members_of(komorebi.id)
        with pytest.raises(LastOwner):
            remove(merchant_id=komorebi.id, member_id=owner.id)
        with pytest.raises(LastOwner):
            change_role(merchant_id=komorebi.id, member_id=owner.id, role=Role.SUPPORT)
        joined("ken", Role.OWNER)
        change_role(merchant_id=komorebi.id, member_id=owner.id, role=Role.SUPPORT)
        assert not member_of(komorebi.owner, komorebi.id).may("team:write")

    def test_an_invited_owner_is_no_owner_yet(self, komorebi):
        (owner,) = members_of(komorebi.id)
        invite(merchant_id=komorebi.id, email="ken@example.jp", role=Role.OWNER)
        with pytest.raises(LastOwner):
            remove(merchant_id=komorebi.id, member_id=owner.id)

    def test_reaches_no_other_team(self, komorebi, fly_by_night):
        (owner,) = members_of(komorebi.id)
        with pytest.raises(MemberNotFound):
            remove(merchant_id=fly_by_night.id, member_id=owner.id)

    @pytest.mark.django_db(transaction=True)
    def test_two_owners_who_remove_each_other_leave_one(self, komorebi, joined):
        (owner,) = members_of(komorebi.id)
        _ken, ken_id = joined("ken", Role.OWNER)
        answers = together(
            partial(remove, merchant_id=komorebi.id, member_id=owner.id),
            partial(remove, merchant_id=komorebi.id, member_id=ken_id),
        )
        assert sum(isinstance(answer, LastOwner) for answer in answers) == 1
        assert len(members_of(komorebi.id)) == 1


class TestRoles:
    def test_every_role_reads_and_only_some_move_money_or_keys(self):
        assert all(May.PAYMENTS_READ in may for may in ROLE_MAY.values())
        assert {role for role, may in ROLE_MAY.items() if May.REFUNDS_WRITE in may} == {Role.OWNER, Role.FINANCE}
        assert {role for role, may in ROLE_MAY.items() if May.KEYS_WRITE in may} == {Role.OWNER, Role.DEVELOPER}
        assert {role for role, may in ROLE_MAY.items() if May.TEAM_WRITE in may} == {Role.OWNER}
