"""The staff's door. Rooms register what staff may look at; whatever staff change goes through a verb."""

from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=Model)


class StaffSite(admin.AdminSite):
    """One admin site for the whole house; the roof gives it its URL, its looks and its lock."""

    site_header = _("Staff")
    site_title = _("Staff")
    index_title = _("What is kept here")


staff_site = StaffSite(name="staff")


class ReadOnlyAdmin(admin.ModelAdmin[M], Generic[M]):
    """No add, no change, no delete: staff read, and their actions call the same verbs as everybody."""

    actions_selection_counter = False
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
