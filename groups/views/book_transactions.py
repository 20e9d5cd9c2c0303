"""The transactions of all groups of a person, for brokers and whoever works for several."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from groups.access import across_groups
from groups.forms.transactions import HistoryFilterForm
from groups.transaction_book import RIGHT, reach_of, visible_in
from groups.transaction_history import BY, in_lines, with_people
from portal import htmx
from portal.keyset import Cursor, page_of

PER_PAGE = 50
LIST = "transaction-list"


@require_GET
@across_groups
def book_transactions(request: HttpRequest) -> HttpResponse:
    """Show what was submitted in all groups of the person, newest first, as the filters in the address ask."""
    reach = reach_of(cast("int", request.user.pk))
    filters = HistoryFilterForm(request.GET, granted=reach.atoms)
    is_partial = bool(getattr(request, "htmx", False))
    if filters.errors and is_partial:  # to the page, which says it at the field
        return htmx.redirect(request, request.get_full_path())
    before, after = (Cursor.parse(request.GET.get(name, "")) for name in ("before", "after"))
    found = filters.apply(with_people(visible_in(reach)).select_related("group"))
    page = page_of(found, BY, before=before, after=after, size=PER_PAGE)
    if not page.rows and (before or after):  # nothing beyond the end: the beginning again
        return htmx.redirect(request, f"{request.path}?{filters.query}")
    context = {
        "filters": filters,
        "lines": in_lines(page.rows),
        "page": page,
        "is_partial": is_partial,
        "has_right": bool(reach.held.get(RIGHT)),
    }
    return htmx.render(request, "groups/book_transactions.html", context, partials=(LIST,))
