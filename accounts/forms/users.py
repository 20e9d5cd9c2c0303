"""*Users with access*: search, filter and order of the list."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant
from accounts.models.grants import GrantQuerySet
from accounts.roles import EMERGENCY, ROLES

WORDS = 5  # of a search; more than a name has
NEEDS_REVIEW = "review"
STATUSES: tuple[tuple[str, str | Promise, Q], ...] = (
    ("", _("All"), Q()),
    ("active", _("Active"), Q(state=Grant.State.ACTIVE)),
    ("invited", _("Invited"), Q(state=Grant.State.PENDING)),
    ("deactivated", _("Deactivated"), Q(state=Grant.State.SUSPENDED)),
    (NEEDS_REVIEW, _("Needs your review"), Q(orphaned_at__isnull=False)),
)
_MATCHING = {key: condition for key, _label, condition in STATUSES}
SEARCHED = (
    "user__first_name", "user__last_name", "user__username", "user__email", "first_name", "last_name", "email",
)  # fmt: skip


_OF_CARRIER = Q(role=EMERGENCY.key) | Q(user__isnull=False, user__is_staff=True)


def _position(field: str, values: Iterable[str]) -> Case:
    """Return an expression that counts where *field* stands among *values*."""
    cases = (When(**{field: value}, then=Value(at)) for at, value in enumerate(values))
    return Case(*cases, default=Value(99), output_field=IntegerField())


def _either(name: str) -> Lower:
    """Return the person's own *name*, or the one they were invited by."""
    return Lower(Coalesce(NullIf(F(f"user__{name}"), Value("")), F(name)))


_STATES = (Grant.State.ACTIVE, Grant.State.PENDING, Grant.State.SUSPENDED)
_BY_NAME = (_either("last_name"), _either("first_name"), F("email"), F("pk"))
ORDERS: dict[str, tuple[Any, ...]] = {
    "name": _BY_NAME,
    "role": (_position("role", ROLES), *_BY_NAME),
    "status": (
        _position("state", _STATES),
        F("user__last_login").desc(nulls_last=True),
        *_BY_NAME,
    ),
    "ends": (F("ends_at"), *_BY_NAME),
}


@dataclass(frozen=True)
class Chip:
    """One filter by status, with how many it finds."""

    key: str
    label: str | Promise
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class SortLink:
    """The head of a column: the order it leads to, and how the list is ordered by it now."""

    key: str
    url: str
    aria_sort: str


class UserFilterForm(forms.Form):
    """What the list shows. Anything unreadable counts as not asked for."""

    q = forms.CharField(
        label=_("Find a person"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(required=False, choices=[(key, key) for key in _MATCHING])
    sort = forms.ChoiceField(
        required=False,
        choices=[(sign + key, key) for key in ORDERS for sign in ("", "-")],
    )

    EMPTY: ClassVar[dict[str, str]] = {"q": "", "status": "", "sort": ""}

    def chosen(self) -> dict[str, str]:
        """Return what was asked for and understood, by field."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.EMPTY}

    def search(self, grants: GrantQuerySet) -> GrantQuerySet:
        """Return the *grants* in whose name, user ID or e-mail address every word is found; none of the carrier's people.

        Employers do not read the names of those, so they cannot look for them either.
        """
        words = self.chosen()["q"].split()[:WORDS]
        if words:
            grants = grants.exclude(_OF_CARRIER)
        for word in words:
            found = Q()
            for field in SEARCHED:
                found |= Q(**{f"{field}__icontains": word})
            grants = grants.filter(found)
        return grants

    def apply(self, grants: GrantQuerySet) -> GrantQuerySet:
        """Return the *grants* of the chosen search and status, in the chosen order."""
        chosen = self.chosen()
        found = self.search(grants).filter(_MATCHING[chosen["status"]])
        return found.order_by(*self._order(chosen["sort"]))

    def chips(self, grants: GrantQuerySet) -> list[Chip]:
        """Return the filters by status with their counts within the search; one statement."""
        counts = self.search(grants).aggregate(
            **{key or "all": Count("pk", filter=condition) for key, _label, condition in STATUSES}
        )
        current = self.chosen()["status"]
        return [
            Chip(key, label, counts[key or "all"], self.query(status=key), key == current)
            for key, label, _condition in STATUSES
            if key in {"", "active", current} or counts[key]
        ]

    def sort_links(self) -> dict[str, SortLink]:
        """Return the heads of the columns by their key; a second use turns the order around."""
        current = self.chosen()["sort"] or "name"
        words = dict.fromkeys(ORDERS, "ascending") | {f"-{key}": "descending" for key in ORDERS}
        return {
            key: SortLink(
                key,
                self.query(sort=f"-{key}" if current == key else key),
                words[current] if current.removeprefix("-") == key else "",
            )
            for key in ORDERS
        }

    def query(self, **changes: str) -> str:
        """Return the query of the same list with *changes*, "?" included; "." when nothing is asked for."""
        asked = {name: value for name, value in {**self.chosen(), **changes}.items() if value}
        return f"?{urlencode(asked)}" if asked else "."

    def _order(self, sort: str) -> list[Any]:
        first, *rest = ORDERS[sort.removeprefix("-") or "name"]
        turned = first.desc(nulls_last=True) if sort.startswith("-") else first.asc(nulls_last=True)
        return [turned, *rest]
