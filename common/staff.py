"""The staff's door. Rooms register what staff may look at; whatever staff change goes through a verb."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Model)


class StaffSite(admin.AdminSite):
    """One admin site for the whole house; the roof gives it its URL, its looks and its lock.

    Nobody enters until the roof has said who may, and where the others are led.
    """

    may_enter: Callable[[HttpRequest], bool] | None = None
    lead_in: Callable[[HttpRequest], HttpResponse] | None = None

    enable_nav_sidebar = False
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

    def get_urls(self) -> list[Any]:
        """Without the library's pages for a password: nobody has one."""
        return [
            url for url in super().get_urls() if not (getattr(url, "name", None) or "").startswith("password_change")
        ]


staff_site = StaffSite(name="staff")


class _OnlyLooking:
    """Whoever the site lets in may look at everything that a room shows; no add, no change, no delete, by anybody."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_OnlyLooking, admin.ModelAdmin[M], Generic[M]):
    """Staff read; whatever they change goes through the same verbs as everybody's."""

    actions = None
    actions_selection_counter = False
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    """Counting a large table only to say how much a filter hides is slow; so is counting for each filter."""


class ReadOnlyInline(_OnlyLooking, admin.TabularInline[M, P], Generic[M, P]):
    """The rows that belong to one thing, on its page."""

    extra = 0
    can_delete = False
    show_change_link = True
