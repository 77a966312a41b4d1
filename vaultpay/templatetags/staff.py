"""Tags of the staff's pages."""

from typing import Any, Final

from django import template

from vaultpay import staff_desk

register: Final = template.Library()


@register.simple_tag
def staff_shelves(app_list: list[dict[str, Any]]) -> list[staff_desk.Group]:
    return staff_desk.shelves(app_list)


@register.simple_tag
def staff_waiting() -> list[staff_desk.Waiting]:
    return staff_desk.waiting()


@register.simple_tag
def staff_name(opts: Any) -> str:
    """What staff call this kind of record; the library's own name for one that nobody has described."""
    return str(staff_desk.name_of(opts.label_lower) or opts.verbose_name_plural)
