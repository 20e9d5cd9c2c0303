"""What staff fill in, whatever it is about."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.fields import LinesField


class ReasonForm(forms.Form):
    """Why something is done. It goes into the history for good."""

    reason = LinesField(
        label=_("Reason"),
        max_length=500,
        min_length=10,
        help_text=_("Stays in the history for good. Name no member and nothing about health."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "ep-input--full"}),
        error_messages={
            "required": _("Write down the reason."),
            "min_length": _("Write at least 10 characters, so that a colleague understands."),
        },
    )
