"""The history of a group's transactions, and one of them."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import GroupRequest, Rights, group_view, open_units, rights_of
from groups.actions import transactions as actions
from groups.forms.transactions import TakeBackForm, TransactionFilterForm
from groups.models import EmployerGroup, Transaction
from groups.transaction_export import Names, csv_part, heads, is_too_long, write_xlsx
from groups.transaction_history import (
    BY,
    answer_to,
    changes_of,
    in_line,
    in_lines,
    steps_of,
    subject_page_of,
    submitters_of,
    visible_to,
    with_people,
)
from groups.transaction_kinds import kind_of
from portal import audit, htmx, pdf, throttle
from portal.brand import brand
from portal.keyset import Cursor, page_of
from portal.spreadsheets import BYTE_ORDER_MARK, CONTENT_TYPE, lines
from portal.tenancy import person_scope

RIGHT = "transactions_view"
PDFS_PER_HOUR = 60
PER_PAGE, PER_BATCH = 50, 50_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIST = "transaction-list"


@require_GET
@group_view(RIGHT)
def transactions(request: GroupRequest) -> HttpResponse:
    """Show what was submitted in the group, newest first, as the filters in the address ask."""
    rights = rights_in(request)
    filters = filters_of(request)
    is_partial = bool(getattr(request, "htmx", False))
    if filters.errors and is_partial:  # to the page, which says it at the field
        return htmx.redirect(request, request.get_full_path())
    before, after = (Cursor.parse(request.GET.get(name, "")) for name in ("before", "after"))
    found = filters.apply(with_people(visible_to(rights, request.group)))
    page = page_of(found, BY, before=before, after=after, size=PER_PAGE)
    if not page.rows and (before or after):  # nothing beyond the end: the beginning again
        return htmx.redirect(request, f"{request.path}?{filters.query}")
    context = {
        "group": request.group,
        "filters": filters,
        "lines": in_lines(page.rows),
        "page": page,
        "is_partial": is_partial,
        "may_export": request.viewed_as is None,
    }
    return htmx.render(request, "groups/transactions.html", context, partials=(LIST,))


@require_GET
@group_view(RIGHT)
def transaction(request: GroupRequest, number: str) -> HttpResponse:
    """Show one transaction: what was asked, by whom, what became of it."""
    return htmx.render(request, "groups/transaction.html", context_of(request, number))


@require_http_methods(["GET", "POST"])
@group_view(RIGHT)
def cancel_transaction(request: GroupRequest, number: str) -> HttpResponse:
    """Ask before a waiting transaction is taken back, then take it back."""
    found = find(request, number)
    here = ("groups:transaction", request.group.slug, found.number)
    if not may_take_back(request, found):
        messages.error(request, refusal(found))
        return htmx.redirect(request, *here)
    form = TakeBackForm(request.POST or None, initial={"version": found.version})
    if form.is_valid():
        try:
            actions.cancel(found, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            words = _("%(number)s is canceled. Nothing was changed.")
            messages.success(request, words % {"number": found.number})
        return htmx.redirect(request, *here)
    context = {**context_of(request, number), "form": form}
    return htmx.render(request, "groups/cancel_transaction.html", context)


@require_GET
@group_view(RIGHT, export=True)
def transaction_pdf(request: GroupRequest, number: str) -> HttpResponse:
    """Send the confirmation of one transaction as a PDF."""
    throttle.limit("transaction_pdf", str(request.user.pk), tries=PDFS_PER_HOUR, seconds=3600)
    context = {**context_of(request, number), "brand_name": brand().name}
    actions.record_download(context["transaction"], by=cast("audit.Actor", request.user))
    response = HttpResponse(pdf.render("transaction", context), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    return response


@require_GET
@group_view(RIGHT, export=True)
def transactions_csv(request: GroupRequest) -> HttpResponse:
    """Send what the filters ask for as CSV, and write down that it left.

    The rows are read while they are sent, after the transaction of the page: see ``_csv``.
    """
    filters = filters_of(request)
    if filters.errors:
        return _to_the_page(request)
    _record_export(request, filters, "csv")
    rows = _csv(cast("int", request.user.pk), request.group, filters.apply)
    response = StreamingHttpResponse(rows, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{_name(request)}.csv"'
    return cast("HttpResponse", response)


@require_GET
@group_view(RIGHT, export=True)
def transactions_xlsx(request: GroupRequest) -> HttpResponse:
    """Send what the filters ask for as an Excel workbook, and write down that it left; too much leads to CSV."""
    filters = filters_of(request)
    if filters.errors:
        return _to_the_page(request)
    rights = rights_in(request)
    found = filters.apply(visible_to(rights, request.group))
    if is_too_long(found):
        messages.info(
            request,
            _("This is too long for an Excel file. Choose fewer days, or take the CSV file."),
        )
        return _to_the_page(request)
    _record_export(request, filters, "xlsx")
    file = BytesIO()
    write_xlsx(found, Names.of(rights, request.group), file)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{_name(request)}.xlsx"'
    return response


def rights_in(request: GroupRequest) -> Rights:
    """Return what the person holds in the group of the request."""
    return Rights(request.granted, request.units)


def filters_of(request: GroupRequest) -> TransactionFilterForm:
    """Return the filters in the address, with what they offer this person."""
    return TransactionFilterForm(
        request.GET,
        granted=request.granted,
        submitters=submitters_of(rights_in(request), request.group),
        units=open_units(request),
        is_whole=request.units is None,
    )


def find(request: GroupRequest, number: str) -> Transaction:
    """Return the transaction *number* of the group; raises Http404 for one the person may not see."""
    found = visible_to(rights_in(request), request.group).filter(number=number)
    row = found.select_related("group", "submitted_by", "subgroup", "decided_by").first()
    if row is None:
        raise Http404
    return row


def context_of(request: GroupRequest, number: str) -> dict[str, Any]:
    """Return what the pages and papers of one transaction show."""
    found, now = find(request, number), timezone.now()
    return {
        "group": request.group,
        "transaction": found,
        "line": in_line(found, now),
        "changes": changes_of(found),
        "answer": answer_to(found),
        "page": subject_page_of(found),
        "steps": steps_of(found),
        "may_take_back": may_take_back(request, found),
        "may_export": request.viewed_as is None,
        "printed_by": request.user,
        "printed_at": now,
    }


def may_take_back(request: GroupRequest, found: Transaction) -> bool:
    """Tell whether the person may cancel a transaction: their own, or of a kind they may change, while it waits."""
    is_own = found.submitted_by_id == cast("int", request.user.pk)
    may_change = kind_of(found.kind).change_right in request.granted
    return found.is_undecided and request.viewed_as is None and (is_own or may_change)


def refusal(found: Transaction) -> str:
    """Return why a transaction cannot be taken back."""
    if not found.is_undecided:
        return _("%(number)s is decided. It cannot be canceled any more.") % {
            "number": found.number
        }
    return _("Only whoever submitted %(number)s, or may make such a change, can cancel it.") % {
        "number": found.number
    }


def _csv(
    person: int,
    group: EmployerGroup,
    narrow: Callable[[QuerySet[Transaction]], QuerySet[Transaction]],
) -> Iterator[bytes]:
    """Yield head and rows of the export, a batch at a time, each read in a scope of its own.

    The right is asked for again before every batch: who lost it meanwhile gets nothing, or no more. No
    transaction stays open while a slow browser reads.
    """
    place: Cursor | None = None
    is_first = True
    while is_first or place:
        with person_scope(person, address=group.slug):
            user = get_user_model().objects.get(
                pk=person
            )  # an account may have been closed meanwhile
            rights = rights_of(user, group)
            if RIGHT not in rights.atoms:
                break
            found, names = narrow(visible_to(rights, group)), Names.of(rights, group)
            pieces, place = csv_part(found, names, place, PER_BATCH)
        if is_first:
            yield f"{BYTE_ORDER_MARK}{''.join(lines([heads()]))}".encode()
            is_first = False
        while pieces:  # each is let go when it is sent
            yield pieces.pop(0)
    else:
        return
    if not is_first:
        end = _("Your access ended while this file was written. The rest is missing.")
        yield "".join(lines([[end]])).encode()


def _record_export(request: GroupRequest, filters: TransactionFilterForm, form: str) -> None:
    by = cast("audit.Actor", request.user)
    actions.record_export(request.group, form=form, filters=sorted(filters.chosen), by=by)


def _to_the_page(request: GroupRequest) -> HttpResponse:
    page, _dot, _form = request.path.rpartition(".")
    return htmx.redirect(request, f"{page}/?{request.GET.urlencode()}")


def _name(request: GroupRequest) -> str:
    return f"transactions-{request.group.slug}-{timezone.localdate():%Y-%m-%d}"
