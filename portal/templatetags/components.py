"""The components: every face, sign-in pages, admin and mails are built of these, so that all look like one product.

Block tags and simple tags, used after `{% load components %}`. `/styleguide` shows each of them in every state. What a
tag writes is plain HTML with a class of the same name; the looks are in `static/css/components.css` and `more.css`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import template
from django.forms import BoundField
from django.forms.utils import ErrorList
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.types import BRAND_NAMES
from common.money import Money
from payments.card_check import CheckLine, Outcome
from payments.card_check import code as check_code
from payments.card_check import sentence as check_sentence
from portal.charts import Chart, chart_of
from portal.words import SHORT_BRANDS, STATUSES, StatusWord

register: Final = template.Library()

_DATES: Final = {"ja": "Y年n月j日", "en": "j M Y"}
_TIMES: Final = {"ja": "Y年n月j日 H:i", "en": "j M Y, H:i"}
_MONTHS: Final = {"ja": "Y年n月", "en": "F Y"}
_ICONS: Final = {"good": "done", "wait": "clock", "harm": "alert", "": "info"}


# --- Small marks ------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One picture of the sprite. Without a label it is decoration, and says nothing to a screen reader."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', str(label), href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def money(amount: Money, size: str = "", *, struck: bool = False) -> SafeString:
    """¥12,800. `size` is "", "m" or "l". Points may be given too: they are money that counts in points."""
    if amount.currency == "PTS":
        return points(amount.minor, size)
    text = str(amount)
    sign = "".join(letter for letter in text if letter in "¥$")
    return format_html(
        '<data class="money{}{}" value="{}">{}<span class="money-sign">{}</span>{}</data>',
        f" money-{size}" if size else "",
        " struck" if struck else "",
        amount.as_decimal_text(),
        "−" if text.startswith("-") else "",  # a true minus sign, as wide as a digit
        sign,
        text.lstrip("-").lstrip("¥$"),
    )


@register.simple_tag
def points(amount: Money | int, size: str = "") -> SafeString:
    """1,200 points / 1,200ポイント."""
    count = amount.minor if isinstance(amount, Money) else amount
    number = f"{abs(count):,}"
    unit = ngettext("point", "points", abs(count))
    between = "" if get_language() == "ja" else " "
    return format_html(
        '<data class="points{}" value="{}">{}{}{}<span class="points-unit">{}</span></data>',
        f" points-{size}" if size else "",
        count,
        "−" if count < 0 else "",
        number,
        between,
        unit,
    )


@register.simple_tag
def status(kind: str, value: Any) -> SafeString:
    """The state of a thing as word and icon: `{% status "card" card.status %}`. Kinds are in `portal/words.py`."""
    word = STATUSES.get((kind, str(getattr(value, "value", value)))) or StatusWord("", "dot", str(value))
    return format_html(
        '<span class="status{}">{}<span>{}</span></span>',
        f" status-{word.tone}" if word.tone else "",
        icon(word.icon),
        word.word,
    )


@register.simple_tag
def payment_status(payment: Any, kind: str = "payment") -> SafeString:
    """The state of a payment as its customer means it (kind "payment"), or its shop (kind "sale").

    One that was given back whole is called refunded.
    """
    given_back = payment.amount_captured_minor and payment.amount_refunded_minor == payment.amount_captured_minor
    return status(kind, "refunded" if given_back else payment.status)


@register.simple_tag
def when(at: datetime | None) -> SafeString | str:
    """An instant as the reader expects it: 2026年11月22日 18:03 / 22 Nov 2026, 18:03, in the instance's zone."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), _written(local, _TIMES))


@register.simple_tag
def day(on: date | datetime | None) -> SafeString | str:
    if on is None:
        return "—"
    local = timezone.localtime(on).date() if isinstance(on, datetime) else on
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), _written(local, _DATES))


@register.simple_tag
def last_day(before: datetime | None) -> SafeString | str:
    """The day up to the end of which something counts that is over at this instant: points end with a midnight."""
    return day(before and before - timedelta(microseconds=1))


