"""Who belongs to the team. The last owner stays, whoever asks."""

import pytest

from events.models import OutgoingMail
from merchants.models import Member
from merchants.states import Role
from tests.dashboard.conftest import member, member_id, text

pytestmark = pytest.mark.django_db


class TestInviting:
    def test_sends_a_mail_in_the_chosen_language(self, owner, at, komorebi):
        form = {"email": "Mika@Example.com", "role": "finance", "language": "ja"}
        assert owner.post(at("team", "invite"), form).status_code == 303
        mail = OutgoingMail.objects.latest("queued_at", "id")
        assert (mail.template, mail.language) == ("member_invited", "ja")
        assert "mika@example.com" in text(owner.get(at("team")))

    def test_refuses_who_is_there_already(self, owner, at, komorebi):
        form = {"email": komorebi.owner.email, "role": "finance", "language": "en"}
        refused = owner.post(at("team", "invite"), form)
        assert refused.status_code == 422
        assert "already belongs" in text(refused)


class TestChanging:
    def test_gives_another_role(self, owner, at, komorebi):
        theirs = member_id(komorebi, member(komorebi, Role.SUPPORT))
        assert owner.post(at("team", theirs, "role"), {"role": "developer"}).status_code == 303
        assert Member.objects.get(pk=theirs).role == "developer"

    def test_keeps_the_last_owner(self, owner, at, komorebi):
        mine = member_id(komorebi, komorebi.owner)
        for verb in ("role", "remove"):
            refused = owner.post(at("team", mine, verb), {"role": "support"})
            assert refused.status_code == 422
            assert "at least one owner" in text(refused)
        assert Member.objects.get(pk=mine).status == "active"

    def test_whoever_is_removed_sees_nothing_more(self, owner, support, at, komorebi):
        theirs = Member.objects.get(merchant_id=komorebi.id, role="support").id
        assert support.get(at()).status_code == 200
        assert owner.post(at("team", theirs, "remove")).status_code == 303
        assert support.get(at()).status_code == 404

    def test_an_owner_may_go_when_another_one_stays(self, owner, at, komorebi):
        theirs = member_id(komorebi, member(komorebi, Role.FINANCE))
        owner.post(at("team", theirs, "role"), {"role": "owner"})
        gone = owner.post(at("team", member_id(komorebi, komorebi.owner), "remove"))
        assert gone.url == "/dashboard/"


def test_the_table_says_what_each_role_may_do(support, at):
    page = text(support.get(at("team")))
    assert "Refund payments" in page
    assert "Invite somebody" not in page
