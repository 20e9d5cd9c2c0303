"""One user of a group: the page about them, and what an administrator does with their access."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import sessions
from accounts.actions import colleagues, delegation
from accounts.actions.colleagues import PasswordEffect
from accounts.actions.delegation import NOT_YOURS, Removal
from accounts.actions.profile import PROFILE_FIELDS
from accounts.actors import (
    actor_in_words,
    address_of,
    event_for_employers,
    is_closed,
    is_of_carrier,
    person_in_words,
    staff_among,
    user_in_words,
)
from accounts.authority import (
    access_of,
    can_receive_primary_role,
    grant_of,
    is_only_theirs,
    may_answer_for,
    may_touch,
)
from accounts.forms.colleague import ColleagueForm, VersionForm
from accounts.models import Grant, User
from accounts.old_roles import old_role_of
from accounts.plain_words import abilities, and_list
from accounts.views.confirmations import confirmed
from groups.access import GroupRequest, group_view
from groups.atoms import AREAS, LABELS
from portal import htmx, throttle
from portal.models import AuditEvent

State = Grant.State
HISTORY_SHOWN = 20
DECIDED = {"accounts.grant_changed", "accounts.access_kept", "accounts.access_confirmed"}
LETTERS_AN_HOUR = 10  # about one person's password or invitation
PILLS = {State.ACTIVE: "ok", State.PENDING: "info", State.SUSPENDED: "warn"}
ColleagueView = Callable[[GroupRequest, Grant], HttpResponse]


class Judge(Protocol):
    """Raises ValidationError, on record, when *by* may not do what a form is about to be filled in for."""

    def __call__(self, grant: Grant, *, by: User) -> object:
        """Judge *by* and *grant*."""


@require_GET
@group_view("users_view")
def colleague(request: GroupRequest, key: UUID) -> HttpResponse:
    """Show who it is, what they may do, where that comes from, and what the reader may do about it."""
    grant = find(request, key)
    shows_account = _shows_account(request, grant)
    events = _events(grant)
    context = {
        **about(grant),
        "areas": _areas(grant),
        "can": deeds(request, grant),
        "is_own": grant.user_id == request.user.pk,
        "shows_account": shows_account,
        "sessions": _open_sessions(grant.user) if shows_account else 0,
        "given_by": user_in_words(grant.granted_by) if grant.granted_by else "",
        "answers": person_in_words(grant.parent) if grant.parent else "",
        "code": grant.codes.order_by("-issued_at").first()
        if grant.state == State.PENDING
        else None,
        "history": _history(events),
        "asked": _asked(grant, events),
        "old_role": old_role_of(grant) if grant.has_unknown_old_role else "",
    }
    return htmx.render(request, "accounts/colleague.html", context)


def on_colleague(
    deed: str, *, judge: Judge | None = None
) -> Callable[[ColleagueView], Callable[[GroupRequest, UUID], HttpResponse]]:
    """Give a view the grant its address names, and show its page only where *deed* can be done with it.

    What is sent is judged by the action: its refusal becomes a 403 in its words, anything else that is in the way
    leads back to the user's page. Both are answered and not raised, so that the record of a refusal stays. A view
    that shows its form again before the action is asked names the action's question of authority as *judge*.
    """

    def decorate(view: ColleagueView) -> Callable[[GroupRequest, UUID], HttpResponse]:
        @wraps(view)
        def inner(request: GroupRequest, key: UUID) -> HttpResponse:
            grant = find(request, key)
            if request.method != "POST":
                return _detour(request, grant, deed) or view(request, grant)
            try:
                if judge:
                    judge(grant, by=me(request))
                return view(request, grant)
            except ValidationError as error:
                if getattr(error, "code", "") == NOT_YOURS:
                    return refusal(request, error)
                messages.warning(request, error.messages[0])
                return to_colleague(request, grant)

        return inner

    return decorate


@require_http_methods(["GET", "POST"])
@group_view("users_manage", after_end=True)
@on_colleague("remove")
def remove_user(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Take a user's access away, or cancel an invitation, after saying what that ends."""
    if request.method == "POST":
        removal = delegation.remove_user(grant, version=version_of(request), by=me(request))
        messages.success(request, confirmed(request, _removed(removal, grant)))
        return htmx.redirect(request, "accounts:manage_users", request.group.slug)
    context = {
        **about(grant),
        "sessions": _sessions_that_end(request, grant),
        "codes": grant.codes.open_at(timezone.now()).count(),
        "children": Grant.objects.open().filter(parent=grant).count(),
        "can": deeds(request, grant),
    }
    return htmx.render(request, "accounts/remove_user.html", context)


