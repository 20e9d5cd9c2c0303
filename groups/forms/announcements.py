"""What staff fill in: an announcement with the groups it is for, and who looks after a group."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from groups.models import EmployerGroup, TeamMember
from portal.calendar_days import require_plausible
from portal.fields import DayInput, LinesField, PlainTextField, say_what_is_missing

MOST_GROUPS = 2000  # named one by one; for more there are the other filters
NAMED = 5  # unknown IDs that the error names


class AnnouncementForm(forms.Form):
    """An announcement. Nothing ticked or named lets every group pass."""

    title = PlainTextField(
        label=_("Title"),
        max_length=120,
        help_text=_("Up to 120 characters. It is the subject of the email too."),
        widget=forms.TextInput(attrs={"class": "ep-input--full"}),
    )
    text = LinesField(
        label=_("Text"),
        max_length=4000,
        help_text=_("Plain text; an empty line begins a paragraph. Name no person and no group."),
        widget=forms.Textarea(attrs={"rows": 8, "class": "ep-input--full"}),
    )
    starts_on = forms.DateField(
        label=_("First day"),
        validators=[require_plausible],
        widget=DayInput(attrs={"class": "ep-input--short"}),
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        validators=[require_plausible],
        help_text=_("Leave empty to show it until you take it back."),
        widget=DayInput(attrs={"class": "ep-input--short"}),
    )
    markets = forms.MultipleChoiceField(
        label=_("Markets"),
        required=False,
        choices=EmployerGroup.Market.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    regions = forms.MultipleChoiceField(
        label=_("Regions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    statuses = forms.MultipleChoiceField(
        label=_("Status of the group"),
        required=False,
        choices=EmployerGroup.Status.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    group_ids = LinesField(
        label=_("Group IDs"),
        required=False,
        max_length=MOST_GROUPS * 8,
        help_text=_("Only these groups, separated by commas or lines. Leave empty for all."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "ep-input--full"}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)  # of the draft shown
    by_email = forms.BooleanField(
        label=_("Also send it by email"),
        required=False,
        help_text=_("To everybody with access to these groups who wants announcements by email."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions: forms.MultipleChoiceField = self.fields["regions"]  # type: ignore[assignment]
        regions.choices = settings.REGIONS
        say_what_is_missing(
            self,
            {
                "title": _("Enter a title."),
                "text": _("Write what you want to announce."),
                "starts_on": _("Enter the first day."),
            },
        )

    def clean_version(self) -> int:
        """Return 0 for a draft that is not there yet."""
        return self.cleaned_data["version"] or 0

    def clean_text(self) -> str:
        """Count a line end as one character, however the browser sends it."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")

    def clean_group_ids(self) -> list[str]:
        """Return the IDs in order, each once; refuse those we do not know."""
        named = re.split(r"[\s,;]+", str(self.cleaned_data["group_ids"]).upper())
        wanted = sorted({one for one in named if one})
        found = EmployerGroup.objects.filter(group_id__in=wanted)
        unknown = sorted(set(wanted) - set(found.values_list("group_id", flat=True)))
        if unknown:
            words = ngettext(
                "We know no group with this ID: %(ids)s.",
                "We know no groups with these IDs: %(ids)s.",
                len(unknown),
            )
            more = "" if len(unknown) <= NAMED else ", …"
            raise ValidationError(
                words % {"ids": ", ".join(unknown[:NAMED]) + more}, code="unknown"
            )
        return wanted

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first one."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error(
                "ends_on", ValidationError(_("This is before the first day."), code="order")
            )
        return cleaned


class TeamForm(forms.Form):
    """One of the carrier's people for each duty, or nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = get_user_model().objects.filter(is_staff=True, is_active=True)
        for duty, label in TeamMember.Duty.choices:
            self.fields[duty] = forms.ModelChoiceField(
                label=label,
                required=False,
                queryset=staff.order_by("last_name", "first_name", "pk"),
                empty_label=_("Nobody"),
            )
