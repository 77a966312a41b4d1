"""Pages on which staff propose, countersign and turn down. The second person is shown exactly what would be done."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.actors import Actor
from common.errors import Refusal
from common.ids import read_id
from common.second_signature import MOST_REASON, SecondSignature
from common.staff import ReadOnlyAdmin
from common.states import SignatureStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

M = TypeVar("M", bound=Model)
S = TypeVar("S", bound=SecondSignature)

WHY: Final = _("It is written into the audit chain, and a second person reads it. Customers do not see it.")
DEEDS: Final = {"countersign": _("Countersign"), "turn_down": _("Turn down")}


class Proposed(forms.Form):
    """Says its own id, so that a form that is sent twice proposes once."""

    PREFIX: ClassVar[str]

    name = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), help_text=WHY, max_length=MOST_REASON)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if read_id(name, prefix=self.PREFIX) is None:
            raise forms.ValidationError(_("Open this page again."))
        return name


class Countersigned(forms.Form):
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


def propose(
    request: HttpRequest, form: forms.Form, verb: Callable[[Actor], Model], site: dict[str, Any]
) -> HttpResponse:
    """`site` has the page's `title`, and may name another `page` than the plain one."""
    return act(request, form, verb, said=gettext("Proposed. It waits for a second person."), site=site)


def decide(
    request: HttpRequest, signature: SecondSignature, verb: Callable[[Actor, str], Model], site: dict[str, Any]
) -> HttpResponse:
    """The verb is given the digest of what was shown."""
    form = Countersigned(request.POST or None, initial={"digest": signature.digest})
    said, facts = gettext("Done. It stands in the audit chain."), {"signature": signature, "title": DEEDS[site["deed"]]}
    return act(request, form, lambda by: verb(by, form.cleaned_data["digest"]), said=said, site=site | facts)


def act(
    request: HttpRequest, form: forms.Form, verb: Callable[[Actor], Model], *, said: str, site: dict[str, Any]
) -> HttpResponse:
    """One form and one verb; afterwards the page of what was made. A refusal stands above the form."""
    if form.is_valid():
        try:
            done = verb(Actor(str(request.user.pk)))
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, said)
            return HttpResponseRedirect(page_of(done))
    page = site.get("page", "staff/signature.html")
    return render(request, page, {**site, "form": form}, status=422 if form.errors else 200)


def page_of(row: Model) -> str:
    names = row._meta  # noqa: SLF001 (Django's documented door)
    return reverse(f"staff:{names.app_label}_{names.model_name}_change", args=[row.pk])


def one_of(kind: type[M], row_id: str) -> M:
    found = kind._default_manager.filter(pk=row_id).first()  # noqa: SLF001 (Django's own name)
    if found is None:
        raise Http404
    return found


class ToBeSigned(admin.SimpleListFilter):
    """What waits for a second person; the rest on request."""

    title = _("waiting for a second person")
    parameter_name = "waiting"

    def lookups(self, _request: HttpRequest, _model_admin: object) -> "list[tuple[str, StrOrPromise]]":
        return [("yes", _("Yes"))]

    def queryset(self, _request: HttpRequest, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        return rows.filter(status=SignatureStatus.PROPOSED) if self.value() == "yes" else rows


class FourEyesAdmin(ReadOnlyAdmin[S]):
    """The inbox of what waits for a second person. It is changed by the verbs behind these pages only."""

    change_list_template = "staff/signatures.html"
    list_filter = [ToBeSigned, "status"]
    ordering = ["-id"]
    propose_page: Callable[..., HttpResponse]
    decide_page: Callable[..., HttpResponse]
    propose_words: "StrOrPromise"

    def get_urls(self) -> "list[URLPattern]":
        ways = [
            path("propose/", self._door(self._propose), name=self._name("propose")),
            *(
                path(f"<path:object_id>/{deed}/", self._door(partial(self._decide, deed=deed)), name=self._name(deed))
                for deed in DEEDS
            ),
        ]
        return [*ways, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: "dict[str, Any] | None" = None) -> HttpResponse:
        here = {"propose_url": f"staff:{self._name('propose')}", "propose_words": self.propose_words}
        return super().changelist_view(request, {**(extra_context or {}), **here})

    def _door(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))

    def _propose(self, request: HttpRequest) -> HttpResponse:
        return type(self).propose_page(request, self._site(request))

    def _decide(self, request: HttpRequest, object_id: str, *, deed: str) -> HttpResponse:
        return type(self).decide_page(request, object_id, self._site(request) | {"deed": deed})

    def _site(self, request: HttpRequest) -> dict[str, Any]:
        inbox = f"staff:{self._name('changelist')}"
        return {**self.admin_site.each_context(request), "opts": self.opts, "inbox": inbox}

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    @admin.display(description=_("second person"))
    def for_a_second_person(self, signature: SecondSignature) -> str:
        if not signature.waits:
            return "—"
        links = ((reverse(f"staff:{self._name(deed)}", args=[signature.pk]), words) for deed, words in DEEDS.items())
        return format_html_join(mark_safe("<br>"), '<a class="nowrap" href="{}">{}</a>', links)
