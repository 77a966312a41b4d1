"""Where staff propose, countersign and turn down what touches points: two people, two browsers."""

import pytest

from common import clock
from points.models import PointsAdjustment, PointsProgram, ProgramProposal
from points.queries import points_of
from tests.vaultpay.desk import page, sends

pytestmark = pytest.mark.django_db


def proposes(browser, alice, points=300):
    here = page("points_pointsadjustment_propose")
    form = browser.get(f"{here}?wallet={alice.wallet.id}").context["form"]
    asked = {"name": form["name"].value(), "wallet": form["wallet"].value(), "points": points, "reason": "Not counted."}
    answer = browser.post(here, asked)
    return answer, asked


class TestAdjustments:
    def test_one_proposes_and_another_countersigns(self, mamoru, yuki, alice):
        answer, _asked = proposes(mamoru, alice)
        adjustment = PointsAdjustment.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, page("points_pointsadjustment_change", adjustment.id))
        inbox = yuki.get(f"{page('points_pointsadjustment_changelist')}?waiting=yes").content.decode()
        assert page("points_pointsadjustment_countersign", adjustment.id) in inbox
        assert page("points_pointsadjustment_propose") in inbox
        asked = yuki.get(page("points_pointsadjustment_countersign", adjustment.id)).content.decode()
        assert "Not counted." in asked
        assert 'value="300"' in asked
        assert sends(yuki, adjustment, "countersign").status_code == 302
        assert points_of(alice.wallet.id, clock.now()).live.minor == 300
        made = yuki.get(page("points_pointsadjustment_change", adjustment.id)).content.decode()
        assert page("points_pointsadjustment_countersign", adjustment.id) not in made

    def test_the_same_person_is_told_no(self, mamoru, alice):
        proposes(mamoru, alice)
        answer = sends(mamoru, PointsAdjustment.objects.get(), "countersign")
        assert answer.status_code == 422
        assert "this takes a second person" in answer.content.decode()
        assert points_of(alice.wallet.id, clock.now()).live.minor == 0

    def test_what_was_not_shown_is_not_signed(self, mamoru, yuki, alice):
        proposes(mamoru, alice)
        assert sends(yuki, PointsAdjustment.objects.get(), "countersign", digest="0" * 64).status_code == 422

    def test_a_form_sent_twice_proposes_once(self, mamoru, alice):
        _answer, asked = proposes(mamoru, alice)
        assert mamoru.post(page("points_pointsadjustment_propose"), asked).status_code == 302
        assert PointsAdjustment.objects.count() == 1

    @pytest.mark.parametrize("wrong", [{"wallet": "wal_x"}, {"name": "x"}, {"points": 0}, {"reason": " "}])
    def test_what_cannot_be_is_said_on_the_page(self, mamoru, alice, wrong):
        asked = {"name": f"adj_{'0' * 26}", "wallet": alice.wallet.id, "points": 1, "reason": "x", **wrong}
        answer = mamoru.post(page("points_pointsadjustment_propose"), asked)
        assert (answer.status_code, PointsAdjustment.objects.count()) == (422, 0)

    def test_is_turned_down_once(self, mamoru, yuki, alice):
        proposes(mamoru, alice)
        adjustment = PointsAdjustment.objects.get()
        assert sends(yuki, adjustment, "turn_down").status_code == 302
        assert sends(yuki, adjustment, "countersign").status_code == 422

    def test_is_not_for_others(self, client, alice):
        assert client.post(page("points_pointsadjustment_propose"), {}).status_code in {302, 403}


class TestTheProgram:
    def test_is_changed_by_two(self, mamoru, yuki):
        here = page("points_programproposal_propose")
        form = mamoru.get(here).context["form"]
        asked = {field.name: field.value() for field in form if field.value() is not None}
        answer = mamoru.post(here, {**asked, "earn_basis_points": 200, "reason": "The board decided."})
        assert answer.status_code == 302
        proposal = ProgramProposal.objects.get()
        assert proposal.terms == {"earn_basis_points": 200}
        shown = yuki.get(page("points_programproposal_countersign", proposal.id)).content.decode()
        assert "100 → <strong>200</strong>" in shown
        assert sends(mamoru, proposal, "countersign").status_code == 422
        assert sends(yuki, proposal, "countersign").status_code == 302
        assert PointsProgram.at(clock.now()).earn_basis_points == 200

    def test_says_what_the_law_does_not_allow(self, mamoru):
        here = page("points_programproposal_propose")
        form = mamoru.get(here).context["form"]
        asked = {field.name: field.value() for field in form if field.value() is not None}
        answer = mamoru.post(here, {**asked, "most_basis_points": 2_001, "reason": "More."})
        assert (answer.status_code, ProgramProposal.objects.count()) == (422, 0)
