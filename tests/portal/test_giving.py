"""Gifts and the family's pool, as their people see them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from accounts import services as accounts
from accounts.models import PaymentPasskey
from common import clock
from common.money import pts
from points import services as points
from points.models import Family, FamilyMember, FamilyMove, PointsGift
from points.queries import points_of
from points.states import FamilyMemberStatus, GiftStatus
from tests.portal.test_pages import assert_is_sound
from tests.portal.test_rules import forget_the_proof

DAY = timedelta(days=1)


@pytest.fixture
def give(till, alice, komorebi):
    """Alice has 1,000 points, and gave some of them."""
    till.gives_points(alice, komorebi, 1_000)

    def give(amount=200, *, to="bob@example.jp", ago=timedelta(), message=""):
        return points.send_gift(
            customer_id=alice.customer.id,
            to_email=to,
            amount=pts(amount),
            message=message,
            asked_as=f"{to} {amount}",
            by=alice.actor,
            now=clock.now() - ago,
        )

    return give


@pytest.fixture
def family(till, alice, bob, komorebi):
    """Alice's, with Bob in it since long ago; she has 1,000 points, and put 300 in."""
    then = clock.now() - 40 * DAY
    made = points.start_family(customer_id=alice.customer.id, name="Sato", by=alice.actor, now=then)
    asked = points.invite_member(customer_id=alice.customer.id, email=bob.user.email, by=alice.actor, now=then)
    points.accept_invitation(
        customer_id=bob.customer.id, member_id=asked.id, verified_email=bob.user.email, by=bob.actor, now=then
    )
    till.gives_points(alice, komorebi, 1_000)
    points.put_in_points(
        customer_id=alice.customer.id, amount=pts(300), asked_as="once", by=alice.actor, now=clock.now()
    )
    return made


def live(person):
    return points_of(person.wallet.id, clock.now()).live.minor


def name_of_form(page, which="gift_new"):
    """The hidden name of the form that posts there: what a reader's browser would send along."""
    html = page.content.decode()
    form = html[html.index(f'action="{reverse(f"portal:{which}")}"') :]
    return re.search(r'name="asked_as" value="([^"]+)"', form)[1]


class TestGiving:
    @pytest.mark.parametrize("to", ["bob@example.jp", "nobody@elsewhere.example"])
    def test_answers_the_same_whatever_the_address(self, visit, give, alice, bob, to):
        browser = visit(alice)
        form = name_of_form(browser.get("/points/gifts/new"))
        sent = {"email": to, "amount": "1,00", "message": "For you", "asked_as": form}
        answer = browser.post("/points/gifts/new", sent, follow=True)
        text = answer.content.decode()
        assert answer.redirect_chain == [("/points/gifts", 303)]
        assert "The points are on their way." in text
        shown = text.replace(to, "…")
        assert "For you" in shown
        assert live(alice) == 900

    def test_sent_twice_is_one_gift(self, visit, give, alice):
        browser = visit(alice)
        sent = {"email": "bob@example.jp", "amount": "100", "asked_as": name_of_form(browser.get("/points/gifts/new"))}
        for _time in range(2):
            assert browser.post("/points/gifts/new", sent).status_code == 303
        assert (PointsGift.objects.count(), live(alice)) == (1, 900)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_asks_first_who_it_is(self, visit, give, alice, method):
        browser = forget_the_proof(visit(alice))
        answer = getattr(browser, method)(
            "/points/gifts/new", {"email": "bob@example.jp", "amount": "100", "asked_as": "x"}
        )
        assert urlsplit(answer["Location"]).path == reverse("account_reauthenticate")
        assert not PointsGift.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"amount": "0"}, "Write a whole number of points."),
            ({"amount": "1.5"}, "Write a whole number of points."),
            ({"amount": "2000"}, "You have 1,000 points that can be used now."),
            ({"amount": "60000"}, "One gift is between 1 and 50,000 points."),
            ({"email": "alice@example.jp"}, "This is your own address."),
            ({"email": "bob"}, "email"),
            ({"message": "x" * 141}, "140"),
        ],
    )
    def test_says_what_is_wrong(self, visit, give, alice, typed, said):
        sent = {"email": "bob@example.jp", "amount": "100", "message": "", "asked_as": "one"} | typed
        answer = visit(alice).post("/points/gifts/new", sent)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert live(alice) == 1_000

    def test_says_that_a_new_passkey_makes_it_wait(self, visit, give, till, alice):
        assert "This gift waits longer" not in visit(alice).get("/points/gifts/new").content.decode()
        till.passkey(alice)
        PaymentPasskey.objects.filter(customer=alice.customer).update(created_at=clock.now())
        assert "This gift waits longer" in visit(alice).get("/points/gifts/new").content.decode()

    def test_can_be_taken_back(self, visit, give, alice, bob):
        gift = give()
        assert "Take it back" in visit(alice).get("/points/gifts").content.decode()
        answer = visit(alice).post(f"/points/gifts/{gift.id}/cancel")
        assert (answer.status_code, live(alice)) == (303, 1_000)
        visit(alice).post(f"/points/gifts/{gift.id}/cancel")
        assert live(alice) == 1_000


