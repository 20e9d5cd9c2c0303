"""Files of plan offers and rates: uploaded, looked at line by line, then loaded or dropped."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.actions.rate_loads import Loaded, commit_load, drop_load, prepare_load
from groups.actions.transactions import Person
from groups.forms.rate_loads import RateFileForm
from groups.models import RateLoad, RateLoadRow
from portal.staff import ReadOnlyAdmin, describe_events
from portal.templatetags.portal_ui import status

LOAD, VIEW = "groups.add_rateload", "groups.view_rateload"
PAGE = "admin:groups_rateload_change"
PER_PAGE = 100
State, Verdict = RateLoad.State, RateLoadRow.Verdict
STATES = {State.PREVIEW: "progress", State.COMMITTED: "done"}
TONES = {State.PREVIEW: "info", State.COMMITTED: "ok"}
SHAPES = {
    Verdict.NEW: "active",
    Verdict.REPLACES: "progress",
    Verdict.EXTENDS: "progress",
    Verdict.CORRECTS: "attention",
    Verdict.ENDS: "ended",
    Verdict.SAME: "done",
    Verdict.WRONG: "late",
}
# The words of the chips, the lines to mend first
CHIPS: dict[str, str | Promise] = {
    "": gettext_lazy("All lines"),
    Verdict.WRONG: gettext_lazy("Cannot be taken"),
    Verdict.NEW: gettext_lazy("New"),
    Verdict.REPLACES: gettext_lazy("Follow a rate"),
    Verdict.EXTENDS: gettext_lazy("Last longer"),
    Verdict.CORRECTS: gettext_lazy("Correct a rate"),
    Verdict.ENDS: gettext_lazy("End"),
    Verdict.SAME: gettext_lazy("Already so"),
}

describe_events(
    {
        "groups.rate_load_uploaded": gettext_lazy("uploaded a rate file"),
        "groups.rate_load_committed": gettext_lazy("loaded a rate file"),
        "groups.rate_load_dropped": gettext_lazy("dropped a rate file"),
        "groups.rates_loaded": gettext_lazy("loaded plan offers and rates"),
        "groups.rate_corrected": gettext_lazy("corrected a rate"),
        "groups.rate_taken_back": gettext_lazy("took back a rate or plan offer to come"),
    }
)


@admin.register(RateLoad)
class RateLoadAdmin(ReadOnlyAdmin):
    """The files that were uploaded, and what became of them."""

    heading = gettext_lazy("Rate files")
    empty_text = gettext_lazy(
        "Upload a CSV with plan offers and rates. You see every line with its verdict first."
    )
    list_display = ("file_name", "lines", "state_shown", "uploaded_at", "uploaded_by", "decided_by")
    list_filter = ("state",)
    list_select_related = ("uploaded_by", "decided_by")
    ordering = ("-uploaded_at", "-pk")
    change_list_template = "admin/groups/rateload/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RateLoad]:
        """Return files with the number of their lines."""
        found: QuerySet[RateLoad] = super().get_queryset(request)
        return found.annotate(number=Count("rows"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to load rates."""
        return request.user.has_perm(LOAD)

    @admin.display(description=gettext_lazy("Lines"))
    def lines(self, load: RateLoad) -> str:
        """Return how many lines it has."""
        return str(load.number)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def state_shown(self, load: RateLoad) -> SafeString:
        """Return the state as shape and word."""
        return status(STATES.get(State(load.state), "ended"), load.get_state_display())

    def get_urls(self) -> list[URLPattern]:
        """Put pages of ours in place of Django's."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", upload),
            ("<int:pk>/change/", "change", preview),
            ("<int:pk>/commit/", "commit", commit),
            ("<int:pk>/drop/", "drop", drop),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"groups_rateload_{word}")
                for route, word, view in own
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list whether to offer the button."""
        context = {"may_load": request.user.has_perm(LOAD), **(extra_context or {})}
        return super().changelist_view(request, context)