@require_http_methods(["GET", "POST"])
@group_view("users_manage", after_end=True)
@on_colleague("deactivate")
def deactivate_user(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Let a user's access rest until it is reactivated."""
    if request.method == "POST":
        removal = delegation.deactivate_user(grant, version=version_of(request), by=me(request))
        first = _("%(person)s is deactivated.") % {"person": person_in_words(grant)}
        said = f"{first} {_sessions_ended(removal.sessions)}".strip()
        messages.success(request, confirmed(request, said))
        return to_colleague(request, grant)
    context = {**about(grant), "sessions": _sessions_that_end(request, grant)}
    return htmx.render(request, "accounts/deactivate_user.html", context)


@require_POST
@group_view("users_manage")
@on_colleague("reactivate")
def reactivate_user(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Let a deactivated user's access open again what it did."""
    delegation.reactivate_user(grant, version=version_of(request), by=me(request))
    words = _("%(person)s is reactivated. The access is in force with the next click.")
    messages.success(request, confirmed(request, words % {"person": person_in_words(grant)}))
    return to_colleague(request, grant)


@require_POST
@group_view("users_manage")
@on_colleague("keep")
def keep_access(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Leave access that waits for a review as it is, and answer for it."""
    delegation.keep_access(grant, version=version_of(request), by=me(request))
    words = _("%(person)s keeps this access. You answer for it now.")
    messages.success(request, confirmed(request, words % {"person": person_in_words(grant)}))
    return to_colleague(request, grant)


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
@on_colleague("reset_password")
def reset_password(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Make a user set a new password; somebody who works for others too is only asked to."""
    if request.method == "POST":
        _limit_letters(grant)
        done = colleagues.reset_password(
            grant,
            effect=request.POST.get("effect", ""),
            version=version_of(request),
            by=me(request),
        )
        messages.success(request, _password_words(done))
        return to_colleague(request, grant)
    context = {
        **about(grant),
        "effect": PasswordEffect.of(cast("User", grant.user), by=me(request)),
        "sessions": _sessions_that_end(request, grant),
    }
    return htmx.render(request, "accounts/reset_password.html", context)


@require_POST
@group_view("users_manage")
@on_colleague("resend")
def resend_invitation(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Mail a new access code to somebody invited, or the way to sign in to somebody who never came."""
    _limit_letters(grant)
    if grant.state == State.PENDING:
        delegation.resend_invitation(grant, version=version_of(request), by=me(request))
        messages.success(
            request, _("A new access code is on its way. The one before stops working.")
        )
    else:
        colleagues.resend_welcome(grant, version=version_of(request), by=me(request))
        messages.success(request, _("The welcome email is on its way again."))
    return to_colleague(request, grant)


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
@on_colleague("edit", judge=colleagues.may_update_profile)
def edit_colleague(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Change a user's name, title, phone and company, where nobody else has a say in them."""
    user = grant.user
    if user is None:  # sent by hand: there is no such page for somebody invited
        raise ValidationError(delegation.STALE, code="stale")
    if request.method == "POST":
        form = ColleagueForm(request.POST)
        if form.is_valid() and _save_profile(request, grant, form):
            return to_colleague(request, grant)
    else:
        form = ColleagueForm(initial={field: getattr(user, field) for field in PROFILE_FIELDS})
    context = {
        **about(grant),
        "form": form,
        "is_only_theirs": is_only_theirs(user, by=me(request)),
    }
    return htmx.render(request, "accounts/edit_colleague.html", context)


def find(request: GroupRequest, key: UUID) -> Grant:
    """Return the grant *key* of this group with its person; raises Http404 for one the reader may not know of."""
    visible = (
        Grant.objects.with_units()
        .filter(group=request.group)
        .within(request.units)
        .select_related("group", "user", "granted_by", "parent__user", "agency")
    )
    return get_object_or_404(visible, key=key)


def deeds(request: GroupRequest, grant: Grant) -> frozenset[str]:
    """Return what the reader may do with *grant* now; nothing while they see the group as somebody else."""
    giver = grant_of(request.group, me(request))
    is_closed = request.viewed_as is not None or grant.state not in Grant.OPEN
    if is_closed or giver is None or not may_touch(giver, grant):
        return frozenset()
    user = grant.user if grant.user and grant.user.is_active else None
    is_active = grant.state == State.ACTIVE
    by_administrator = grant.suspension == Grant.Suspension.ADMINISTRATOR
    possible = {
        "change": True,
        "keep": grant.orphaned_at is not None
        and may_answer_for(giver, access_of(grant), timezone.now()),
        "remove": True,
        "deactivate": is_active,
        "reactivate": by_administrator,
        "edit": user is not None,
        "reset_password": user is not None,
        "resend": grant.user is None or (is_active and user is not None and not user.last_login),
        "view_as": user is not None and grant.is_in_force(timezone.now()),
        "hand_over": giver.is_primary and can_receive_primary_role(grant),
    }
    return frozenset(deed for deed, is_possible in possible.items() if is_possible)


def about(grant: Grant) -> dict[str, Any]:
    """Return what every page about a user shows: who it is, in which state, on which billing units."""
    closed = is_closed(grant)
    state = State.EXPIRED if closed and grant.state in Grant.OPEN else State(grant.state)
    return {
        "grant": grant,
        "name": person_in_words(grant),
        "address": address_of(grant),
        "is_of_carrier": is_of_carrier(grant),
        "is_closed": closed,
        "units": list(grant.units.all()),
        "state_label": state.label,
        "state_tone": PILLS.get(state, "neutral"),
    }


def me(request: GroupRequest) -> User:
    """Return who acts."""
    return cast("User", request.user)


def version_of(request: GroupRequest) -> int:
    """Return the version of the grant that the page showed; 0, which no grant has, for anything unreadable."""
    form = VersionForm(request.POST)
    return form.cleaned_data["version"] if form.is_valid() else 0


def to_colleague(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Lead to the page about the user."""
    return htmx.redirect(request, "accounts:colleague", request.group.slug, grant.key)


def refusal(request: GroupRequest, error: ValidationError) -> HttpResponse:
    """Answer 403 in the words of *error*; not raised, because its record must not be rolled back."""
    administrators = Grant.objects.primary_administrators(request.group)
    context = {
        "reason": error.messages[0],
        "administrators": [person_in_words(one) for one in administrators],
    }
    return htmx.render(request, "403.html", context, status=403)


def _detour(request: GroupRequest, grant: Grant, deed: str) -> HttpResponse | None:
    """Return None when *deed* is possible now, else the way back to the user's page.

    Raises PermissionDenied for access that the reader may not touch at all, and for a role that is not theirs.
    """
    possible = deeds(request, grant)
    if deed in possible:
        return None
    if grant.state in Grant.OPEN and not possible:
        raise PermissionDenied(
            _("You cannot change the access of %(person)s.") % {"person": person_in_words(grant)}
        )
    own = grant_of(request.group, me(request))
    if deed == "hand_over" and not (own and own.is_primary):
        raise PermissionDenied(_("Only a primary administrator can hand over the role."))
    messages.warning(request, _("This cannot be done with the access as it is now."))
    return to_colleague(request, grant)


def _areas(grant: Grant) -> list[dict[str, Any]]:
    """Return what the grant lets its holder do, in words, by area."""
    held = {area.label: set(area.atoms) & set(grant.atoms) for area in AREAS}
    return [
        {"label": label, "words": capfirst(and_list(abilities(atoms)))}
        for label, atoms in held.items()
        if atoms
    ]


def _events(grant: Grant) -> list[AuditEvent]:
    """Return the latest events about the grant, its codes, its agency and, where colleagues changed it, the profile."""
    codes = [str(pk) for pk in grant.codes.values_list("pk", flat=True)]
    mine = Q(target_type="accounts.grant", target_key=str(grant.pk))
    mine |= Q(target_type="accounts.accesscode", target_key__in=codes)
    if grant.user_id:
        mine |= Q(target_type="accounts.user", target_key=str(grant.user_id))
    if grant.agency_id:  # the carrier stopped it, or opened its access again
        of_agency = Q(target_type="accounts.agency", target_key=str(grant.agency_id))
        mine |= of_agency & Q(at__gte=grant.created_at)
    return list(AuditEvent.objects.filter(mine, group_key=grant.group_id)[:HISTORY_SHOWN])


def _asked(grant: Grant, events: list[AuditEvent]) -> list[str]:
    """Return the rights that the person asked for and does not hold, since the access was last decided about."""
    held = {str(LABELS[atom]) for atom in grant.atoms if atom in LABELS}
    asked: list[str] = []
    for event in events:  # the latest first
        if event.kind in DECIDED:
            break
        if event.kind == "accounts.access_asked" and event.note not in {*held, *asked}:
            asked.append(event.note)
    return asked if grant.state in Grant.OPEN else []


def _history(events: list[AuditEvent]) -> list[dict[str, Any]]:
    """Return *events* in words."""
    staff = staff_among(event.actor_key for event in events)
    return [
        {"at": event.at, "who": actor_in_words(event, staff), "words": _words(event)}
        for event in events
    ]


def _words(event: AuditEvent) -> str:
    """Return what was done; of a request, also what for."""
    words = event_for_employers(event.kind)
    return f"{words}: {event.note}" if event.kind == "accounts.access_asked" else words


def _shows_account(request: GroupRequest, grant: Grant) -> bool:
    """Tell whether phone, title, company and sign-ins are shown: one's own, and where nobody else has a say in them."""
    user = grant.user
    if user is None or is_of_carrier(grant) or is_closed(grant) or request.viewed_as is not None:
        return False
    return user.pk == request.user.pk or is_only_theirs(user, by=me(request))


def _sessions_that_end(request: GroupRequest, grant: Grant) -> int | None:
    """Return how many sessions would end; None where the number is nobody's business: the person works elsewhere too."""
    if grant.user and not is_only_theirs(grant.user, by=me(request)):
        return None
    return _open_sessions(grant.user)


def _open_sessions(user: User | None) -> int:
    return sessions.still_open(user, timezone.now()).count() if user else 0


def _limit_letters(grant: Grant) -> None:
    """Count a letter about this person; raises TooManyRequestsError beyond LETTERS_AN_HOUR."""
    throttle.limit("colleague-letter", str(grant.pk), tries=LETTERS_AN_HOUR, seconds=3600)


def _save_profile(request: GroupRequest, grant: Grant, form: ColleagueForm) -> bool:
    """Save what was typed and say so; tell whether that was possible, else the form says why not."""
    try:
        colleagues.update_profile(
            grant, **form.cleaned_data, version=version_of(request), by=me(request)
        )
    except ValidationError as error:
        if error.code == NOT_YOURS:
            raise
        form.add_error(None, error)
        return False
    messages.success(request, _("The profile is saved."))
    return True


def _removed(removal: Removal, grant: Grant) -> str:
    """Return what became of *grant*: "Luis Ortega is removed. 3 open sessions ended, 1 unused access code withdrawn."."""
    codes = ngettext(
        "%(count)d unused access code withdrawn",
        "%(count)d unused access codes withdrawn",
        removal.codes,
    ) % {"count": removal.codes}
    parts = [_sessions_ended(removal.sessions).rstrip(".")] if removal.sessions else []
    parts += [codes] if removal.codes else []
    was_invited = grant.state == State.PENDING
    words = (
        _("The invitation of %(person)s is canceled.")
        if was_invited
        else _("%(person)s is removed.")
    )
    first = words % {"person": person_in_words(grant)}
    return f"{first} {', '.join(parts)}." if parts else first


def _sessions_ended(count: int) -> str:
    words = ngettext("%(count)d open session ended.", "%(count)d open sessions ended.", count)
    return words % {"count": count} if count else ""


def _password_words(done: colleagues.PasswordReset) -> str:
    if done.effect == PasswordEffect.SUGGEST:
        return _("We have asked them by email to set a new password. Nothing else was changed.")
    first = _("Password reset. We have emailed how to set a new one.")
    return f"{first} {_sessions_ended(done.sessions)}".strip()
