"""What staff fill in: decisions on a request, filters of the queue, a request that came on paper."""

from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.due_marks import end_of_today
from accounts.forms.registration import IdentifyForm, RequestForm
from accounts.models import RegistrationRequest, User
from accounts.models.registration import RegistrationRequestQuerySet
from groups.models import EmployerGroup
from portal.fields import DayInput, LinesField, PlainTextField

State = RegistrationRequest.State
MOST_WORDS = 6  # of a search; more make it slow and no narrower
OTHER = "other"
# What an applicant reads on the status page, so in whole sentences.
REASONS: dict[str, Any] = {
    "authority": _("We could not confirm that you may act for this company."),
    "administrator": _(
        "This company has an administrator who can give you access. Ask them, not us."
    ),
    "details": _("What you told us differs from what we have on file for this company."),
    "no_group": _("We know no group by the ID you gave."),
    "ended": _("The group has no coverage with us any more."),
    "no_answer": _("We asked you for information and did not get it."),
}


class StaffTextField(LinesField):
    """Several lines from staff; line ends are those of Unix."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "class": "ep-input--full"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Count a line end as one character, however the browser sends it."""
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class VersionedForm(forms.Form):
    """A decision on the request as the person saw it; *version* says which state that was."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class QuestionForm(VersionedForm):
    """Ask the applicant."""

    question = StaffTextField(
        label=_("What do you need to know?"),
        help_text=_("The applicant reads this on the status page and answers there."),
        error_messages={"required": _("Write the question for the applicant.")},
    )


class DeclineForm(VersionedForm):
    """Decline, with a reason the applicant reads: a ready sentence, words of one's own, or both."""

    because = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *REASONS.items(), (OTHER, _("Another reason"))],
        error_messages={"required": _("Choose a reason.")},
    )
    text = StaffTextField(
        label=_("In your words"),
        required=False,
        help_text=_("The applicant reads the reason and this text on the status page."),
    )

    def clean(self) -> dict[str, Any]:
        """Put the two together as ``reason``; another reason must be written down."""
        cleaned: dict[str, Any] = super().clean() or {}
        because, text = cleaned.get("because"), cleaned.get("text", "")
        if because == OTHER and not text and "text" not in self.errors:
            self.add_error("text", ValidationError(_("Write down the reason."), code="required"))
        sentences = [str(REASONS.get(str(because), "")), text]
        cleaned["reason"] = "\n\n".join(filter(None, sentences))
        return cleaned


class NoteForm(forms.Form):
    """A note among staff."""

    text = StaffTextField(
        label=_("Internal note"),
        rows=3,
        error_messages={"required": _("Write the note.")},
    )


class LinkForm(VersionedForm):
    """Which group the applicant means, by its Group ID."""

    group = forms.CharField(max_length=6, error_messages={"required": _("Choose a group.")})

    def clean_group(self) -> EmployerGroup:
        """Return the group."""
        group = EmployerGroup.objects.filter(group_id=self.cleaned_data["group"].upper()).first()
        if group is None:
            raise ValidationError(_("We know no group by this ID."), code="unknown")
        return group


