"""API keys: what opens a merchant's door, for how long, and what never does."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.actors import SYSTEM
from events.models import AuditRecord, Event
from merchants import services as merchants
from merchants.errors import ApiKeyNotFound, KeyNotLive, MerchantNotFound, TooManyKeys, UnknownScope
from merchants.key_text import new_key_text, read_key_text
from merchants.models import ApiKey
from merchants.queries import api_key_of, api_keys_of, merchant_by_api_key
from tests.cast import NOON

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)

issue = partial(merchants.issue_api_key, label="Server", scopes=["payments:write"], by=SYSTEM, now=NOON)
roll = partial(merchants.roll_api_key, by=SYSTEM, now=NOON)
revoke = partial(merchants.revoke_api_key, by=SYSTEM)


def read(text):
    return read_key_text(text, hmac_secret=b"k")


class TestKeyText:
    def test_says_which_mode_and_which_key(self):
        text = new_key_text(key_id="key_01k00000000000000000000000", live=False)
        assert text.startswith("vp_test_sk_01k00000000000000000000000_")
        assert (read(text).key_id, read(text).live) == ("key_01k00000000000000000000000", False)

    def test_never_reads_a_changed_letter(self):
        text = new_key_text(key_id="key_01k00000000000000000000000", live=False)
        for place in range(len(text)):
            other = "b" if text[place] == "a" else "a"
            assert read(text[:place] + other + text[place + 1 :]) is None

    @pytest.mark.parametrize("text", ["", "vp_test_sk_", "Bearer x", "vp_test_sk_é", "\0" * 90, "v" * 10_000])
    def test_never_chokes_on_strangers(self, text):
        assert read(text) is None

    def test_hides_what_it_knows(self):
        assert "digest" not in repr(read(new_key_text(key_id="key_01k00000000000000000000000", live=True)))


class TestMerchantByApiKey:
    def test_names_merchant_and_scopes(self, komorebi):
        key, text = issue(merchant_id=komorebi.id)
        holder = merchant_by_api_key(text, now=NOON)
        assert (holder.key_id, holder.merchant) == (key.id, komorebi.merchant)
        assert holder.may("payments:write")
        assert holder.may("payments:read"), "writing includes reading"
        assert not holder.may("refunds:write")

    def test_keeps_no_text_that_opens_doors(self, komorebi):
        key, text = issue(merchant_id=komorebi.id)
        row = ApiKey.objects.filter(pk=key.id).values_list().get()
        secret = text.split("_")[4]
        assert secret not in repr(row)
        assert secret not in repr(list(Event.objects.values_list())) + repr(list(AuditRecord.objects.values_list()))

    def test_asks_the_database_once_in_five_seconds(self, komorebi):
        def looks(*moments):
            with CaptureQueriesContext(connection) as queries:
                for seconds in moments:
                    assert merchant_by_api_key(komorebi.key, now=NOON + seconds * SECOND)
            return sum("SELECT" in query["sql"] for query in queries)

        assert looks(0, 1, 4.9) == 1
        assert looks(5) == 1

    def test_asks_nothing_for_a_mistyped_key(self, komorebi, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert merchant_by_api_key(komorebi.key[:-1] + "x", now=NOON) is None

    def test_refuses_the_other_mode(self, komorebi, settings):
        settings.LIVE = True
        assert merchant_by_api_key(komorebi.key, now=NOON) is None

    def test_refuses_a_key_that_was_never_issued(self, komorebi):
        forged = new_key_text(key_id=komorebi.key_id, live=False)
        assert merchant_by_api_key(forged, now=NOON) is None

    def test_refuses_an_expired_key_even_if_remembered(self, komorebi):
        _key, text = issue(merchant_id=komorebi.id, expires_at=NOON + SECOND)
        assert merchant_by_api_key(text, now=NOON)
        assert merchant_by_api_key(text, now=NOON + SECOND) is None


class TestRevokeApiKey:
    def test_works_at_once_here(self, komorebi):
        assert merchant_by_api_key(komorebi.key, now=NOON)
        revoke(merchant_id=komorebi.id, key_id=komorebi.key_id, now=NOON)
        assert merchant_by_api_key(komorebi.key, now=NOON) is None

    def test_works_within_five_seconds_in_every_other_process(self, komorebi):
        assert merchant_by_api_key(komorebi.key, now=NOON)
        ApiKey.objects.filter(pk=komorebi.key_id).update(revoked_at=NOON)  # as another process would
        assert merchant_by_api_key(komorebi.key, now=NOON + 4 * SECOND)
        assert merchant_by_api_key(komorebi.key, now=NOON + 5 * SECOND) is None

    def test_twice_is_once(self, komorebi):
        first = revoke(merchant_id=komorebi.id, key_id=komorebi.key_id, now=NOON)
        again = revoke(merchant_id=komorebi.id, key_id=komorebi.key_id, now=NOON + SECOND)
        assert again.revoked_at == first.revoked_at
        assert Event.objects.filter(type="api_key.revoked").count() == 1

    def test_never_reaches_another_merchants_key(self, komorebi, fly_by_night):
        with pytest.raises(ApiKeyNotFound):
            revoke(merchant_id=fly_by_night.id, key_id=komorebi.key_id, now=NOON)
        with pytest.raises(ApiKeyNotFound):
            api_key_of(fly_by_night.id, komorebi.key_id)
        assert merchant_by_api_key(komorebi.key, now=NOON)


class TestRollApiKey:
    def test_leaves_two_live_keys_for_a_while(self, komorebi):
        new, text = roll(merchant_id=komorebi.id, key_id=komorebi.key_id, hours=24)
        assert merchant_by_api_key(text, now=NOON).key_id == new.id
        assert merchant_by_api_key(komorebi.key, now=NOON + 24 * 3600 * SECOND - SECOND)
        assert merchant_by_api_key(komorebi.key, now=NOON + 24 * 3600 * SECOND) is None
        assert merchant_by_api_key(text, now=NOON + 25 * 3600 * SECOND).scopes
        assert [key.id for key in api_keys_of(komorebi.id)] == [new.id, komorebi.key_id]

    def test_may_end_the_old_one_at_once(self, komorebi):
        merchant_by_api_key(komorebi.key, now=NOON)
        roll(merchant_id=komorebi.id, key_id=komorebi.key_id, hours=0)
        assert merchant_by_api_key(komorebi.key, now=NOON) is None

    def test_happens_once(self, komorebi):
        roll(merchant_id=komorebi.id, key_id=komorebi.key_id)
        with pytest.raises(KeyNotLive):
            roll(merchant_id=komorebi.id, key_id=komorebi.key_id)

    def test_refuses_a_dead_key_and_another_merchants(self, komorebi, fly_by_night):
        with pytest.raises(ApiKeyNotFound):
            roll(merchant_id=fly_by_night.id, key_id=komorebi.key_id)
        revoke(merchant_id=komorebi.id, key_id=komorebi.key_id, now=NOON)
        with pytest.raises(KeyNotLive):
            roll(merchant_id=komorebi.id, key_id=komorebi.key_id)


class TestIssueApiKey:
    @pytest.mark.parametrize("scopes", [[], ["payments:write", "everything"]])
    def test_refuses_scopes_that_are_none(self, komorebi, scopes):
        with pytest.raises(UnknownScope):
            issue(merchant_id=komorebi.id, scopes=scopes)

    def test_refuses_a_crowd_of_keys(self, komorebi):
        for _ in range(19):
            issue(merchant_id=komorebi.id)
        with pytest.raises(TooManyKeys):
            issue(merchant_id=komorebi.id)

    def test_refuses_nobody(self):
        with pytest.raises(MerchantNotFound):
            issue(merchant_id="mer_no-such")


class TestNoteKeyUse:
    def test_writes_at_most_once_a_minute(self, komorebi):
        with CaptureQueriesContext(connection) as queries:
            for seconds in (0, 1, 59):
                merchants.note_key_use(key_id=komorebi.key_id, now=NOON + seconds * SECOND)
        assert len(queries) == 1
        assert api_key_of(komorebi.id, komorebi.key_id).last_used_at == NOON
        merchants.note_key_use(key_id=komorebi.key_id, now=NOON + 60 * SECOND)
        assert api_key_of(komorebi.id, komorebi.key_id).last_used_at == NOON + 60 * SECOND
