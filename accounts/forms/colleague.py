"""Forms about one user of a group."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actions.hand_over import LEAVES
from accounts.forms.profile import ProfileForm
from accounts.roles import ADMINISTRATOR, COLLEAGUE_ROLES
from portal.fields import say_what_is_missing
from portal.forms import ChoiceTiles

_NOTHING = "nothing"  # radio buttons have no empty choice


class VersionForm(forms.Form):
    """Which state of a grant the page showed."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class ColleagueForm(ProfileForm):
    """Particulars of somebody else; the browser must not offer one's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["title"].help_text = _("For example benefits manager")
        say_what_is_missing(
            self,
            {"first_name": _("Enter the first name."), "last_name": _("Enter the last name.")},
        )


class OfferForm(forms.Form):
    """What a primary administrator keeps after the hand-over; field name as in ``offer_hand_over``."""

    keeps_role = forms.ChoiceField(
        label=_("What do you keep?"),
        choices=[
            *((role.key, role.label) for role in COLLEAGUE_ROLES),
            (_NOTHING, _("Nothing: I leave the group")),
        ],
        initial=ADMINISTRATOR.key,
        error_messages={"required": _("Choose what you keep.")},
        widget=ChoiceTiles(
            hints={
                **{role.key: role.hint for role in COLLEAGUE_ROLES},
                _NOTHING: _("Your access to this group ends when the offer is accepted"),
            }
        ),
    )

    def clean_keeps_role(self) -> str:
        """Return the key of a role, or LEAVES."""
        chosen: str = self.cleaned_data["keeps_role"]
        return LEAVES if chosen == _NOTHING else chosen


class AnswerForm(forms.Form):
    """Which offer is answered, and how."""

    offer = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    answer = forms.ChoiceField(
        choices=[("accept", "accept"), ("decline", "decline"), ("take_back", "take back")]
    )
