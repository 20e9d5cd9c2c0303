"""Documents of a group: the list, a file to send, a file to take."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import GroupRequest, group_view, open_units
from groups.actions.documents import upload_document
from groups.downloads import download
from groups.forms.documents import DocumentFilterForm, UploadForm
from groups.models.documents import DocumentQuerySet
from portal import htmx, throttle

if TYPE_CHECKING:
    from groups.actions.transactions import Person

PER_PAGE = 50
UPLOADS_PER_HOUR = 60


@require_GET
@group_view("documents_view")
def documents(request: GroupRequest) -> HttpResponse:
    """Show the documents that are open to the person, newest first."""
    found = _open_to(request)
    years = [day.year for day in found.order_by().dates("document_date", "year", order="DESC")]
    filters = DocumentFilterForm(request.GET, years=years, units=list(open_units(request)))
    listed = filters.apply(found).select_related("subgroup", "uploaded_by")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "group": request.group,
        "filters": filters,
        "documents": list(page),
        "pager": _pager(page, filters.query),
        "may_upload": "documents_upload" in request.granted and not request.group.is_read_only,
        "may_take": request.viewed_as is None,
    }
    return htmx.render(request, "groups/documents.html", context, partials=("documents-list",))


@require_http_methods(["GET", "POST"])
@group_view("documents_upload")
def upload(request: GroupRequest) -> HttpResponse:
    """Take a file from the employer."""
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        units=list(open_units(request)),
        is_whole=request.units is None,
    )
    if request.method == "POST":
        throttle.limit("document", str(request.user.pk), tries=UPLOADS_PER_HOUR, seconds=3600)
        if form.is_valid():
            sent = upload_document(
                request.group, form.paper(), by=cast("Person", request.user), form_key=form.key
            )
            words = _("We have your document. Confirmation number %(number)s.")
            messages.success(request, words % {"number": sent.number})
            return htmx.redirect(request, "groups:documents", request.group.slug)
    context = {"group": request.group, "form": form}
    return htmx.render(request, "groups/upload_document.html", context)


@require_GET
@group_view("documents_view", export=True)
def document(request: GroupRequest, key: UUID) -> HttpResponse:
    """Hand the file out, as a download and never as a page, and write down that it left."""
    found = get_object_or_404(_open_to(request), key=key)
    answer = download(found, by=cast("Person", request.user))
    if answer is None:
        messages.error(
            request, _("This file cannot be downloaded. Call us, and we send it to you.")
        )
        return redirect("groups:documents", request.group.slug)
    return answer


def _open_to(request: GroupRequest) -> DocumentQuerySet:
    found: DocumentQuerySet = request.group.document_set.open_to(request.units)
    return found


def _pager(page: Page[Any], query: str) -> dict[str, str]:
    numbers = {"first": page.start_index(), "last": page.end_index(), "total": page.paginator.count}
    address = f"?{query}&page=" if query else "?page="
    return {
        "label": _("%(first)d to %(last)d of %(total)d") % numbers,
        "previous_url": f"{address}{page.number - 1}" if page.has_previous() else "",
        "next_url": f"{address}{page.number + 1}" if page.has_next() else "",
    }
