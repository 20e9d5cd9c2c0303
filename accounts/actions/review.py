"""What account management does with a registration request.

Every action takes the *version* of the request that the person saw. Of two people acting at once the second
gets a clear message and nothing happens twice. Source: domain handbook, "Our flow" and "State machines".
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.codes import issue_code
from accounts.actions.grants import activate_grant, lock_group, offer_grant, revoke_grant
from accounts.clock import carrier_clock
from accounts.evidence import score_of
from accounts.models import AccessCode, Grant, RegistrationEntry, RegistrationRequest, User
from accounts.roles import BROKER_FULL, PRIMARY_ADMINISTRATOR
from groups.models import EmployerGroup
from portal import audit, mail
from portal.models import AuditEvent
from portal.tenancy import carrier_scope

logger = logging.getLogger(__name__)
State = RegistrationRequest.State
ROLE_GIVEN = {
    RegistrationRequest.Role.PRIMARY_ADMINISTRATOR: PRIMARY_ADMINISTRATOR.key,
    RegistrationRequest.Role.BROKER: BROKER_FULL.key,
}


@transaction.atomic
def take_request(request: RegistrationRequest, *, version: int, by: User) -> RegistrationRequest:
    """Put the request on *by*'s desk; the applicant sees that it is in review."""
    request = _lock(request, version)
    _require_move(request, State.IN_REVIEW, also={State.IN_REVIEW})
    request.assigned_to, request.state = by, State.IN_REVIEW
    _save(request, "assigned_to", "state")
    audit.record("accounts.registration_taken", by=by, target=request, group_id=request.group_id)
    return request


@transaction.atomic
def approve_request(request: RegistrationRequest, *, version: int, by: User) -> RegistrationRequest:
    """Approve: prepare the grant and mail an access key, or activate at once where the carrier says so.

    Under the four-eyes rule the first approval only marks the request, and the second must come from
    somebody else. Of a nomination the key goes to the nominee, who hears of it now, and the officer is told.
    Raises ValidationError for an unknown group, an ended group, or the same person twice.
    """
    request = _lock(request, version)
    _require_move(request, State.APPROVED)
    if request.group is None:
        raise ValidationError(_("Link the request to a group first. We know no group by this ID."))
    if request.group.status == EmployerGroup.Status.TERMINATED:
        raise ValidationError(
            _("This group has ended. Link the request to another group or decline it.")
        )
    if needs_second_person(request) and request.first_approved_by is None:
        return _mark_first_approval(request, by=by)
    if needs_second_person(request) and request.first_approved_by == by:
        raise ValidationError(_("You approved this already. A second person must approve it too."))
    grant = offer_grant(
        request.group,
        email=request.email,
        first_name=request.first_name,
        last_name=request.last_name,
        role=ROLE_GIVEN[RegistrationRequest.Role(request.role)],
        by=by,
    )
    request.state, request.grant = State.APPROVED, grant
    request.decided_by, request.decided_at = by, timezone.now()
    _save(request, "state", "grant", "decided_by", "decided_at")
    audit.record("accounts.registration_approved", by=by, target=request, group_id=request.group_id)
    _open_the_door(request, grant, by=by)
    if request.is_nomination:
        mail.send(
            "accounts/nomination_approved",
            to=request.officer_email,
            key=f"accounts.nomination_approved:{request.number}",
            context={"number": request.number},
        )
    return request


@transaction.atomic
def ask_for_information(
    request: RegistrationRequest, *, question: str, version: int, by: User
) -> RegistrationRequest:
    """Ask the applicant; the promise rests until they answer on the status page."""
    request = _lock(request, version)
    _require_move(request, State.NEEDS_INFO)
    entry = RegistrationEntry.objects.create(
        request=request, kind=RegistrationEntry.Kind.QUESTION, text=question, by=by
    )
    request.state = State.NEEDS_INFO
    _save(request, "state")
    audit.record(
        "accounts.registration_question_asked", by=by, target=request, group_id=request.group_id
    )
    mail.send(
        "accounts/registration_question",
        to=request.contact_email,
        key=f"accounts.registration_question:{entry.pk}",
        context={"number": request.number},
    )
    return request