@register.simple_tag
def month(on: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', f"{on:%Y-%m}", _written(on, _MONTHS))


@register.simple_tag
def tag(text: str, tone: str = "") -> SafeString:
    return format_html('<span class="tag{}">{}</span>', f" tag-{tone}" if tone else "", text)


@register.simple_tag
def usage(used: Any, text: str) -> SafeString:
    """How much of a limit is used: the sentence, and a bar that only repeats it for the eye."""
    bar = format_html('<progress class="usage-bar" max="100" value="{}" aria-hidden="true"></progress>', used.percent)
    return format_html('<div class="usage"><p>{}</p>{}</div>', text, bar if used.limit else "")


# --- Blocks -----------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def panel(  # noqa: PLR0913 (what a heading may need)
    content: str,
    title: str = "",
    tone: str = "",
    *,
    id: str = "",  # noqa: A002 (HTML's own word)
    more: str = "",
    more_url: str = "",
    level: int = 2,
) -> SafeString:
    """A part of a page under its own heading. Tones: "" (a thin rule above), raised, accent, harm."""
    label = format_html(' aria-labelledby="{}-title"', id) if id and title else ""
    heading: str = ""
    if title:
        title_id = format_html(' id="{}-title"', id) if id else ""
        link = format_html('<a class="panel-more" href="{}">{}</a>', more_url, more) if more_url else ""
        heading = format_html("<header><h{}{}>{}</h{}>{}</header>", level, title_id, title, level, link)
    return format_html(
        '<section class="panel{}"{}{}>{}{}</section>',
        f" panel-{tone}" if tone else "",
        format_html(' id="{}"', id) if id else "",
        label,
        heading,
        mark_safe(content),  # noqa: S308 (the template between the tags, escaped already)
    )


@register.simple_block_tag
def notice(content: str, title: str = "", tone: str = "", *, live: bool = False) -> SafeString:
    """Something to know before reading on. Tones: "", good, wait, harm. `live` announces it to a screen reader."""
    role: str = ""
    if live:
        role = mark_safe(' role="alert"') if tone == "harm" else mark_safe(' role="status"')
    return format_html(
        '<div class="notice{}"{}>{}<div class="notice-body">{}{}</div></div>',
        f" notice-{tone}" if tone else "",
        role,
        icon(_ICONS.get(tone, "info")),
        format_html('<p class="notice-title">{}</p>', title) if title else "",
        mark_safe(content),  # noqa: S308 (the template between the tags, escaped already)
    )


@register.simple_block_tag
def empty(content: str, title: str, picture: str = "leaf") -> SafeString:
    """Nothing here yet: what will stand here, and the next step."""
    return format_html(
        '<div class="empty">{}<p class="empty-title">{}</p><div>{}</div></div>',
        icon(picture),
        title,
        mark_safe(content),  # noqa: S308 (the template between the tags, escaped already)
    )


@register.simple_block_tag
def timeline(content: str, label: str = "") -> SafeString:
    """What happened, in order: moments between `{% timeline %}` and `{% endtimeline %}`."""
    name = format_html(' aria-label="{}"', label) if label else ""
    return format_html('<ol class="timeline"{}>{}</ol>', name, mark_safe(content))  # noqa: S308 (as above)


@register.simple_block_tag
def moment(content: str, title: str, at: datetime | None = None, tone: str = "", picture: str = "") -> SafeString:
    """One step of a timeline. Tones: "", good, wait, harm."""
    return format_html(
        '<li{}><span class="timeline-dot">{}</span><p class="timeline-title">{}</p>{}{}</li>',
        format_html(' class="timeline-{}"', tone) if tone else "",
        icon(picture or {"good": "check", "wait": "clock", "harm": "close"}.get(tone, "dot")),
        title,
        when(at) if at else "",
        format_html('<div class="timeline-body">{}</div>', mark_safe(content)) if content.strip() else "",  # noqa: S308
    )


@register.simple_block_tag
def dl(content: str) -> SafeString:
    """Facts, one under the other: `{% dl %}{% fact _("Shop") %}…{% endfact %}{% enddl %}`."""
    return format_html('<dl class="facts">{}</dl>', mark_safe(content))  # noqa: S308 (as above)


@register.simple_block_tag
def fact(content: str, term: str) -> SafeString:
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", term, mark_safe(content))  # noqa: S308 (as above)


