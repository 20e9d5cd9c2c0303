"""Who did what in a group: a list with filters, and the same as CSV."""

from collections.abc import Callable, Iterator
from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.actions.activity import record_export
from accounts.activity import BY, Line, events_of, in_lines
from accounts.forms.activity import ActivityFilterForm
from accounts.models import Grant, User
from groups.access import GroupRequest, group_view, rights_of
from groups.models import EmployerGroup
from portal import htmx
from portal.keyset import Cursor, page_of
from portal.models import AuditEvent
from portal.spreadsheets import BYTE_ORDER_MARK, CONTENT_TYPE, lines
from portal.tenancy import person_scope

RIGHT = "audit_view"
PER_PAGE, PER_BATCH = 50, 1000
MOST_PEOPLE = 500  # of all who ever had access, the latest; more cannot be chosen in the filter


@require_GET
@group_view(RIGHT, whole_group=True)
def activity(request: GroupRequest) -> HttpResponse:
    """Show what happened in the group, newest first, as the filters in the URL ask."""
    filters = _filters(request)
    if filters.errors and getattr(request, "htmx", False):
        return htmx.redirect(
            request, request.get_full_path()
        )  # to the page, which says it at the field
    before, after = (Cursor.parse(request.GET.get(name, "")) for name in ("before", "after"))
    events = filters.apply(events_of(request.group.pk))
    page = page_of(events, BY, before=before, after=after, size=PER_PAGE)
    if not page.rows and (before or after):  # nothing beyond the end: the beginning again
        return htmx.redirect(request, f"{request.path}?{filters.query}")
    context = {
        "group": request.group,
        "filters": filters,
        "lines": in_lines(page.rows),
        "page": page,
        "is_partial": bool(getattr(request, "htmx", False)),
        "may_export": request.viewed_as is None,
    }
    return htmx.render(request, "accounts/activity.html", context, partials=("activity-list",))


@require_GET
@group_view(RIGHT, whole_group=True, export=True)
def activity_csv(request: GroupRequest) -> HttpResponse:
    """Send what the filters ask for as CSV, and write down that it left.

    The rows are read while they are sent, after the transaction of the page: see ``_rows``.
    """
    filters = _filters(request)
    if filters.errors:
        return htmx.redirect(
            request, f"{request.path.removesuffix('.csv')}/?{request.GET.urlencode()}"
        )
    user = cast("User", request.user)
    record_export(request.group, filters=sorted(filters.chosen), by=user)
    rows = _rows(user, request.group, filters.apply)
    response = StreamingHttpResponse(_encoded(rows), content_type=CONTENT_TYPE)
    name = f"activity-{request.group.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)


def _filters(request: GroupRequest) -> ActivityFilterForm:
    return ActivityFilterForm(request.GET, group=request.group, people=_people(request.group))


def _people(group: EmployerGroup) -> QuerySet[Grant]:
    """Return the latest grant of everybody who has or had access, staff left out: what the filter offers."""
    latest = (
        Grant.objects.filter(group=group, user__is_staff=False)
        .order_by("user_id", "-created_at", "-pk")
        .distinct("user_id")
    )
    return (
        Grant.objects.filter(pk__in=latest.values("pk"))
        .select_related("user")
        .only("key", "user__first_name", "user__last_name", "user__username")
        .order_by("-created_at", "-pk")[:MOST_PEOPLE]
    )


def _rows(
    user: User,
    group: EmployerGroup,
    narrow: Callable[[QuerySet[AuditEvent]], QuerySet[AuditEvent]],
) -> Iterator[list[str]]:
    """Yield head and rows of the export, a batch at a time, each read in a scope of its own.

    The right is asked for again before every batch: who lost it meanwhile gets nothing, or no more. No
    transaction stays open while a slow browser reads.
    """
    before: Cursor | None = None
    is_first = True
    while True:
        with person_scope(user.pk, address=group.slug):
            rights = rights_of(_fresh(user), group)
            if RIGHT not in rights.atoms or rights.units is not None:
                break
            page = page_of(narrow(events_of(group.pk)), BY, before=before, size=PER_BATCH)
            found = [_cells(line) for line in in_lines(page.rows)]
        if is_first:
            yield [_("Date"), _("Time"), _("Who"), _("What"), _("About"), _("Details")]
            is_first = False
        yield from found
        if not page.older:
            return
        before = Cursor.parse(page.older)
    if not is_first:
        yield [_("Your access ended while this file was written. The rest is missing.")]


def _fresh(user: User) -> User:
    """Return the person as they are now: an account may have been closed meanwhile."""
    found: User = User.objects.get(pk=user.pk)
    return found


def _cells(line: Line) -> list[str]:
    at = timezone.localtime(line.at)
    return [
        f"{at:%Y-%m-%d}", f"{at:%H:%M:%S %Z}", line.who, line.what, line.about, "; ".join(line.details),
    ]  # fmt: skip


def _encoded(rows: Iterator[list[str]]) -> Iterator[bytes]:
    """Yield *rows* as CSV in UTF-8, after the mark that spreadsheet programs know it by; nothing for no rows."""
    mark = BYTE_ORDER_MARK
    for line in lines(rows):
        yield f"{mark}{line}".encode()
        mark = ""
