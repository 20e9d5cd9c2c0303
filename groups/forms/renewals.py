"""What people fill in about a renewal: the acceptance, a question, a file of drafts."""

from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from groups.actions.renewals import Draft, Offered
from groups.forms.staff import ReasonForm
from groups.forms.transactions import VersionForm
from groups.models import EmployerGroup, Plan
from groups.renewal_files import COLUMNS, Written, WrongLineError, read_line
from portal.csv_lists import Line
from portal.fields import LinesField, say_what_is_missing
from portal.list_upload import ListUploadForm

if TYPE_CHECKING:
    from datetime import date

MOST_PROBLEMS = 20  # told at once
Problem = tuple[int, Any]  # number of the line, words
NO_GROUP = _("Group: We know no such group.")
NO_PLAN, NO_NEW_PLAN = _("Plan: We know no such plan."), _("New plan: We know no such plan.")
OTHER_DAYS = _(
    "Available on and Respond by are other days than in line %(line)d, of the same renewal."
)
TWICE = _("This plan and tier stand there twice.")
UNTRUSTED = _("This line has too many or too long cells, or invisible characters.")

ATTESTATION = _(
    "I am authorized to accept this renewal for the company, and I accept the plans and rates shown here."
)


class WithdrawForm(VersionForm, ReasonForm):
    """Why a renewal is taken back, and in which state it was looked at."""


class _KeyedForm(forms.Form):
    """A form that is sent once, however often its button is pressed."""

    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"form_key": uuid4()})


class AcceptForm(_KeyedForm):
    """The attestation, about the renewal in the state that the page shows."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    attested = forms.BooleanField(
        label=ATTESTATION,
        error_messages={"required": _("Confirm that you are authorized to accept this renewal.")},
    )


class QuestionForm(_KeyedForm):
    """A question to the carrier."""

    question = LinesField(
        label=_("Your question"),
        max_length=2000,
        help_text=_("Name no member and nothing about health."),
        widget=forms.Textarea(attrs={"rows": 6, "class": "ep-input--full"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        say_what_is_missing(self, {"question": _("Write your question.")})


class RenewalFileForm(ListUploadForm):
    """Renewals to draft, a line for each group, plan and tier; ``drafts`` is what the file holds."""

    columns = COLUMNS
    labels: ClassVar[dict[str, Any]] = {
        "group": _("Group"),
        "renewal_date": _("Renewal date"),
        "available_on": _("Available on"),
        "respond_by": _("Respond by"),
        "plan": _("Plan"),
        "new_plan": _("New plan"),
        "tier": _("Tier"),
        "amount": _("Current rate"),
        "new_amount": _("Renewal rate"),
        "contracts": _("Contracts"),
    }
    meanings: ClassVar[dict[str, Any]] = {
        "group": _("Group ID of a small group"),
        "renewal_date": _("first day of the new rates, such as 1/1/2027"),
        "available_on": _("first day on which the group sees the renewal"),
        "respond_by": _("last day to accept, not after the renewal date"),
        "plan": _("code of the plan the group has"),
        "new_plan": _("code of the plan that follows; may be missing or empty when the plan stays"),
        "tier": _("EE, ES, EC or FAM"),
        "amount": _("dollars a month now, such as 530.58"),
        "new_amount": _("dollars a month from the renewal date on"),
        "contracts": _("number of contracts with this plan and tier today"),
    }
    drafts: list[Draft]

    @classmethod
    def described(cls) -> list[tuple[Any, Any]]:
        """Return heading and meaning of every column, in words."""
        return [(label, cls.meanings[name]) for name, label in cls.labels.items()]

    def clean(self) -> dict[str, Any]:
        """Read every line; say of each that means nothing what is wrong with it."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            problems: list[Problem] = []
            lines = [one for row in self.found.rows if (one := self._read(row, problems))]
            self.drafts = _drafts(lines, problems)
            for number, words in sorted(problems, key=itemgetter(0))[:MOST_PROBLEMS]:
                self.add_error("file", _said(number, words))
        return cleaned

    def _read(self, row: Line, problems: list[Problem]) -> tuple[int, Written] | None:
        """Return number and meaning of a line; None after adding to *problems* why it has none."""
        if row.problem:
            problems.append((row.number, UNTRUSTED))
            return None
        try:
            return row.number, read_line(row.cells)
        except WrongLineError as error:
            for cell in error.cells:
                label = self.labels.get(cell.column, "")
                problems.append((row.number, f"{label}: {cell.message}"))
            return None


def _drafts(lines: list[tuple[int, Written]], problems: list[Problem]) -> list[Draft]:
    """Return a draft for each group and renewal.

    Adds to *problems* what nobody knows, what stands there twice, and days on which lines of a renewal disagree.
    """
    groups = _known(EmployerGroup, "group_id", {line.group for _number, line in lines})
    plans = _known(Plan, "code", {c for _number, line in lines for c in (line.plan, line.new_plan)})
    offered: dict[tuple[EmployerGroup, date], dict[Any, Offered]] = {}
    heads: dict[tuple[EmployerGroup, date], tuple[int, Written]] = {}
    for number, line in lines:
        unknown = [
            words
            for words, found in (
                (NO_GROUP, groups.get(line.group)),
                (NO_PLAN, plans.get(line.plan)),
                (NO_NEW_PLAN, line.new_plan == line.plan or plans.get(line.new_plan)),
            )
            if found is None
        ]
        problems += [(number, words) for words in unknown]
        if unknown:
            continue
        place = groups[line.group], line.days[0]
        first, head = heads.setdefault(place, (number, line))
        if line.days != head.days:
            problems.append((number, OTHER_DAYS % {"line": first}))
        kept = offered.setdefault(place, {})
        plan, new_plan = plans[line.plan], plans[line.new_plan]
        if (plan, line.tier) in kept:
            problems.append((number, TWICE))
        kept[plan, line.tier] = Offered(
            plan, new_plan, line.tier, line.amount, line.new_amount, line.contracts
        )
    return [
        Draft(group, *heads[group, day][1].days, list(kept.values()))
        for (group, day), kept in offered.items()
    ]


def _known(model: Any, field: str, names: set[str]) -> dict[str, Any]:
    return {getattr(row, field): row for row in model.objects.filter(**{f"{field}__in": names})}


def _said(number: int, words: Any) -> str:
    return str(_("Line %(line)d: %(words)s")) % {"line": number, "words": words}
