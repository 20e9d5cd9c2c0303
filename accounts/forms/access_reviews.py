"""One answer of the access review."""

from django import forms

from accounts.models import AccessReviewItem


class DecisionForm(forms.Form):
    """Keep or remove one person; *version* says which state of their access was shown."""

    grant = forms.UUIDField()
    decision = forms.ChoiceField(choices=AccessReviewItem.Decision.choices)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