class TestReceiving:
    def test_shows_who_gives_and_from_when_on(self, visit, give, bob):
        give(message="<b>Thank you</b>")
        page = visit(bob).get("/points/gifts")
        assert_is_sound(page, "en")
        text = page.content.decode()
        assert "From Alice" in text
        assert "&lt;b&gt;Thank you" in text
        assert "can be accepted from" in text
        assert "alice@example.jp" not in text
        assert not re.search(r"/points/gifts/gft_\w+/accept", text)

    def test_brings_the_points_and_once(self, visit, give, bob, alice):
        gift = give(ago=DAY)
        browser = visit(bob)
        assert f"/points/gifts/{gift.id}/accept" in browser.get("/points/gifts").content.decode()
        for _time in range(2):
            assert browser.post(f"/points/gifts/{gift.id}/accept").status_code == 303
        assert (live(bob), live(alice)) == (200, 800)
        assert "Bob" in visit(alice).get("/points/gifts").content.decode()

    def test_too_early_says_when(self, visit, give, bob):
        answer = visit(bob).post(f"/points/gifts/{give().id}/accept")
        assert answer.status_code == 409
        assert "This gift can be accepted from" in answer.content.decode()

    def test_can_be_declined(self, visit, give, alice, bob):
        gift = give()
        assert visit(bob).post(f"/points/gifts/{gift.id}/decline").status_code == 303
        gift.refresh_from_db()
        assert (gift.status, live(alice)) == (GiftStatus.DECLINED, 1_000)

    @pytest.mark.parametrize("verb", ["accept", "decline", "cancel"])
    def test_is_nobody_elses(self, visit, give, mallory, verb):
        assert visit(mallory).post(f"/points/gifts/{give(ago=DAY).id}/{verb}").status_code == 404

    def test_stands_on_the_home_page_and_the_points_page(self, visit, give, bob, alice):
        give()
        for page in ("/home/", "/points"):
            assert reverse("portal:gifts") in visit(bob).get(page).content.decode()
        assert "Alice gives you points" in visit(bob).get("/home/").content.decode()
        assert "gives you points" not in visit(alice).get("/home/").content.decode()

    def test_is_in_both_histories_with_the_others_name(self, visit, give, alice, bob):
        gift = give(ago=DAY)
        assert "bob@example.jp" not in visit(alice).get("/points").content.decode()
        visit(bob).post(f"/points/gifts/{gift.id}/accept")
        assert "Gift to Bob" in visit(alice).get("/points").content.decode()
        assert "Gift from Alice" in visit(bob).get("/points").content.decode()


