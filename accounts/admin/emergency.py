"""Emergency access to a group: one hour, with a reason, and the group hears of it."""

from functools import partial
from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions.emergency import break_glass, end_emergency
from accounts.admin.confirm import Question, ask, require
from accounts.models import Grant, User
from accounts.staff_roles import BREAK_GLASS
from groups.models import EmployerGroup

GROUP_PAGE = "admin:groups_employergroup_change"


def open_group(request: HttpRequest, group_pk: int) -> HttpResponse:
    """Ask for the reason, open the group for an hour and lead into it."""
    require(request, BREAK_GLASS)
    group = get_object_or_404(EmployerGroup, pk=group_pk)
    mine = Grant.objects.in_force().filter(group=group, user=cast("User", request.user)).first()
    question = Question(
        title=_("Emergency access to %(group)s") % {"group": group.name},
        lead=_("For one hour you work in the employer’s pages as if you had a grant there."),
        button=_("Open for one hour"),
        crumbs=[
            (reverse("admin:groups_employergroup_changelist"), _("Groups")),
            (reverse(GROUP_PAGE, args=[group.pk]), str(group)),
        ],
        effects=[
            ("clock", _("It ends by itself after one hour. You can end it before.")),
            ("mail", _("Every primary administrator of the group gets an email now.")),
            ("history", _("The group reads your reason in its history.")),
            (
                "ban",
                _("You cannot make payments, manage users, or see full Social Security numbers."),
            ),
        ],
        blocked=_("You have access to this group already.") if mine else "",
        after=reverse("group_home", args=[group.slug]),
    )
    return ask(
        request,
        question,
        act=partial(break_glass, group),
        done=lambda _grant: _("Open. The primary administrators have been told."),
    )


def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one's own emergency access now; leads back to the group on the staff side."""
    require(request, BREAK_GLASS)
    grant = get_object_or_404(Grant, pk=pk)
    if request.method == "POST":
        try:
            end_emergency(grant, by=cast("User", request.user))
            messages.success(request, _("Your emergency access has ended."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect(GROUP_PAGE, grant.group_id)
