"""The button of the page "no access": ask the primary administrators for the right that is missing."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actions import asking
from groups.access import GroupRequest, group_view
from portal import htmx, throttle

if TYPE_CHECKING:
    from accounts.models import User

ASKED_A_DAY = 10


@require_POST
@group_view("group_view")
def ask_for_right(request: GroupRequest) -> HttpResponse:
    """Send the question and go home; asked again it says the same."""
    user = cast("User", request.user)
    throttle.limit("ask-for-right", f"user:{user.pk}", tries=ASKED_A_DAY, seconds=86400)
    try:
        asking.ask_for_right(request.group, atom=request.POST.get("right", ""), by=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request, _("We told your primary administrator by email what you asked for.")
        )
    return htmx.redirect(request, "group_home", request.group.slug)
