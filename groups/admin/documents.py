"""Documents on the staff side: what every group has, published to groups, downloaded, withdrawn."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from groups.actions.documents import publish_document, withdraw_document
from groups.downloads import download
from groups.forms.documents import PublishForm
from groups.forms.staff import ReasonForm
from groups.models import Document
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status

if TYPE_CHECKING:
    from collections.abc import Callable

    from groups.actions.transactions import Person

VIEW, ADD, CHANGE = "groups.view_document", "groups.add_document", "groups.change_document"
PAGE, LIST = "admin:groups_document_change", "admin:groups_document_changelist"
Scan = Document.Scan
SHAPES = {Scan.INFECTED: "late", Scan.WAITING: "progress"}


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """The documents of all groups, withdrawn ones included."""

    heading = gettext_lazy("Documents")
    empty_text = gettext_lazy("Publish a document to one group or to several.")
    list_display = ("title", "group", "kind", "document_date", "by_employer_shown", "state_shown")
    list_filter = ("kind", "by_employer", "scan")
    list_select_related = ("group",)
    search_fields = ("group__group_id__istartswith", "title__istartswith")
    search_help_text = gettext_lazy("Group ID or title")
    ordering = ("-uploaded_at", "-pk")
    change_list_template = "admin/groups/document/change_list.html"
    change_form_template = "admin/groups/document/change_form.html"
    fieldsets = (
        (
            gettext_lazy("Where it stands"),
            {"fields": ("state_shown", "group", "for_shown", "kind", "document_date")},
        ),
        (
            gettext_lazy("File"),
            {"fields": ("file_name", "content_type", "size_shown", "uploaded_by", "uploaded_at")},
        ),
    )

    @admin.display(description=gettext_lazy("From"), ordering="by_employer")
    def by_employer_shown(self, document: Document) -> str:
        """Return whose document it is."""
        return _("Employer") if document.by_employer else _("Us")

    @admin.display(description=gettext_lazy("For"))
    def for_shown(self, document: Document) -> str:
        """Return which billing units it is for."""
        if document.subgroup:
            return str(document.subgroup)
        return _("Every billing unit") if document.for_all_units else _("The whole group")

    @admin.display(description=gettext_lazy("Size"))
    def size_shown(self, document: Document) -> str:
        """Return how large the file is."""
        return filesizeformat(document.size)

    @admin.display(description=gettext_lazy("State"), ordering="withdrawn_at")
    def state_shown(self, document: Document) -> SafeString:
        """Return whether the group can download it."""
        if document.withdrawn_at:
            return status("ended", _("Withdrawn"))
        if document.is_safe:
            return status("active", _("Shown"))
        return status(SHAPES[Scan(document.scan)], document.get_scan_display())

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that do something."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", publish),
            ("<int:pk>/file/", "file", take),
            ("<int:pk>/withdraw/", "withdraw", withdraw),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"groups_document_{word}")
                for route, word, view in own
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list whether to offer the button."""
        context = {"may_add": request.user.has_perm(ADD), **(extra_context or {})}
        return super().changelist_view(request, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the file, and to withdraw it."""
        context["may_change"] = request.user.has_perm(CHANGE)
        return super().render_change_form(request, context, *args, **kwargs)


def publish(request: HttpRequest) -> HttpResponse:
    """Publish a document to the groups that are named."""
    _require(request, ADD)
    form = PublishForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        groups = form.cleaned_data["groups"]
        try:
            publish_document(groups, form.paper(), by=_person(request))
        except ValidationError as error:
            form.add_error("groups", error)
        else:
            words = ngettext(
                "Published to %(count)d group.", "Published to %(count)d groups.", len(groups)
            )
            messages.success(request, words % {"count": len(groups)})
            return redirect(LIST)
    return render(request, "admin/groups/document/add_form.html", {"form": form})


@require_GET
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the file to staff, and write it down."""
    _require(request, VIEW)
    answer = download(get_object_or_404(Document, pk=pk), by=_person(request))
    if answer is None:
        messages.error(request, _("There is no file to download: see the state."))
        return redirect(PAGE, pk)
    return answer


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take the document out of the group's sight."""
    _require(request, CHANGE)
    document = get_object_or_404(Document.objects.select_related("group"), pk=pk)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        context = {"document": document, "form": form}
        return render(request, "admin/groups/document/withdraw.html", context)
    try:
        withdraw_document(document, **form.cleaned_data, by=_person(request))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Withdrawn. The group does not see it any more."))
    return redirect(PAGE, pk)


def _person(request: HttpRequest) -> "Person":
    return cast("Person", request.user)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
