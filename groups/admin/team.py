"""Who looks after a group, on the staff side: shown on the group's page, changed on a page of its own."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from groups.actions.team import Person, set_team
from groups.forms.announcements import TeamForm
from groups.models import EmployerGroup, TeamMember

CHANGE = "groups.change_teammember"


def team_of(group: EmployerGroup) -> list[dict[str, Any]]:
    """Return every duty in words, with who has it and whether the group is shown them; one statement."""
    found = TeamMember.objects.filter(group=group).select_related("person")
    people = {member.duty: member.person for member in found}
    shown = {duty for duty, person in people.items() if person.is_active and person.is_staff}
    return [
        {"duty": label, "person": people.get(duty), "is_shown": duty in shown}
        for duty, label in TeamMember.Duty.choices
    ]


def change_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who looks after a group."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    group = get_object_or_404(EmployerGroup, pk=pk)
    current = dict(TeamMember.objects.filter(group=group).values_list("duty", "person"))
    form = TeamForm(request.POST if request.method == "POST" else None, initial=current)
    page = reverse("admin:groups_employergroup_change", args=[pk])
    if form.is_valid():
        changed = set_team(group, form.cleaned_data, by=cast("Person", request.user))
        messages.success(request, _("Saved.") if changed else _("Nothing was different."))
        return redirect(page)
    context = {"form": form, "group": group, "back": page}
    return render(request, "admin/groups/employergroup/team_form.html", context)
