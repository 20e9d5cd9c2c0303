"""What part of a history of transactions to show, and why one is taken back."""

from collections.abc import Collection, Iterable
from typing import ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from groups.models import Subgroup, Transaction
from groups.transaction_history import BY, carrier_staff
from groups.transaction_kinds import open_to
from portal.fields import LinesField
from portal.filters import DaysFilterForm

NOBODY, STAFF = "portal", "staff"
WHOLE = "group"  # what is of no billing unit


class HistoryFilterForm(DaysFilterForm):
    """Days of submitting, kind, status, and how the name of a member begins; *granted* opens the kinds."""

    kind = forms.ChoiceField(label=_("Type"), required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Every status")), *Transaction.Status.choices],
    )
    member = forms.CharField(
        label=_("Member"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict, *, granted: Iterable[str]) -> None:
        super().__init__(data)
        kinds = [(kind.code, kind.label) for kind in open_to(granted)]
        self.offer("kind", [("", _("Every type")), *kinds])
        self.prepare()
        self.full_clean()

    def prepare(self) -> None:
        """Offer what only a form of a narrower kind has."""

    def clean_member(self) -> str:
        """Fold the name as the rows have it."""
        return " ".join(str(self.cleaned_data["member"]).split())

    def apply(self, found: QuerySet[Transaction]) -> QuerySet[Transaction]:
        """Return the transactions that fit."""
        chosen = self.chosen
        found = found.filter(self.days(BY))
        if kind := chosen.get("kind"):
            found = found.filter(kind=kind)
        if status := chosen.get("status"):
            found = found.filter(status=status)
        if member := chosen.get("member"):
            found = found.filter(of_member(member))
        return found


class TransactionFilterForm(HistoryFilterForm):
    """The same in one group, with the billing unit and who submitted.

    *submitters* are the ids of those who can be chosen, *units* the billing units open to the person; where *is_whole*,
    what is of none can be chosen too.
    """

    FIELDS: ClassVar[tuple[str, ...]] = (
        "first_day", "last_day", "kind", "status", "unit", "who", "member",
    )  # fmt: skip
    field_order = FIELDS

    unit = forms.ChoiceField(label=_("Billing unit"), required=False)
    who = forms.ChoiceField(label=_("Submitted by"), required=False)

    def __init__(
        self,
        data: QueryDict,
        *,
        granted: Iterable[str],
        submitters: Collection[int],
        units: Iterable[Subgroup],
        is_whole: bool,
    ) -> None:
        self.submitters, self.is_whole = submitters, is_whole
        self.units = {unit.code: unit for unit in units}
        super().__init__(data, granted=granted)

    def prepare(self) -> None:
        """Offer the billing units; the people by name, then the carrier's people and the portal."""
        none = [(WHOLE, _("None, the whole group"))] if self.is_whole else []
        named = [(code, str(unit)) for code, unit in self.units.items()]
        self.offer("unit", [("", _("All")), *named, *none])
        users = get_user_model().objects.filter(pk__in=self.submitters)
        people = list(users.only("first_name", "last_name", "username", "is_staff"))
        names = [(str(person.pk), str(person)) for person in people if not person.is_staff]
        names.sort(key=lambda choice: choice[1].casefold())
        self.offer("who", [("", _("Everybody")), *names, (STAFF, carrier_staff()), (NOBODY, _("The portal"))])  # fmt: skip
        self.staff = [person.pk for person in people if person.is_staff]

    def apply(self, found: QuerySet[Transaction]) -> QuerySet[Transaction]:
        """Return the transactions that fit."""
        found = super().apply(found)
        if unit := self.chosen.get("unit"):
            found = found.filter(subgroup=self.units.get(unit))
        who = self.chosen.get("who")
        if not who:
            return found
        if who == NOBODY:
            return found.filter(submitted_by=None)
        return found.filter(submitted_by__in=self.staff if who == STAFF else [int(who)])


class VersionForm(forms.Form):
    """Nothing but the version of a transaction that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class TakeBackForm(VersionForm):
    """Why a transaction is taken back, if somebody wants to say."""

    reason = LinesField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_(
            "Your colleagues and we can read it. Leave it empty if there is nothing to say."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RejectForm(VersionForm):
    """Why we do not carry a transaction out; for staff, read by the employer."""

    reason = LinesField(
        label=_("Reason"),
        max_length=500,
        help_text=_("The employer reads it. Say what is wrong and what they can do."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why. The employer reads it.")},
    )


class AnswerForm(VersionForm):
    """What we answer; for staff, read by the employer."""

    answer = LinesField(
        label=_("Answer"),
        max_length=2000,
        help_text=_(
            "The employer reads it on the transaction. Name no member and nothing about health."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write the answer. The employer reads it.")},
    )


def of_member(text: str) -> Q:
    """Return what finds transactions about a member whose name begins with *text*: "Castillo, O" or "Owen Castillo".

    A range, and not LIKE: row-level security lets PostgreSQL use the index for that alone.
    """
    last, comma, first = text.casefold().partition(",")
    prefixes = [f"{last.strip()}, {first.strip()}" if comma else text.casefold()]
    words = text.casefold().split()
    if not comma and len(words) > 1:
        prefixes.append(f"{words[-1]}, {' '.join(words[:-1])}")
    found = Q()
    for prefix in prefixes:
        found |= Q(member_search__gte=prefix, member_search__lt=f"{prefix}\U0010ffff")
    return found
