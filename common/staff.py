"""The staff's door. Rooms register what staff may look at; whatever staff change goes through a verb."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=Model)


class StaffSite(admin.AdminSite):
    """One admin site for the whole house; the roof gives it its URL, its looks and its lock.

    Nobody enters until the roof has said who may, and where the others are led.
    """

    may_enter: Callable[[HttpRequest], bool] | None = None
    lead_in: Callable[[HttpRequest], HttpResponse] | None = None

    site_header = _("Staff")
    site_title = _("Staff")
    index_title = _("What is kept here")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and self.may_enter is not None and self.may_enter(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There are no passwords here, so the library's own form is never shown."""
        if self.lead_in is None:
            raise PermissionDenied
        return self.lead_in(request)


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
