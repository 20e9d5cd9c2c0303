"""Where people land after signing in: their only group, their groups, or a broker's book of business."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.book import SORTS, Book, Client, Wanted, open_book
from accounts.forms.book import query_of, wanted
from accounts.lost_access import last_loss_of
from portal import htmx

FEW = 8  # groups that one finds without a search field
IN_SWITCHER = 20
CHIPS = {
    "attention": gettext_lazy("Needs attention"),
    "all": gettext_lazy("All"),
    "renewing": gettext_lazy("Renewal within 60 days"),
    "troubled": gettext_lazy("Grace period or suspended"),
    "ending": gettext_lazy("Your access ends within 30 days"),
}
COLUMNS = [
    ("name", gettext_lazy("Group")),
    ("number", gettext_lazy("Group ID")),
    ("units", gettext_lazy("Billing unit")),
    ("role", gettext_lazy("Your rights")),
    ("status", gettext_lazy("Status")),
    ("renewal", gettext_lazy("Renewal")),
    ("needs", gettext_lazy("Needs attention")),
    ("last_day", gettext_lazy("Your access ends")),
]
SHAPES = {
    "prospect": "progress",
    "installed": "progress",
    "active": "active",
    "grace": "attention",
    "suspended": "late",
    "terminated": "ended",
}


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """Go to the only group, staff to their desk, and let everybody else choose or enter an access code."""
    asked = wanted(request.GET)
    book = open_book(request.user.pk or 0, asked, now=timezone.now())
    if not book.total and request.user.is_staff:
        return redirect("admin:index")
    if book.total == 1 and book.clients and not request.GET:
        return redirect("group_home", book.clients[0].slug)
    if asked.start and not book.clients:  # what it began at was the last one meanwhile
        return redirect(reverse("accounts:landing") + query_of(asked))
    context = _page(book, asked)
    if not book.total:
        context["lost"] = last_loss_of(request.user.pk or 0)
    return htmx.render(request, "accounts/landing.html", context, partials=("book",))


@require_GET
def switcher(request: HttpRequest) -> HttpResponse:
    """List a person's groups in the header's menu, the first twenty that the search finds; without HTMX, the page."""
    asked = Wanted(search=wanted(request.GET).search)
    if not getattr(request, "htmx", False):
        return redirect("accounts:landing")
    book = open_book(request.user.pk or 0, asked, now=timezone.now(), page=IN_SWITCHER)
    context = {
        "book": book,
        "asked": asked,
        "here": request.GET.get("here", ""),
        "may_search": book.total > FEW,
        "found": book.counts["all"],
        "others": book.counts["all"] - len(book.clients),
        "others_words": _thousands(book.counts["all"] - len(book.clients)),
    }
    return htmx.render(request, "accounts/switcher.html", context)


def _page(book: Book, asked: Wanted) -> dict[str, Any]:
    """Return what the list shows, with the addresses of its other orders, chips and pages."""
    some_end = any(client.last_day for client in book.clients)
    return {
        "book": book,
        "asked": asked,
        "rows": [_row(client) for client in book.clients],
        "may_search": book.by_broker or book.total > FEW,
        "narrowed": bool(asked.search) or asked.show != "all",
        "found": book.counts[asked.show],
        "total_words": _thousands(book.total),
        "attention_words": _thousands(book.attention),
        "found_words": _thousands(book.counts[asked.show]),
        "chips": [
            {
                "key": key,
                "label": label,
                "count": _thousands(book.counts[key]),
                "url": query_of(asked, show="" if key == "all" else key),
                "current": key == asked.show,
            }
            for key, label in CHIPS.items()
            if key in {"attention", "all", asked.show} or book.counts[key]
        ],
        "columns": [
            _column(asked, key, label) for key, label in COLUMNS if some_end or key != "last_day"
        ],
        "some_end": some_end,
        "sort_value": ("-" if asked.descending else "") + asked.sort,
        "pager": _pager(book, asked),
    }


def _row(client: Client) -> dict[str, Any]:
    """Return a client as the list writes it; dates here, where it costs less than in the template."""
    return {
        "client": client,
        "url": reverse("group_home", args=[client.slug]),
        "shape": SHAPES[client.status],
        "renewal": date_format(client.renewal_date, "M j, Y"),
        "last_day": date_format(client.last_day, "M j, Y") if client.last_day else "",
        "needs": ". ".join(client.needs),
    }


def _column(asked: Wanted, key: str, label: str | Promise) -> dict[str, Any]:
    """Return a head of the list: the address that sorts by it, the other way round when it does already."""
    if key not in SORTS:
        return {"label": label}
    current = asked.sort == key
    falls = current and not asked.descending
    return {
        "key": key,
        "label": label,
        "url": query_of(asked, sort=f"-{key}" if falls else key),
        "sorted": ("descending" if asked.descending else "ascending") if current else "",
    }


def _pager(book: Book, asked: Wanted) -> dict[str, str]:
    """Return the words and addresses of the pager; empty when everything found is on the page."""
    if not book.clients or not (book.has_previous or book.has_next):
        return {}
    first, last = book.clients[0], book.clients[-1]
    return {
        "label": _("%(first)s to %(last)s, %(shown)s of %(found)s")
        % {
            "first": _place(first, asked.sort),
            "last": _place(last, asked.sort),
            "shown": len(book.clients),
            "found": _thousands(book.counts[asked.show]),
        },
        "previous_url": query_of(asked, before=first.number) if book.has_previous else "",
        "next_url": query_of(asked, after=last.number) if book.has_next else "",
    }


def _place(client: Client, sort: str) -> str:
    if sort == "number":
        return client.number
    return date_format(client.renewal_date, "M j, Y") if sort == "renewal" else client.name


def _thousands(number: int) -> str:
    return f"{number:,}"
