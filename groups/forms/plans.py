"""What staff fill in about a plan of the carrier."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from groups.models import Plan
from portal.calendar_days import require_plausible
from portal.fields import DayInput, PlainTextField, say_what_is_missing

NONE = ("", _("None"))


class PlanFields(forms.Form):
    """What is said about every plan."""

    name = PlainTextField(label=_("Name"), max_length=80)
    product = forms.ChoiceField(
        label=_("Product"), choices=[NONE, *Plan.Product.choices], required=False
    )
    metal = forms.ChoiceField(
        label=_("Metal level"), choices=[NONE, *Plan.Metal.choices], required=False
    )
    hios_id = PlainTextField(
        label=_("HIOS ID"),
        max_length=17,
        required=False,
        help_text=_("14 characters, and a variant if there is one: 86052DC0480005-01."),
        validators=[
            RegexValidator(
                r"^[0-9]{5}[A-Z]{2}[0-9]{7}(-[0-9]{2})?$",
                _("A HIOS ID is 5 digits, 2 letters of the state, 7 digits, and maybe -01."),
            )
        ],
    )
    pcp_required = forms.BooleanField(
        label=_("Each member chooses a primary care provider"), required=False
    )
    dependent_age_limit = forms.IntegerField(
        label=_("Children are covered to age"),
        min_value=18,
        max_value=30,
        initial=26,
        widget=forms.NumberInput(attrs={"class": "ep-input--tiny"}),
    )
    age_limit_ends = forms.ChoiceField(
        label=_("Their coverage ends"),
        choices=Plan.AgeLimitEnds.choices,
        initial=Plan.AgeLimitEnds.END_OF_MONTH,
    )
    effective_date = forms.DateField(
        label=_("First day"), validators=[require_plausible], widget=DayInput()
    )
    term_date = forms.DateField(
        label=_("Last day"),
        required=False,
        validators=[require_plausible],
        help_text=_("Leave empty while the plan is open. Nobody is offered it after that day."),
        widget=DayInput(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {
            "code": _("Enter the plan code."),
            "name": _("Enter the name of the plan."),
            "effective_date": _("Enter the first day."),
            "dependent_age_limit": _("Enter an age."),
        }
        say_what_is_missing(self, words)

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("effective_date"), cleaned.get("term_date")
        if first and last and last < first:
            self.add_error("term_date", _("Choose a day on or after the first one."))
        return cleaned


class PlanForm(PlanFields):
    """What may be corrected at any time, for it changes no rate and no offer; *version* is what the page has shown."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class NewPlanForm(PlanFields):
    """A new plan: its code and line of coverage stay for good."""

    code = PlainTextField(
        label=_("Plan code"),
        max_length=20,
        help_text=_("Capitals, digits and hyphens. It cannot be changed later."),
        widget=forms.TextInput(attrs={"class": "ep-input--short", "autocomplete": "off"}),
        validators=[
            RegexValidator(
                r"^[A-Z0-9][A-Z0-9-]{1,19}$", _("Use 2 to 20 capitals, digits and hyphens.")
            )
        ],
    )
    line = forms.ChoiceField(label=_("Line of coverage"), choices=Plan.Line.choices)
    field_order = ["code", "name", "line"]