@transaction.atomic
def decline_request(
    request: RegistrationRequest, *, reason: str, version: int, by: User
) -> RegistrationRequest:
    """Decline with a *reason* that the applicant reads on the status page; the mail does not repeat it."""
    request = _lock(request, version)
    _require_move(request, State.DECLINED)
    request.state, request.decline_reason = State.DECLINED, reason
    request.decided_by, request.decided_at = by, timezone.now()
    _save(request, "state", "decline_reason", "decided_by", "decided_at")
    audit.record(
        "accounts.registration_declined",
        by=by,
        target=request,
        group_id=request.group_id,
    )
    mail.send(
        "accounts/registration_declined",
        to=request.contact_email,
        key=f"accounts.registration_declined:{request.number}",
        context={"number": request.number},
    )
    return request


@transaction.atomic
def link_to_group(
    request: RegistrationRequest, *, group: EmployerGroup, version: int, by: User
) -> RegistrationRequest:
    """Say which group the applicant means; a first approval falls, since it was for another group."""
    request = _lock(request, version)
    if request.state not in {State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO}:
        raise _too_late(request)
    before, request.group, request.first_approved_by = request.group, group, None
    _save(request, "group", "first_approved_by")
    audit.record(
        "accounts.registration_linked",
        by=by,
        target=request,
        group_id=group.pk,
        changes={"group": (before, group)},
    )
    return request


@transaction.atomic
def promote_repeat(request: RegistrationRequest, *, version: int, by: User) -> RegistrationRequest:
    """Put a repeat into the queue once the request it repeats is closed, with a promise that starts now.

    So a stranger who came first and was declined keeps nobody out. Raises ValidationError while the first
    request is open, or when another open request of the same person for the same group has come since.
    """
    request = _lock(request, version)
    like = RegistrationRequest.objects.open_like(
        email=request.email, identified_by=request.identified_by, identifier=request.identifier
    )
    if request.repeat_of_id is None or request.state != State.SUBMITTED:
        raise _too_late(request)
    if first := like.first():
        raise ValidationError(
            _("%(number)s is open. Decide that one first."), params={"number": first.number}
        )
    request.repeat_of = None
    request.due_at = carrier_clock().due_at(timezone.now(), settings.REGISTRATION_BUSINESS_DAYS)
    _save(request, "repeat_of", "due_at")
    audit.record("accounts.registration_promoted", by=by, target=request, group_id=request.group_id)
    return request


@transaction.atomic
def add_note(request: RegistrationRequest, *, text: str, by: User) -> RegistrationEntry:
    """Keep a note among staff; the applicant never sees it."""
    entry = RegistrationEntry.objects.create(
        request=request, kind=RegistrationEntry.Kind.NOTE, text=text, by=by
    )
    audit.record(
        "accounts.registration_note_added", by=by, target=request, group_id=request.group_id
    )
    return entry


@transaction.atomic
def reissue_code(request: RegistrationRequest, *, version: int, by: User) -> AccessCode:
    """Send a new access key; the older one dies. Raises ValidationError unless approved and not yet used."""
    request = _lock(request, version)
    if request.state != State.APPROVED or request.grant is None:
        raise _too_late(request)
    code = issue_code(request.grant, by=by)
    _save(request)
    return code


@transaction.atomic
def escalate_overdue_requests(*, by: User | None = None) -> int:
    """Mark every open request whose promise has passed, once, and tell the applicant; return how many."""
    now = timezone.now()
    overdue = (
        RegistrationRequest.objects.in_queue()
        .select_for_update(skip_locked=True)
        .filter(due_at__lt=now, escalated_at__isnull=True)
    )
    count = 0
    for request in overdue:
        request.escalated_at = now
        request.save(update_fields=["escalated_at"])
        audit.record(
            "accounts.registration_escalated", by=by, target=request, group_id=request.group_id
        )
        mail.send(
            "accounts/registration_late",
            to=request.contact_email,
            key=f"accounts.registration_late:{request.number}:{request.due_at:%Y%m%d}",
            context={"number": request.number},
        )
        count += 1
    return count


def close_unused_requests(*, days: int = 30, by: User | None = None) -> int:
    """Close approved requests whose keys all ended *days* days ago or more, and repeats as old; return how many.

    Each request has a scope of the carrier and a transaction of its own, so a caller opens none: one that fails
    is logged by its id and stops no other, one that somebody holds right now is left to the next run.
    """
    long_ago = timezone.now() - timedelta(days=days)
    with carrier_scope():
        count = _close_repeats(long_ago)
        keys = list(_unused_since(long_ago).order_by("pk").values_list("pk", flat=True))
    for key in keys:
        try:
            with carrier_scope():
                count += _close_unused(key, long_ago, by=by)
        except Exception:
            logger.exception("registration request %s not closed", key)
    return count


