"""Account settings: which letters about one group a person wants."""

from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.preferences import choose_letters
from accounts.authority import grant_of
from accounts.forms.account_settings import LettersForm
from accounts.models import GroupPreference, User
from groups.access import GroupRequest, group_view
from portal import htmx


@require_http_methods(["GET", "POST"])
@group_view("group_view", after_end=True)
def account_settings(request: GroupRequest) -> HttpResponse:
    """Show and change which letters about the group come to the person's own address.

    Nobody sees the settings of the person as whom they view the group.
    """
    me = cast("User", request.user)
    grant = grant_of(request.group, me)
    own = GroupPreference.objects.filter(group=request.group, user=me).first()
    form = LettersForm(
        request.POST if request.method == "POST" else None,
        muted=own.muted if own else [],
        is_primary=bool(grant and grant.is_primary),
    )
    if form.is_valid():
        changed = choose_letters(request.group, muted=form.muted(), by=me)
        words = _("Your settings are saved.") if changed else _("Nothing was different.")
        messages.success(request, words)
        return htmx.redirect(request, "accounts:account_settings", request.group.slug)
    context = {"group": request.group, "form": form, "is_primary": form.is_primary}
    return htmx.render(request, "accounts/account_settings.html", context)