def upload(request: HttpRequest) -> HttpResponse:
    """Read the file and lead to the preview; says what is wrong with a file that is no list."""
    _require(request, LOAD)
    form = RateFileForm(request.POST, request.FILES) if request.method == "POST" else RateFileForm()
    if form.is_bound and form.is_valid():
        name = form.cleaned_data["file"].name
        load = prepare_load(name, lines=form.found.rows, by=_person(request))
        return redirect(PAGE, load.pk)
    context = {"form": form, "labels": RateFileForm.labels}
    return render(request, "admin/groups/rateload/add_form.html", context)


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every line with its verdict, those of one verdict by a chip."""
    _require(request, VIEW)
    load = get_object_or_404(RateLoad.objects.select_related("uploaded_by", "decided_by"), pk=pk)
    asked = request.GET.get("verdict", "")
    chosen = asked if asked in Verdict.values else ""
    found = load.rows.filter(verdict=chosen) if chosen else load.rows.all()
    page = Paginator(found.select_related("group"), PER_PAGE).get_page(request.GET.get("page"))
    counts = dict(load.rows.order_by().values_list("verdict").annotate(Count("pk")))
    context = {
        "load": load,
        "tone": TONES.get(State(load.state), "neutral"),
        "labels": RateFileForm.labels,
        "rows": [_shown(row) for row in page],
        "chips": _chips(counts, chosen),
        "pager": _pager(page, chosen),
        "takeable": sum(counts.get(one, 0) for one in RateLoadRow.TAKEN),
        "effects": {word.value: counts.get(word, 0) for word in RateLoadRow.TAKEN},
        "wrong": counts.get(Verdict.WRONG, 0),
        "undecided": load.state == State.PREVIEW,
        "may_load": request.user.has_perm(LOAD),
    }
    return render(request, "admin/groups/rateload/change_form.html", context)


def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Load every line that can be taken."""
    return _decide(request, pk, lambda load, by: _in_words(commit_load(load, by=by)))


def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the file up."""

    def act(load: RateLoad, by: Person) -> str:
        drop_load(load, by=by)
        return _("Dropped. No rate has changed.")

    return _decide(request, pk, act)


def _decide(request: HttpRequest, pk: int, act: Callable[[RateLoad, Person], str]) -> HttpResponse:
    _require(request, LOAD)
    load = get_object_or_404(RateLoad, pk=pk)
    if request.method == "POST":
        try:
            messages.success(request, act(load, _person(request)))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect(PAGE, pk)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)


def _in_words(loaded: Loaded) -> str:
    """Return what the file came to, in a sentence or two."""
    words = _("Loaded. New rates: %(rates)d, new plan offers: %(offers)d, changed: %(changed)d.")
    said = [words % vars(loaded)]
    if loaded.taken_back:
        said.append(_("Taken back: %(taken_back)d.") % vars(loaded))
    if loaded.refused:
        late = _("Lines left out because something changed meanwhile: %(refused)d.")
        said.append(late % vars(loaded))
    return " ".join(said)


def _shown(row: RateLoadRow) -> dict[str, Any]:
    """Return a line for the table: what was written, and the verdict about which column."""
    cells = row.cells
    ages = "–".join(filter(None, (cells.get("age_from", ""), cells.get("age_to", ""))))
    return {
        "row": row,
        "cells": cells,
        "ages": ages,
        "verdict": status(SHAPES.get(Verdict(row.verdict), "quiet"), _verdict_of(row)),
        "column": RateFileForm.labels.get(row.column, ""),
    }


def _verdict_of(row: RateLoadRow) -> str:
    """Return the verdict in words; a line without tier and amount is about an offer."""
    is_offer = not row.cells.get("tier") and not row.cells.get("amount")
    return _("New offer") if is_offer and row.verdict == Verdict.NEW else row.get_verdict_display()


def _chips(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """Return a chip for every verdict that occurs, all lines first."""
    everything = sum(counts.values())
    return [
        {
            "url": f"?verdict={verdict}" if verdict else "?",
            "label": label,
            "count": counts.get(verdict, 0) if verdict else everything,
            "current": verdict == chosen,
        }
        for verdict, label in CHIPS.items()
        if not verdict or counts.get(verdict) or verdict == chosen
    ]


def _pager(page: Page[Any], chosen: str) -> dict[str, str]:
    numbers = {"first": page.start_index(), "last": page.end_index(), "total": page.paginator.count}
    address = f"?verdict={chosen}&page=" if chosen else "?page="
    return {
        "label": _("%(first)d to %(last)d of %(total)d") % numbers,
        "previous_url": f"{address}{page.number - 1}" if page.has_previous() else "",
        "next_url": f"{address}{page.number + 1}" if page.has_next() else "",
    }