def _unused_since(long_ago: datetime) -> QuerySet[RegistrationRequest]:
    return RegistrationRequest.objects.filter(state=State.APPROVED).exclude(
        grant__codes__expires_at__gt=long_ago
    )


def _close_repeats(long_ago: datetime) -> int:
    old = RegistrationRequest.objects.filter(
        repeat_of__isnull=False, state=State.SUBMITTED, submitted_at__lt=long_ago
    )
    mine = old.select_for_update(skip_locked=True, no_key=True).values("pk")
    return RegistrationRequest.objects.filter(pk__in=mine).update(state=State.EXPIRED)


def _close_unused(key: int, long_ago: datetime, *, by: User | None) -> bool:
    """Close one request and withdraw what it offered, unless it is in other hands or got a new key meanwhile."""
    request = (
        RegistrationRequest.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("grant")
        .filter(pk=key)
        .first()
    )
    if request is None:
        return False
    if request.grant:
        lock_group(request.grant.group_id)  # a new key is issued under this lock
    if not _unused_since(long_ago).filter(pk=key).exists():
        return False
    request.state = State.EXPIRED
    _save(request, "state")
    if request.grant and request.grant.state == Grant.State.PENDING:
        revoke_grant(request.grant, by=by)
    audit.record("accounts.registration_expired", by=by, target=request, group_id=request.group_id)
    return True


def needs_second_person(request: RegistrationRequest) -> bool:
    """Tell whether the carrier's FOUR_EYES setting asks for two people on this request."""
    if settings.FOUR_EYES == "below_limit":
        return score_of(request).points < settings.MATCH_LIMIT
    return bool(settings.FOUR_EYES == "always")


def _mark_first_approval(request: RegistrationRequest, *, by: User) -> RegistrationRequest:
    request.first_approved_by, request.state = by, State.IN_REVIEW
    _save(request, "first_approved_by", "state")
    audit.record(
        "accounts.registration_first_approved", by=by, target=request, group_id=request.group_id
    )
    return request


def _open_the_door(request: RegistrationRequest, grant: Grant, *, by: User) -> None:
    """Mail a key; or, where primary administrators need none and the person has an account, activate now."""
    if (
        not settings.PRIMARY_NEEDS_ACCESS_CODE
        and request.role == RegistrationRequest.Role.PRIMARY_ADMINISTRATOR
    ):
        user = User.objects.with_confirmed_email(request.email).first()
        if user is not None:
            activate_grant(grant, user=user, by=by)
            request.state = State.COMPLETED
            _save(request, "state")
            audit.record(
                "accounts.registration_completed",
                by=by,
                target=request,
                group_id=request.group_id,
            )
            mail.send(
                "accounts/registration_activated",
                to=request.email,
                key=f"accounts.registration_activated:{request.number}",
                context={"number": request.number},
            )
            return
    issue_code(grant, by=by)


def _lock(request: RegistrationRequest, version: int) -> RegistrationRequest:
    """Lock the row; raise ValidationError when somebody changed it after the page was shown."""
    request = (
        RegistrationRequest.objects.select_for_update(of=("self",))
        .select_related("group", "grant", "first_approved_by")
        .get(pk=request.pk)
    )
    if request.version != version:
        raise _too_late(request)
    return request


def _too_late(request: RegistrationRequest) -> ValidationError:
    last = AuditEvent.objects.filter(
        target_type=request._meta.label_lower, target_key=str(request.pk)
    ).first()
    who = last.actor_label if last and last.actor_label else _("The applicant")
    return ValidationError(
        _(
            "%(who)s changed this request in the meantime: it is now %(state)s. Nothing was done twice."
        ),
        code="stale",
        params={"who": who, "state": request.get_state_display().lower()},
    )


def _require_move(request: RegistrationRequest, to: State, also: set[State] | None = None) -> None:
    if to not in RegistrationRequest.MOVES[request.state] and request.state not in (also or set()):
        raise _too_late(request)


def _save(request: RegistrationRequest, *fields: str) -> None:
    request.version += 1
    request.save(update_fields=[*fields, "version"])
