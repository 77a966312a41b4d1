"""Every version of a campaign for the staff: what happened, who did it, and what differs from the version before."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import display_for_field
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from points.campaign_queries import versions_of_campaign
from points.models.campaign import CampaignTerms

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from points.models import Campaign, CampaignVersion

_NOTHING = "—"


def versions_table(campaign: "Campaign") -> str:
    """Newest first. Versions have a key of two columns, for which the admin has no pages of their own."""
    versions = versions_of_campaign(campaign)
    rows = [(version, _changes(before, version)) for before, version in pairwise([None, *versions]) if version]
    return render_to_string("staff/campaign_versions.html", {"rows": rows[::-1]})


def _changes(before: "CampaignVersion | None", version: "CampaignVersion") -> "list[tuple[StrOrPromise, str, str]]":
    """(term, before, after) of what differs; of the first version whatever it says."""
    told = []
    for field in CampaignTerms._meta.local_fields:  # noqa: SLF001 (Django's documented door)
        name, words = field.name, getattr(field, "verbose_name", field.name)
        old, new = (_text(field, getattr(one, name)) if one else _NOTHING for one in (before, version))
        if old != new:
            told.append((words, old, new))
    return told


def _text(field: Any, value: Any) -> str:
    """As the admin shows it, but a yes in words, numbers in groups, and each of several by its own name."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, int) and not field.choices:
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(_text(field.base_field, one) for one in value) or _NOTHING
    return str(display_for_field(value, field, _NOTHING))