# --- Forms ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, *, optional: bool = False) -> SafeString:
    """Label, help, control and errors of one form field, tied together for those who cannot see them side by side."""
    checkbox = getattr(bound.field.widget, "input_type", "") == "checkbox"
    help_text = format_html('<span class="field-help" id="{}_helptext">{}</span>', bound.auto_id, bound.help_text)
    return format_html(
        '<div class="field{}">{}{}{}{}</div>',
        " field-check" if checkbox else "",
        *(
            (bound, format_html('<label for="{}">{}</label>', bound.id_for_label, bound.label))
            if checkbox
            else (
                format_html(
                    '<label for="{}">{}{}</label>',
                    bound.id_for_label,
                    bound.label,
                    format_html('<span class="field-optional">{}</span>', _("optional")) if optional else "",
                ),
                bound,
            )
        ),
        help_text if bound.help_text else "",
        _errors(bound.errors, id=f"{bound.auto_id}_error"),
    )


@register.simple_tag
def form_errors(form: Any) -> SafeString | str:
    """What was wrong with the form as a whole; refusals of a verb stand here."""
    wrong = form.non_field_errors()
    if not wrong:
        return ""
    return format_html_join(
        "", '<p class="form-error" role="alert">{}<span>{}</span></p>', ((icon("alert"), text) for text in wrong)
    )


@register.simple_tag
def button(  # noqa: PLR0913 (what HTML lets a button be)
    text: str,
    kind: str = "",
    picture: str = "",
    *,
    href: str = "",
    big: bool = False,
    wide: bool = False,
    **attributes: Any,
) -> SafeString:
    """A button, or a link that looks like one when `href` is given.

    Kinds: "", main, harm, plain, "plain harm". Other arguments become attributes: `data_approve=…`, `name=…`.
    """
    classes = " ".join(
        ["button", *(f"button-{part}" for part in kind.split()), *(["button-big"] * big), *(["button-wide"] * wide)]
    )
    inside = format_html("{}<span>{}</span>", icon(picture) if picture else "", text)
    if href:
        return format_html('<a class="{}" href="{}"{}>{}</a>', classes, href, _attributes(attributes), inside)
    attributes.setdefault("type", "submit")
    return format_html('<button class="{}"{}>{}</button>', classes, _attributes(attributes), inside)


@register.simple_tag(takes_context=True)
def act(context: template.Context, url: str, text: str, kind: str = "", picture: str = "", **hidden: Any) -> SafeString:
    """A whole form with one button, for a verb that needs no more to be said. Other arguments are sent along."""
    return format_html(
        '<form class="inline-form" method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">{}{}</form>',
        url,
        context.get("csrf_token", ""),
        format_html_join("", '<input type="hidden" name="{}" value="{}">', hidden.items()),
        button(text, kind, picture),
    )


# --- Getting about ----------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, url: str, text: str, picture: str = "", *, exact: bool = False) -> SafeString:
    """One place in the navigation; it says by itself whether the reader is there."""
    path = context["request"].path if "request" in context else ""
    here = path == url or (not exact and url != "/" and path.startswith(url))
    current = mark_safe(' aria-current="page"') if here else ""
    return format_html('<a href="{}"{}>{}<span>{}</span></a>', url, current, icon(picture) if picture else "", text)


@register.simple_tag
def pager(page: Any, query: str = "") -> SafeString | str:
    """Newer and older, by key: `page.newer` and `page.older` are cursors or empty. `query` keeps the filters."""
    links = [
        format_html(
            '<a class="button" rel="{}" href="?{}{}={}">{}{}{}</a>',
            rel,
            f"{query}&" if query else "",
            name,
            cursor,
            icon("left") if rel == "prev" else "",
            text,
            icon("right") if rel == "next" else "",
        )
        for rel, name, cursor, text in (
            ("prev", "newer", page.newer, _("Newer")),
            ("next", "older", page.older, _("Older")),
        )
        if cursor
    ]
    if not links:
        return ""
    return format_html(
        '<nav class="pager" aria-label="{}">{}</nav>', _("Pages"), format_html_join("", "{}", ((one,) for one in links))
    )


