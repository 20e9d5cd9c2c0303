"""Which brokers are meant: found in the directory by agency, NPN or e-mail address."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Broker
from portal.fields import PlainTextField

FEWEST_LETTERS = 2  # a single one would list half the directory
MOST_AT_ONCE = 20


class SearchForm(forms.Form):
    """What to look for in the directory of brokers."""

    search = PlainTextField(
        label=gettext_lazy("Agency, NPN or broker’s email address"),
        max_length=254,
        help_text=gettext_lazy(
            "The beginning of the agency’s name; or a whole NPN or email address."
        ),
        error_messages={
            "required": gettext_lazy("Enter the agency’s name, an NPN or an email address.")
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_search(self) -> str:
        """Return the text with single spaces, if there is enough of it to look for."""
        text = " ".join(str(self.cleaned_data["search"]).split())
        if len(text) < FEWEST_LETTERS:
            raise ValidationError(_("Enter at least 2 characters."))
        return text


class ChooseBrokersForm(SearchForm):
    """The brokers chosen among those found."""

    brokers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Brokers"),
        queryset=Broker.objects.none(),
        error_messages={
            "required": gettext_lazy("Choose at least one broker."),
            "invalid_choice": gettext_lazy("Choose brokers from this list."),
            "invalid_pk_value": gettext_lazy("Choose brokers from this list."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["search"].required = False  # it found its brokers already
        brokers: forms.ModelMultipleChoiceField[Broker] = self.fields["brokers"]  # type: ignore[assignment]
        brokers.queryset = Broker.objects.select_related("agency").order_by("pk")

    def clean_search(self) -> str:
        """Return the text that found them."""
        return " ".join(str(self.cleaned_data["search"]).split())

    def clean_brokers(self) -> list[Broker]:
        """Refuse brokers of a stopped agency, and more than anybody means."""
        brokers = list(self.cleaned_data["brokers"])
        if any(broker.agency.stopped_at for broker in brokers):
            raise ValidationError(_("We have stopped all access of this agency. Call us about it."))
        if len(brokers) > MOST_AT_ONCE:
            raise ValidationError(
                _("Choose at most %(most)d brokers at once.") % {"most": MOST_AT_ONCE}
            )
        return brokers