class TestFamily:
    def test_begins_invites_and_is_joined(self, visit, alice, bob, till):
        assert visit(alice).post("/points/family/start", {"name": "Sato"}).status_code == 303
        invited = visit(alice).post("/points/family/invite", {"email": "bob@example.jp"}, follow=True)
        assert "The invitation is on its way." in invited.content.decode()
        assert "Alice" in visit(bob).get("/points/family").content.decode()
        assert "invites you to a family" in visit(bob).get("/home/").content.decode()
        member = FamilyMember.objects.get(email="bob@example.jp")
        assert visit(bob).post(f"/points/family/invitations/{member.id}/accept").status_code == 303
        page = visit(bob).get("/points/family")
        assert_is_sound(page, "en")
        assert "For your protection you can draw from" in page.content.decode()

    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_shows_the_pool_its_people_and_its_history(self, visit, family, alice, bob, language):
        for who in (alice, bob):
            page = visit(who, language).get("/points/family")
            assert_is_sound(page, language)
            text = page.content.decode()
            assert 'value="300"' in text
            assert "Alice" in text
            assert "Bob" in text
        assert ("Put in" if language == "en" else "入れる") in text
        assert "bob@example.jp" not in text

    def test_puts_in_and_draws_once_per_form(self, visit, family, alice, bob):
        for who, where, left in ((alice, "put_in", 600), (bob, "draw", 100)):
            browser = visit(who)
            sent = {"amount": "100", "asked_as": name_of_form(browser.get("/points/family"), f"family_{where}")}
            for _time in range(2):
                assert browser.post(reverse(f"portal:family_{where}"), sent).status_code == 303
            assert live(who) == left
        assert FamilyMove.objects.count() == 3

    def test_draws_and_goes_back_to_the_payment(self, visit, family, bob):
        sent = {"amount": "100", "asked_as": "one", "next": "/pay/pay_1"}
        assert visit(bob).post("/points/family/draw", sent)["Location"] == "/pay/pay_1"
        sent = {"amount": "100", "asked_as": "two", "next": "https://elsewhere.example"}
        assert visit(bob).post("/points/family/draw", sent)["Location"] == "/points/family"

    def test_is_offered_where_points_are_used(self, visit, family, till, bob, komorebi):
        payment = till.asks(komorebi, 5_000)
        till.card(bob)
        till.passkey(bob)
        PaymentPasskey.objects.filter(customer=bob.customer).update(created_at=clock.now() - 4 * DAY)
        here = f"/points/family?next=/pay/{payment.id}"
        text = visit(bob).get(f"/pay/{payment.id}").content.decode()
        assert "Draw from your family’s pool (300" in text
        assert here in text
        assert f'name="next" value="/pay/{payment.id}"' in visit(bob).get(here).content.decode()

    def test_says_how_much_can_be_drawn_while_somebodys_wallet_is_frozen(
        self, visit, family, till, alice, bob, komorebi
    ):
        payment = till.asks(komorebi, 5_000)
        till.card(bob), till.passkey(bob)
        PaymentPasskey.objects.filter(customer=bob.customer).update(created_at=clock.now() - 4 * DAY)
        said = "of the pool can be drawn now: somebody’s wallet is frozen"
        assert said not in visit(bob).get("/points/family").content.decode()
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=clock.now())
        page = visit(bob).get("/points/family").content.decode()
        assert said in page
        assert "0 points</span> of the pool" in page or "0 points of the pool" in page
        assert "Draw from your family’s pool" not in visit(bob).get(f"/pay/{payment.id}").content.decode()

    @pytest.mark.parametrize("where", ["put_in", "draw"])
    def test_asks_first_who_it_is_and_keeps_what_was_typed(self, visit, family, bob, where):
        browser = forget_the_proof(visit(bob))
        answer = browser.post(reverse(f"portal:family_{where}"), {"amount": "100", "asked_as": "one"})
        assert urlsplit(answer["Location"]).path == reverse("account_reauthenticate")
        assert "amount%3D100" in answer["Location"]
        assert 'value="100"' in browser.get("/points/family?again=yes&amount=100").content.decode()
        assert FamilyMove.objects.count() == 1

    def test_says_what_is_wrong(self, visit, family, bob):
        answer = visit(bob).post("/points/family/draw", {"amount": "301", "asked_as": "one"})
        assert answer.status_code == 422
        assert "You have 300 points that can be used now." in answer.content.decode()

    @pytest.mark.parametrize("verb", ["share", "leave", "close", "remove"])
    def test_what_changes_the_family_asks_first_who_it_is(self, visit, family, alice, bob, verb):
        member = FamilyMember.objects.get(wallet_id=bob.wallet.id)
        places = [member.id] if verb == "remove" else []
        answer = forget_the_proof(visit(alice)).post(reverse(f"portal:family_{verb}", args=places), {"on": "yes"})
        assert urlsplit(answer["Location"]).path == reverse("account_reauthenticate")
        member.refresh_from_db()
        assert member.status == FamilyMemberStatus.ACTIVE

    def test_puts_in_by_itself_when_told_to(self, visit, family, bob):
        visit(bob).post("/points/family/share", {"on": "yes"})
        assert (
            "What becomes ready in your wallet goes into the pool" in visit(bob).get("/points/family").content.decode()
        )
        visit(bob).post("/points/family/share", {"on": "no"})
        assert FamilyMember.objects.get(wallet_id=bob.wallet.id).shares_since is None

    def test_is_left_and_closed(self, visit, family, alice, bob):
        assert visit(bob).post("/points/family/leave").status_code == 303
        assert visit(alice).post("/points/family/close").status_code == 303
        assert (live(alice), Family.objects.get().status) == (1_000, "closed")

    def test_lets_go_whom_the_owner_lets_go(self, visit, family, alice, bob, mallory):
        member = FamilyMember.objects.get(wallet_id=bob.wallet.id)
        here = reverse("portal:family_remove", args=[member.id])
        for who in (bob, mallory):
            assert visit(who).post(here).status_code == 404
        assert visit(alice).post(here).status_code == 303
        assert "Begin a family" in visit(bob).get("/points/family").content.decode()

    @pytest.mark.parametrize("verb", ["join", "decline"])
    def test_an_invitation_is_for_whom_it_was_meant(self, visit, family, mallory, alice, verb):
        asked = points.invite_member(
            customer_id=alice.customer.id, email="carol@example.jp", by=alice.actor, now=clock.now()
        )
        assert visit(mallory).post(reverse(f"portal:family_{verb}", args=[asked.id])).status_code == 404

    def test_moves_are_in_the_members_own_history(self, visit, family, alice, bob):
        visit(bob).post("/points/family/draw", {"amount": "100", "asked_as": "one"})
        assert "Put into the family’s pool" in visit(alice).get("/points").content.decode()
        assert "Drawn from the family’s pool" in visit(bob).get("/points").content.decode()