# --- Pictures ---------------------------------------------------------------------------------------------------------


@register.simple_tag
def chart(  # noqa: PLR0913 (what a picture needs to be read)
    data: Iterable[Sequence[Any]],
    title: str,
    *,
    unit: str = "",
    legend: str = "",
    legend2: str = "",
    kind: str = "bars",
) -> SafeString:
    """Bars or a line over `data` = [(label, value)] or [(label, value, second value)], with its table behind it.

    Values are whole numbers: yen, points or a count. `unit` is "yen", "points" or "". Kinds: bars, line, and rows: one
    under the other, for names that need room; they are words already, so there is no table behind them.
    """
    if kind == "rows":
        rows = [(label, value) for label, value, *_rest in data]
        most = max((value for _label, value in rows), default=0) or 1
        asked = {"rows": rows, "most": most, "title": title, "unit": unit}
        return render_to_string("components/chart_rows.html", asked)
    drawn: Chart = chart_of([tuple(row) for row in data], kind=kind)
    facts: Mapping[str, Any] = {"chart": drawn, "title": title, "unit": unit, "legend": legend, "legend2": legend2}
    return render_to_string("components/chart.html", dict(facts))


@register.simple_tag
def amount_in(value: int, unit: str) -> SafeString | str:
    """A chart's number in its unit."""
    match unit:
        case "yen":
            return money(Money(value, "JPY"))
        case "points":
            return points(value)
        case _:
            return f"{value:,}"


@register.simple_tag
def card_art(card: Any, *, off: bool = False) -> SafeString:
    """A picture of a card: its name, brand, last four and expiry. There is no number in it to steal."""
    return render_to_string("components/card_art.html", {"card": card, "brand": brand_name(card.brand), "off": off})


@register.simple_tag
def card_line(card: Any) -> SafeString:
    """A card in one line: a small picture, brand and last four."""
    brand = brand_name(card.brand)
    short = SHORT_BRANDS.get(str(card.brand).lower(), brand)
    return render_to_string("components/card_line.html", {"card": card, "brand": brand, "short": short})


_CHECK_MARKS: Final = {
    Outcome.PASSED: ("good", "done"),
    Outcome.FAILED: ("harm", "no"),
    Outcome.NOT_CHECKED: ("", "dot"),
    Outcome.UNKNOWN: ("wait", "clock"),
}


@register.simple_tag
def card_check(lines: Iterable[CheckLine], reader: str = "customer") -> SafeString:
    """Everything that was checked about one attempt: in plain words for its customer, in codes for the shop."""
    return render_to_string("components/card_check.html", {"rows": [_check_row(line, reader) for line in lines]})


def _check_row(line: CheckLine, reader: str) -> dict[str, Any]:
    tone, picture = _CHECK_MARKS[line.outcome]
    row = {"tone": tone, "icon": picture, "outcome": line.outcome.label}
    if reader == "customer":
        return {**row, "title": line.check.label, "sentence": check_sentence(line)}
    told = check_code(line)
    return {**row, "code": told.pop("check"), "facts": [item for item in told.items() if item[0] != "outcome"]}


@register.simple_tag
def brand_name(brand: str) -> str:
    return BRAND_NAMES.get(str(brand).lower(), str(brand).title())


def _errors(errors: ErrorList, *, id: str) -> SafeString | str:  # noqa: A002 (HTML's own word)
    if not errors:
        return ""
    return format_html(
        '<div class="field-error" id="{}">{}<span>{}</span></div>',
        id,
        icon("alert"),
        format_html_join(" ", "{}", ((text,) for text in errors)),
    )


def _attributes(attributes: Mapping[str, Any]) -> SafeString:
    """`data_x="1"` is written `data-x="1"`, True is the bare name, False and None are left out."""
    kept = [(name.replace("_", "-"), value) for name, value in attributes.items() if value not in (False, None)]
    return format_html_join(
        "", "{}", ((format_html(" {}", n) if v is True else format_html(' {}="{}"', n, v),) for n, v in kept)
    )


def _written(at: date | datetime, shapes: Mapping[str, str]) -> str:
    return date_format(at, shapes["ja" if get_language() == "ja" else "en"])