class GroupSearchForm(forms.Form):
    """Find a group by Group ID, Policyholder ID or name."""

    q = PlainTextField(
        label=_("Group ID, Policyholder ID or name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def apply(self, groups: QuerySet[EmployerGroup]) -> QuerySet[EmployerGroup]:
        """Return the groups that fit every word; none without words."""
        words = self.cleaned_data.get("q", "").split()[:MOST_WORDS] if self.is_valid() else []
        if not words:
            return groups.none()
        for word in words:
            groups = groups.filter(
                Q(group_id__istartswith=word)
                | Q(policyholder_id__istartswith=word)
                | Q(name__icontains=word)
                | Q(legal_name__icontains=word)
                | Q(dba__icontains=word)
            )
        return groups


class QueueFilterForm(forms.Form):
    """What part of the queue to show: what needs us, or with a search all requests, unless a state is chosen.

    A value that makes no sense is told at its field and not applied.
    """

    NEEDS_US: ClassVar[str] = "needs_us"
    ALL: ClassVar[str] = "all"
    LESS_USED: ClassVar[tuple[str, ...]] = ("group", "role", "region", "source")

    q = PlainTextField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            (NEEDS_US, _("Needs us")),
            *State.choices,
            (ALL, _("All requests")),
        ],
    )
    due = forms.ChoiceField(
        label=_("Due"),
        required=False,
        choices=[
            ("", _("Any time")),
            ("overdue", _("Overdue")),
            ("today", _("Today")),
            ("later", _("Later")),
        ],
    )
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("Any")), *RegistrationRequest.Role.choices],
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    source = forms.ChoiceField(
        label=_("Source"),
        required=False,
        choices=[("", _("Any")), *RegistrationRequest.Source.choices],
    )
    assigned = forms.ChoiceField(
        label=_("Assigned to"),
        required=False,
        choices=[("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody"))],
    )
    group = forms.ChoiceField(
        label=_("Group"),
        required=False,
        choices=[("", _("Any")), ("matched", _("Known")), ("unmatched", _("Not known"))],
    )

    def __init__(self, data: QueryDict) -> None:
        data = data.copy()
        if not data.get("state"):
            data["state"] = self.ALL if data.get("q") else self.NEEDS_US
        super().__init__(data)
        region: forms.ChoiceField = self.fields["region"]  # type: ignore[assignment]
        region.choices = [("", _("Any")), *settings.REGIONS]
        for field in self.fields.values():
            field.widget.attrs["class"] = "ep-input--small"
        self.full_clean()

    @property
    def more_chosen(self) -> bool:
        """Tell whether one of the less used filters is set, or wrong."""
        return any(self.chosen.get(name) or name in self.errors for name in self.LESS_USED)

    @property
    def chosen(self) -> dict[str, str]:
        """Return what narrows the queue, by field."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    @property
    def shown_state(self) -> str:
        """Return the state that is shown; what needs us in place of one that makes no sense."""
        return self.chosen.get("state", self.NEEDS_US)

    def apply(
        self, requests: RegistrationRequestQuerySet, *, user: User, now: datetime
    ) -> RegistrationRequestQuerySet:
        """Return the requests that fit."""
        chosen = self.chosen
        requests = requests.filter(_in_state(self.shown_state))
        if due := chosen.get("due"):
            requests = requests.filter(_DUE[due](now), state__in=RegistrationRequest.WITH_STAFF)
        for name in ("role", "region", "source"):
            if name in chosen:
                requests = requests.filter(**{name: chosen[name]})
        if assigned := chosen.get("assigned"):
            requests = requests.filter(assigned_to=user if assigned == "me" else None)
        if group := chosen.get("group"):
            requests = requests.filter(group__isnull=group == "unmatched")
        for word in chosen.get("q", "").split()[:MOST_WORDS]:
            requests = requests.filter(_holds(word))
        return requests


_DUE: dict[str, Any] = {
    "overdue": lambda now: Q(due_at__lt=now),
    "today": lambda now: Q(due_at__gte=now, due_at__lt=end_of_today(now)),
    "later": lambda now: Q(due_at__gte=end_of_today(now)),
}


def _in_state(state: str) -> Q:
    if state == QueueFilterForm.ALL:
        return Q()
    if state in State.values:
        return Q(state=state)
    return Q(state__in=RegistrationRequest.WITH_STAFF, repeat_of__isnull=True)


def _holds(word: str) -> Q:
    """Return what finds *word* in number, name, company, e-mail address or the ID of the group."""
    return (
        Q(number__istartswith=word)
        | Q(identifier__istartswith=word)
        | Q(group__group_id__istartswith=word)
        | Q(email__istartswith=word)
        | Q(officer_email__istartswith=word)
        | Q(first_name__istartswith=word)
        | Q(last_name__istartswith=word)
        | Q(company_legal_name__icontains=word)
        | Q(group__name__icontains=word)
    )


class PaperRequestForm(IdentifyForm, RequestForm):
    """A request that arrived on paper: group and applicant on one page, and the day it arrived."""

    received_on = forms.DateField(
        label=_("Received on"),
        required=False,
        help_text=_("Leave empty for today. The promise counts from this day."),
        widget=DayInput(attrs={"class": "ep-input--short"}),
        error_messages={"invalid": _("Enter a date, such as 11/17/2026.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("has_key", "email_again"):
            del self.fields[name]
        self.fields["identifier"].label = _("ID on the form")
        self.fields["identifier"].help_text = _("Group ID or Group Policyholder ID")
        self.fields["authority"].label = _("The statement of authority is on the form")
        self.fields["terms"].label = _("The form is signed below the Terms and Conditions")
        for field in self.fields.values():
            field.widget.attrs.pop("autocomplete", None)  # of the applicant, not of the clerk

    def clean_received_on(self) -> date | None:
        """Refuse a day to come, and one so long ago that it must be a typing error."""
        day: date | None = self.cleaned_data["received_on"]
        today = timezone.localdate()
        if day and day > today:
            raise ValidationError(_("This day is yet to come."), code="future")
        if day and (today - day).days > 365:
            raise ValidationError(_("This is more than a year ago. Check the year."), code="old")
        return day

    def details(self) -> dict[str, str]:
        """Return what ``submit_request`` takes of this form, the day apart."""
        kept = super().details()
        kept.pop("received_on", None)
        return kept

    @property
    def received_at(self) -> datetime | None:
        """Return the morning of the day it arrived, or None for now."""
        day = self.cleaned_data.get("received_on")
        if not day or day == timezone.localdate():
            return None
        return datetime.combine(day, time(9), tzinfo=ZoneInfo(settings.TIME_ZONE))
