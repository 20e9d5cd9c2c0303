"""*Change access* of somebody with access or invited: the access level, then before and after."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.actions import delegation
from accounts.authority import access_of, may_touch
from accounts.forms.access import AccessForm, values_of
from accounts.models import Grant, User
from accounts.plain_words import in_short
from accounts.roles import EMERGENCY
from accounts.user_rows import few, units_in_words, visible_grants
from accounts.views.access_level import (
    choice_context,
    form_for,
    giver_of,
    level_context,
    record_overstep,
)
from accounts.views.confirmations import confirmed
from accounts.visit import fingerprint
from groups.access import GroupRequest, group_view
from groups.atoms import AREAS, LABELS
from portal import htmx

DRAFT = "change_access"


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def change_access(request: GroupRequest, key: UUID) -> HttpResponse:
    """Choose another access level; prefilled with what is in force, or with what was typed a step before."""
    grant = _grant(request, key)
    if refusal := _refusal(request, grant):
        return refusal
    if "cancel" in request.POST:
        drafts.forget(request.session, DRAFT, str(key))
        return redirect("accounts:manage_users", request.group.slug)
    form = _form(request, grant, request.POST or None)
    if request.method == "GET" or htmx.asks_for(request, "plain-words"):
        return _level_page(request, grant, form)
    if request.POST.get("version") != str(grant.version):
        return _level_page(request, grant, form, stale=True)
    if form.is_valid() and _same(form, grant):
        form.add_error(None, _("This is the access that is in force. Change something, or cancel."))
    if not form.is_valid():
        return _level_page(request, grant, form)
    drafts.keep(request.session, DRAFT, str(key), access=form.typed(), version=grant.version)
    return redirect("accounts:change_access_review", request.group.slug, key)


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def change_access_review(request: GroupRequest, key: UUID) -> HttpResponse:
    """Compare before and after, then change; refused when somebody else changed it meanwhile."""
    grant = _grant(request, key)
    if refusal := _refusal(request, grant):
        return refusal
    draft = drafts.read(request.session, DRAFT, str(key))
    if not draft:
        return _nothing_waits(request, grant)
    form = _form(request, grant, draft["access"])
    if draft["version"] != grant.version:
        return _level_page(request, grant, form, stale=True)
    if not form.is_valid():
        return _level_page(request, grant, form)
    shown = fingerprint({**form.chosen(), "version": grant.version})
    changed = request.POST.get("shown", shown) != shown
    if request.method == "POST" and not changed:
        return _submit(request, grant, form, shown)
    return _review_page(request, grant, form, {"shown": shown, "changed": changed})


def _submit(request: GroupRequest, grant: Grant, form: AccessForm, shown: str) -> HttpResponse:
    by = cast("User", request.user)
    try:
        delegation.change_access(grant, **form.chosen(), version=grant.version, by=by)
    except ValidationError as error:
        if getattr(error, "code", "") == "stale":
            return _level_page(request, _grant(request, grant.key), form, stale=True)
        problem = " ".join(error.messages)
        return _review_page(request, grant, form, {"shown": shown, "problem": problem})
    drafts.forget(request.session, DRAFT, str(grant.key))
    words = _("The access of %(person)s is changed. An email has been sent to them.")
    messages.success(request, confirmed(request, words % {"person": grant.person}))
    return redirect("accounts:manage_users", request.group.slug)


def _grant(request: GroupRequest, key: UUID) -> Grant:
    """Return the open grant of this group with *key*; raises Http404 for one that the person may not know of."""
    seen = visible_grants(request.group, request.units, request.user.pk or 0, timezone.now())
    found = seen.with_units().select_related("user", "group", "agency")
    return get_object_or_404(found, key=key)


def _refusal(request: GroupRequest, grant: Grant) -> HttpResponse | None:
    """Return nothing where the person may change *grant*; else refuse with the reason, a POST on record."""
    giver = giver_of(request)
    if may_touch(giver, grant):
        return None
    reason = _reason(giver, grant)
    if request.method == "GET":
        raise PermissionDenied(reason)
    # Not raised: that would roll back the record.
    delegation.record_refusal("change_access", grant, by=cast("User", request.user))
    return render(request, "403.html", {"reason": reason}, status=403)


def _reason(giver: Grant, grant: Grant) -> str:
    if giver.pk == grant.pk:
        return _("You cannot change your own access.")
    if grant.role == EMERGENCY.key:
        return _("This is emergency access of ours. It ends by itself.")
    words = _("The access of %(person)s is wider than yours, so you cannot change it.")
    return words % {"person": grant.person}


def _form(request: GroupRequest, grant: Grant, data: Any) -> AccessForm:
    draft = drafts.read(request.session, DRAFT, str(grant.key))
    in_force = values_of(access_of(grant), grant.last_day)
    initial = draft["access"] if draft.get("version") == grant.version else in_force
    return form_for(request, data, broker=grant.is_broker, initial=initial)


def _same(form: AccessForm, grant: Grant) -> bool:
    """Tell whether the form gives what is in force."""
    chosen, held = form.chosen(), access_of(grant)
    units = None if chosen["units"] is None else frozenset(chosen["units"])
    return (
        chosen["role"] == held.role
        and frozenset(chosen["atoms"]) == held.atoms
        and units == held.units
        and chosen["last_day"] == grant.last_day
    )


def _level_page(
    request: GroupRequest, grant: Grant, form: AccessForm, *, stale: bool = False
) -> HttpResponse:
    record_overstep(request, form, grant, "change_access")
    if stale:
        drafts.forget(request.session, DRAFT, str(grant.key))
    context = {
        **_about(request, grant),
        "stale": stale,
        "now": {name: now for name, now, _after in _compared(grant, None)} if stale else {},
        **level_context(request, form),
    }
    return htmx.render(request, "accounts/change_access.html", context, partials=("plain-words",))


def _review_page(
    request: GroupRequest, grant: Grant, form: AccessForm, context: dict[str, Any]
) -> HttpResponse:
    choice = choice_context(form)
    held, given = frozenset(grant.atoms), frozenset(choice["chosen"]["atoms"])
    context |= {
        **_about(request, grant),
        **choice,
        "compared": _compared(grant, choice),
        "taken": _labels(held - given),
        "given": _labels(given - held),
    }
    return htmx.render(request, "accounts/change_access_review.html", context)


def _about(request: GroupRequest, grant: Grant) -> dict[str, Any]:
    first_name = grant.user.first_name if grant.user else grant.first_name
    return {"group": request.group, "grant": grant, "name": first_name or grant.person}


def _compared(grant: Grant, choice: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return (what, now, after) of what makes an access level; without a *choice* there is no after."""
    now = (
        str(grant.get_role_display()),
        in_short(grant.role, grant.atoms),
        units_in_words(grant),
        _day(grant.last_day),
    )
    after = ("", "", "", "")
    if choice:
        chosen = choice["chosen"]
        after = (
            str(choice["chosen_role"]),
            in_short(chosen["role"], chosen["atoms"]),
            _("ALL") if chosen["units"] is None else few(choice["unit_codes"]),
            _day(chosen["last_day"]),
        )
    return list(
        zip((_("Role"), _("Can do"), _("Billing units"), _("Last day")), now, after, strict=True)
    )


def _labels(atoms: frozenset[str]) -> list[str]:
    return [LABELS[atom] for area in AREAS for atom in area.atoms if atom in atoms]


def _day(day: Any) -> str:
    return date_format(day, _("M j, Y")) if day else _("No end")


def _nothing_waits(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Lead back somebody who sends what was sent already, or opens the review first."""
    if request.method == "GET":
        return redirect("accounts:change_access", request.group.slug, grant.key)
    messages.info(request, _("Nothing was changed twice. This is who has access now."))
    return redirect("accounts:manage_users", request.group.slug)
