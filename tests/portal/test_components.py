"""The components, one by one: what they say and that they never let a stranger's text through as HTML."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import translation

from common.money import Money, pts, yen
from portal.charts import chart_of
from portal.words import STATUSES


def written(source, language="en", **facts):
    with translation.override(language):
        return Template("{% load components %}" + source).render(Context(facts)).strip()


def read(source, language="en", **facts):
    from django.utils.html import strip_tags

    return strip_tags(written(source, language, **facts))


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "text"),
        [(yen(12_800), "¥12,800"), (-yen(500), "−¥500"), (Money(1_200, "USD"), "$12.00"), (yen(0), "¥0")],
    )
    def test_reads_the_same_in_both_languages(self, amount, text):
        assert [read("{% money it %}", language, it=amount) for language in ("ja", "en")] == [text, text]

    @pytest.mark.parametrize(
        ("count", "ja", "en"),
        [(1_240, "1,240ポイント", "1,240 points"), (1, "1ポイント", "1 point"), (-500, "−500ポイント", "−500 points")],
    )
    def test_of_points_counts_them(self, count, ja, en):
        assert (read("{% points it %}", "ja", it=pts(count)), read("{% points it %}", it=count)) == (ja, en)


class TestTime:
    def test_is_written_as_each_reader_expects(self):
        at = datetime(2026, 11, 22, 9, 3, tzinfo=UTC)
        assert read("{% when it %}", "ja", it=at) == "2026年11月22日 18:03"
        assert read("{% when it %}", "en", it=at) == "22 Nov 2026, 18:03"
        assert read("{% day it %}", "ja", it=at) == "2026年11月22日"

    @pytest.mark.parametrize(("hour", "said"), [(15, "30 Nov 2026"), (16, "1 Dec 2026")])
    def test_what_ends_with_a_midnight_counts_to_the_end_of_the_day_before(self, hour, said):
        assert read("{% last_day it %}", it=datetime(2026, 11, 30, hour, tzinfo=UTC)) == said
        assert read("{% last_day it %}", it=None) == "—"


class TestStatus:
    @pytest.mark.parametrize(("kind", "value"), STATUSES)
    def test_is_a_word_and_a_picture(self, kind, value):
        html = written("{% status kind value %}", kind=kind, value=value)
        assert "<use href=" in html
        assert read("{% status kind value %}", kind=kind, value=value)

    def test_says_every_state_that_the_rooms_know(self):
        from accounts.states import CardStatus
        from merchants.states import MemberStatus, MerchantStatus
        from payments.states import AuthorizationStatus, PaymentStatus, RefundStatus
        from points.states import LotStatus

        rooms = {
            "payment": PaymentStatus, "sale": PaymentStatus, "authorization": AuthorizationStatus,
            "refund": RefundStatus, "card": CardStatus, "lot": LotStatus, "merchant": MerchantStatus,
            "member": MemberStatus,
        }  # fmt: skip
        assert [
            (kind, state) for kind, states in rooms.items() for state in states.values if (kind, state) not in STATUSES
        ] == []


class TestText:
    @pytest.mark.parametrize(
        "source",
        [
            "{% panel it %}{{ it }}{% endpanel %}",
            "{% notice it %}{{ it }}{% endnotice %}",
            "{% empty it %}{{ it }}{% endempty %}",
            "{% moment it %}{{ it }}{% endmoment %}",
            "{% dl %}{% fact it %}{{ it }}{% endfact %}{% enddl %}",
            "{% button it data_x=it %}",
            "{% act it it name=it %}",
            "{% tag it %}",
            "{% icon it it %}",
            "{% status 'payment' it %}",
            "{% card_art card %}{% card_line card %}",
            "{% chart data it %}",
        ],
    )
    def test_of_a_stranger_stays_text(self, source):
        nasty = '"><script>alert(1)</script>'
        card = SimpleNamespace(brand=nasty, last4=nasty, nickname=nasty, exp_month=1, exp_year=2030)
        assert "<script" not in written(source, it=nasty, card=card, data=[(nasty, 1)])


class TestCharts:
    @pytest.mark.parametrize("kind", ["bars", "line"])
    @pytest.mark.parametrize("rows", [[], [("a", 0)], [("a", 1), ("b", 10**12)], [("a", 3, 4), ("b", 0, 0)]])
    def test_never_divide_by_nothing_nor_leave_their_frame(self, kind, rows):
        chart = chart_of(rows, kind=kind)
        for bar in chart.bars:
            assert 0 <= bar.x <= chart.width
            assert 0 <= bar.y <= chart.height
            assert bar.width >= 0
            assert bar.height >= 0
            assert bar.second_y >= 0

    def test_of_names_are_words_with_a_bar(self):
        html = written("{% chart data 'Shops' unit='points' kind='rows' %}", data=[("A long name", 12), ("B", 0)])
        assert '<span>A long name</span><span><data class="points" value="12">' in html
        assert '<progress class="usage-bar" max="12" value="0" aria-hidden="true">' in html
        assert 'max="1"' in written("{% chart data 'Shops' kind='rows' %}", data=[("A", 0)])

    def test_carry_their_table(self):
        html = written("{% chart data 'Points' unit='points' legend='earned' legend2='used' %}", data=[("Nov", 12, 3)])
        assert '<th scope="row">Nov</th>' in html
        assert "12 points" in read("{% chart data 'Points' unit='points' %}", data=[("Nov", 12)])


def test_a_button_says_only_what_it_was_told():
    assert written("{% button 'Go' disabled=True data_x='1' name=None %}") == (
        '<button class="button" disabled data-x="1" type="submit"><span>Go</span></button>'
    )
