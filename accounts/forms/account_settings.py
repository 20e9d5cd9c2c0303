"""Which letters about a group somebody wants."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import GroupPreference

Letters = GroupPreference.Letters


class LettersForm(forms.Form):
    """A box for each kind of letter that may be switched off, named by its kind; ticked is wanted.

    Only primary administrators get copies about other people's access.
    """

    announcements = forms.BooleanField(
        label=_("Announcements"),
        required=False,
        help_text=_("Those that we also send by email. All of them stand on your home page."),
    )
    decisions = forms.BooleanField(
        label=_("Decisions about changes you submitted"),
        required=False,
        help_text=_("When we complete or reject a change, or a colleague takes it back."),
    )
    access_copies = forms.BooleanField(
        label=_("Copies of notices about other people’s access"),
        required=False,
        help_text=_(
            "When somebody gives, changes or takes away access to the group. If no primary administrator wants them, "
            "all of you get them: somebody must know."
        ),
    )

    def __init__(self, data: Any, *, muted: Collection[str], is_primary: bool) -> None:
        self.before, self.is_primary = frozenset(muted), is_primary
        super().__init__(data, initial={kind: kind not in muted for kind in Letters.values})
        if not is_primary:
            del self.fields["access_copies"]

    def muted(self) -> list[str]:
        """Return the kinds that are switched off; of those not asked about, as before."""
        return [
            kind
            for kind in Letters.values
            if (not self.cleaned_data[kind] if kind in self.fields else kind in self.before)
        ]
