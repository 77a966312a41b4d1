"""What a stranger's line may hold, and what it may not."""

import pytest

from common.text import NamePosesAsAnother, TextHidesSomething, TextMissing, TextTooLong, clean_line, clean_name


class TestCleanLine:
    @pytest.mark.parametrize("text", ["Komorebi Glasses", "こもれび眼鏡", "Café ☕ 東京", "<b>shop</b>", "=SUM(A1)"])
    def test_keeps_what_people_write(self, text):
        assert clean_line(text, 60) == text

    def test_writes_one_thing_one_way(self):
        assert clean_line("  Cafe\u0301   Komorebi ", 60) == "Café Komorebi"

    @pytest.mark.parametrize(
        "text",
        ["a\nb", "a\r\nBcc: x", "a\0b", "a\u202eb", "a\u200bb", "a\u2066b", "a\ufeff", "a\u2028b", "a\u3164b", "a\n"],
    )
    def test_refuses_what_hides_or_acts(self, text):
        with pytest.raises(TextHidesSomething):
            clean_line(text, 60)

    def test_refuses_nothing_and_too_much(self):
        with pytest.raises(TextMissing):
            clean_line("   ", 60)
        assert clean_line(" ", 60, may_be_empty=True) == ""
        assert clean_line("a" * 60, 60)
        with pytest.raises(TextTooLong) as no:
            clean_line("a" * 61, 60)
        assert no.value.facts == {"most": 60}


class TestCleanName:
    @pytest.mark.parametrize("text", ["Komorebi Glasses", "Кофе", "Ελλάδα Glasses", "コモレビ coffee"])
    def test_keeps_honest_names(self, text):
        assert clean_name(text, 60) == text

    def test_refuses_a_word_of_two_alphabets(self):
        with pytest.raises(NamePosesAsAnother):
            clean_name("Kom\u043erebi Glasses", 60)
