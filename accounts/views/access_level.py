"""What adding a user and changing access have in common: the form of an access level, and its words."""

from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.actions import delegation
from accounts.authority import grant_of
from accounts.forms.access import AccessForm, added_to
from accounts.models import Grant, User
from accounts.roles import ROLES
from groups.access import GroupRequest
from groups.models import EmployerGroup
from portal import htmx


def giver_of(request: GroupRequest) -> Grant:
    """Return the grant that the person gives from; raises PermissionDenied when it ended a moment ago."""
    giver = grant_of(request.group, cast("User", request.user))
    if giver is None:
        raise PermissionDenied(_("Your own access to this group has ended."))
    return giver


def form_for(request: GroupRequest, data: Any, **kwargs: Any) -> AccessForm:
    """Return the form of what the person may give in this group, filled with *data* (None: not sent)."""
    units = list(request.group.subgroup_set.all())
    return AccessForm(data, giver=giver_of(request), units=units, **kwargs)


def level_context(request: GroupRequest, form: AccessForm) -> dict[str, Any]:
    """Return the form with its plain words; while it is being filled in, as its parts go together."""
    if not htmx.asks_for(request, "plain-words"):
        values = form.typed() if form.is_bound else form.initial
        return {"form": form, "words": form.plain_words(values)}
    changed = request.POST.get("changed", "")
    again = form.again(form.follow(changed))
    return {
        "form": again,
        "words": again.plain_words(again.initial),
        "added": added_to(form.typed()["atoms"]) if changed == "atoms" else "",
        "is_partial": True,
    }


def choice_context(form: AccessForm) -> dict[str, Any]:
    """Return what a valid form gives, for the review page."""
    chosen = form.chosen()
    return {
        "chosen": chosen,
        "chosen_role": ROLES[chosen["role"]].label,
        "unit_names": form.unit_names(chosen["units"] or ()),
        "unit_codes": form.unit_codes(chosen["units"] or ()),
        "words": form.plain_words(form.typed()),
        "added": form.added(),
    }


def record_overstep(
    request: GroupRequest,
    form: AccessForm,
    target: EmployerGroup | Grant,
    what: str,
    *,
    whom: Mapping[str, Any] | None = None,
) -> None:
    """Write down a hand-made request for what *form* does not offer; the form itself says so to the person.

    *whom* are the arguments of the action *what* that say for whom.
    """
    if request.method != "POST" or htmx.asks_for(request, "plain-words"):
        return
    if form.is_bound and form.oversteps:
        wanted = {**form.asked(), **(whom or {})}
        delegation.record_refusal(what, target, by=cast("User", request.user), wanted=wanted)
