"""Access codes: issue, re-issue, redeem, lock, expire, remind.

Source: domain handbook, "Access code" and "State machines"; docs/adr/0005-access-codes.md.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import access_codes
from accounts.actions.grants import (
    activate_grant,
    lock_group,
    require_running_agency,
    revoke_codes,
)
from accounts.models import AccessCode, Grant, RegistrationRequest, User
from groups.models import EmployerGroup
from portal import audit, mail
from portal.moments import written

logger = logging.getLogger(__name__)
REFUSALS = {
    "unknown": _(
        "This Access Key does not fit this group. Compare both with your email and enter them again."
    ),
    AccessCode.State.EXPIRED: _("This Access Key has expired. Ask for a new one."),
    AccessCode.State.REDEEMED: _(
        "This Access Key has been used. Sign in with the account it opened."
    ),
    AccessCode.State.REVOKED: _(
        "This Access Key was replaced or withdrawn. Use the key in our latest email to you."
    ),
    AccessCode.State.LOCKED: _(
        "This Access Key is locked after too many wrong tries. Ask for a new one."
    ),
    "unknown_code": _("We know no such code. Compare it with your email and enter it again."),
    "unknown_pair": _(
        "This email address and this access code do not fit together. Compare both with the email that brought the"
        " code."
    ),
    "other_email": _(
        "This code was sent to another email address than the one of this account."
        " Sign in with the account of that address, or ask for a code to yours."
    ),
    "ended": _(
        "The access this code would open has ended already. Ask the primary administrator of the group to invite you"
        " again."
    ),
    "withdrawn": _(
        "The access this code would open was taken back. Ask the primary administrator of the group."
    ),
    "deactivated": _(
        "Your access to this group is deactivated, and a code does not change that. Ask the primary administrator of"
        " the group to reactivate it."
    ),
    "closed": _("Your account is deactivated. Call us about it."),
    "last_primary": _(
        "You are the last primary administrator of this group, and this code would give you less. Hand over the role"
        " first. Until then nothing changes."
    ),
}
# Of a code that an administrator gave, who can also give the next one.
INVITATION_REFUSALS = {
    AccessCode.State.EXPIRED: _(
        "This access code has expired. Ask the primary administrator of the group for a new one."
    ),
    AccessCode.State.REDEEMED: _(
        "This access code has been used. Sign in with the account it opened."
    ),
    AccessCode.State.REVOKED: _(
        "This access code was replaced or withdrawn. Use the code in our latest email to you, or ask the primary"
        " administrator of the group."
    ),
    AccessCode.State.LOCKED: _(
        "This access code is locked after too many wrong tries. Ask the primary administrator of the group for a new"
        " one."
    ),
}
BY_ADMINISTRATORS = {Grant.Source.DELEGATION, Grant.Source.IMPORT}
# The letter that brings the code; any other grant comes from a request for access.
LETTERS = {
    Grant.Source.DELEGATION: "accounts/invitation",
    Grant.Source.IMPORT: "accounts/import_welcome",
}
NOMINATED = "accounts/nomination_key"  # to somebody who asked for nothing


@transaction.atomic
def issue_code(grant: Grant, *, by: User | None) -> AccessCode:
    """Issue a new access code for a pending grant and mail it; any older open code of the grant dies.

    The digits leave only by the outbox, encrypted until sent; here only their keyed hash stays.
    Valid for ACCESS_CODE_DAYS from now. Raises ValidationError when the grant is no longer pending, or its agency
    is stopped.
    """
    lock_group(grant.group_id)
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.state != Grant.State.PENDING:
        raise ValidationError(_("This access needs no key: it is not waiting for one."))
    require_running_agency(grant)
    revoke_codes(grant, by=by)
    return issue_codes([grant], by=by)[0]


@transaction.atomic
def issue_codes(grants: Sequence[Grant], *, by: User | None) -> list[AccessCode]:
    """Issue and mail a code for each of *grants*, as ``issue_code`` does; few statements, whatever the number.

    They are pending, of one source, and have no open code: the caller made or locked them.
    """
    now = timezone.now()
    keys = [access_codes.generate() for _grant in grants]
    codes = AccessCode.objects.bulk_create(
        (_new_code(grant, key, now) for grant, key in zip(grants, keys, strict=True)),
        batch_size=1000,
    )
    audit.record_many(
        "accounts.access_code_issued",
        by=by,
        events=[audit.About(code, code.group_id) for code in codes],
    )
    letters = [_letter(code, key) for code, key in zip(codes, keys, strict=True)]
    if len(letters) == 1:
        mail.send(_template(grants[0]), **vars(letters[0]))
    elif letters:
        mail.send_many(_template(grants[0]), letters)
    return codes


def require_open(code: AccessCode | None) -> AccessCode:
    """Return *code* if it can be redeemed now.

    Raises ValidationError whose code says why not: unknown, expired, redeemed, revoked or locked.
    """
    if code is None:
        raise ValidationError(REFUSALS["unknown"], code="unknown")
    state = code.state_at(timezone.now())
    if state != AccessCode.State.ISSUED:
        given = code.grant.source in BY_ADMINISTRATORS
        words = (INVITATION_REFUSALS if given else REFUSALS)[AccessCode.State(state)]
        raise ValidationError(words, code=state)
    return code


@transaction.atomic
def replace_code(code: AccessCode, *, by: User | None) -> AccessCode:
    """Send a new key in place of *code*, which must be the latest of its grant; return the new one.

    Of two callers at the same moment one succeeds. Raises ValidationError when there is a newer key
    already, and as ``issue_code`` does.
    """
    lock_group(code.group_id)
    grant = Grant.objects.select_for_update().get(pk=code.grant_id)
    if grant.codes.filter(pk__gt=code.pk).exists():
        raise ValidationError(
            _("A newer Access Key went out in the meantime. Nothing was sent twice."), code="stale"
        )
    return issue_code(grant, by=by)


@transaction.atomic
def withdraw_code(code: AccessCode, *, by: User | None) -> AccessCode:
    """Let *code* open nothing any more. Raises ValidationError when it is used, expired or withdrawn already."""
    lock_group(code.group_id)
    code = (
        AccessCode.objects.select_for_update(of=("self",)).select_related("grant").get(pk=code.pk)
    )
    if code.state not in {AccessCode.State.ISSUED, AccessCode.State.LOCKED}:
        raise ValidationError(
            _("This Access Key opens nothing any more. Nothing was changed."), code="stale"
        )
    revoke_codes(code.grant, by=by)
    return code


def find_code(group: EmployerGroup | None, digits: str) -> AccessCode:
    """Return the code that *digits* name if it can be redeemed for *group* now.

    Raises ValidationError whose code is ``unknown`` (no such code for this group), ``expired``,
    ``redeemed``, ``revoked`` or ``locked``. Reads only; count a wrong try with ``count_wrong_try``.
    """
    digest = access_codes.digest(digits, key=settings.ACCESS_CODE_KEY)
    code = (
        AccessCode.objects.select_related("grant", "group")
        .filter(digest=digest, group=group)
        .first()
    )
    return require_open(code)


def find_code_for_person(digits: str) -> AccessCode:
    """Return the code that *digits* name for somebody signed in, who need not name the group.

    Raises ValidationError as ``find_code`` does, but ``unknown`` in words that speak of no group.
    """
    digest = access_codes.digest(digits, key=settings.ACCESS_CODE_KEY)
    code = AccessCode.objects.select_related("grant", "group").filter(digest=digest).first()
    if code is None:
        raise ValidationError(REFUSALS["unknown_code"], code="unknown")
    return require_open(code)


def find_code_of_address(email: str, digits: str) -> AccessCode:
    """Return the code that *digits* name for a visitor who was invited at *email*.

    Raises ValidationError as ``find_code`` does. A code that went to another address is ``unknown`` too, so that
    nobody learns whether it works.
    """
    digest = access_codes.digest(digits, key=settings.ACCESS_CODE_KEY)
    code = (
        AccessCode.objects.select_related("grant", "group")
        .filter(digest=digest, email__iexact=email)
        .first()
    )
    if code is None:
        raise ValidationError(REFUSALS["unknown_pair"], code="unknown")
    return require_open(code)


@transaction.atomic
def count_wrong_try(group: EmployerGroup | None, *, email: str = "") -> None:
    """Count a wrong key against every open code of *group*, or of *email* where no group was named.

    At ACCESS_CODE_TRIES the code locks. The same statements, whatever the number: nobody can find out from the
    answer time whether the group has a key waiting. Every lock is on record, so that staff see an attack, and
    the person is told how to get another key.
    """
    codes = AccessCode.objects.open_at(timezone.now())
    codes = codes.filter(email__iexact=email) if email else codes.filter(group=group)
    locking = [
        code
        for code in codes.select_for_update(of=("self",)).select_related("grant").order_by("pk")
        if code.wrong_tries >= settings.ACCESS_CODE_TRIES - 1
    ]
    last_try = When(
        wrong_tries__gte=settings.ACCESS_CODE_TRIES - 1, then=Value(AccessCode.State.LOCKED)
    )
    codes.update(
        wrong_tries=F("wrong_tries") + 1,
        state=Case(last_try, default=Value(AccessCode.State.ISSUED)),
    )
    for code in locking:
        audit.record("accounts.access_code_locked", by=None, target=code, group_id=code.group_id)
        mail.send(
            "accounts/access_key_locked",
            to=code.email,
            key=f"accounts.access_key_locked:{code.pk}",
            context={"invited": code.grant.source in BY_ADMINISTRATORS},
        )


def lock_code(code: AccessCode) -> AccessCode:
    """Lock *code* until the end of the caller's transaction; raise ValidationError unless it is open now.

    Locks in the order of everything that changes access: the request behind it, the group, the code.
    """
    list(
        RegistrationRequest.objects.select_for_update(of=("self",))
        .filter(grant=code.grant_id)
        .order_by("pk")
    )
    lock_group(code.group_id)
    code = (
        AccessCode.objects.select_for_update(of=("self",))
        .select_related("grant", "group")
        .get(pk=code.pk)
    )
    return require_open(code)


@transaction.atomic
def redeem_code(code: AccessCode, *, user: User, by: User | None) -> Grant:
    """Use up the code and activate its grant for *user*; of two callers at the same moment one succeeds.

    Raises ValidationError as ``find_code`` does, and with the code ``other_email`` when the code was sent to
    another address than the user's, ``closed`` for a deactivated account, ``ended`` or ``withdrawn`` when the
    grant behind it is not to be had any more, ``deactivated`` when an administrator deactivated the user's access
    to the group, ``stopped`` when the carrier stopped the agency, ``last_primary`` when the group's last primary
    administrator would end up with less. Nothing is used up then.
    """
    code = lock_code(code)
    _require_redeemable(code, user)
    code.state, code.redeemed_at, code.redeemed_by = AccessCode.State.REDEEMED, timezone.now(), user
    code.save(update_fields=["state", "redeemed_at", "redeemed_by"])
    try:
        grant = activate_grant(code.grant, user=user, by=by)
    except ValidationError as error:
        if error.code != "last_primary":
            raise
        raise _refusal("last_primary") from error  # in words for whom it is about
    audit.record("accounts.access_code_redeemed", by=by, target=code, group_id=code.group_id)
    _complete_request(grant, by=by)
    mail.send(
        "accounts/access_key_used",
        to=user.email,
        key=f"accounts.access_key_used:{code.pk}",
        context={},
    )
    return grant


@transaction.atomic(savepoint=False)
def expire_codes() -> int:
    """Mark every issued code whose days are over; return how many. One statement, whatever the number.

    Only tidies: a code past its end is refused by the clock, swept or not. Waits for nobody: a code that somebody
    holds right now is left to them, or to the next run.
    """
    overdue = AccessCode.objects.overdue_at(timezone.now())
    mine = overdue.select_for_update(skip_locked=True, no_key=True).values("pk")
    return AccessCode.objects.filter(pk__in=mine).update(state=AccessCode.State.EXPIRED)


@transaction.atomic
def remind_of_expiring_codes(*, limit: int = 500) -> int:
    """Write once to everybody whose code ends within ACCESS_CODE_REMINDER_DAYS; return how many.

    Takes *limit* codes a run; rows that another run holds are left to it.
    """
    now = timezone.now()
    codes = (
        AccessCode.objects.open_at(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("grant")
        .filter(
            reminded_at__isnull=True,
            expires_at__lte=now + timedelta(days=settings.ACCESS_CODE_REMINDER_DAYS),
        )[:limit]
    )
    reminded = []
    for code in codes:
        mail.send(
            "accounts/access_key_expiring",
            to=code.email,
            key=f"accounts.access_key_expiring:{code.pk}",
            context={
                "expires_at": written(code.expires_at),
                "issued_at": written(code.issued_at),
                "invited": code.grant.source in BY_ADMINISTRATORS,
            },
        )
        reminded.append(code.pk)
    AccessCode.objects.filter(pk__in=reminded).update(reminded_at=now)
    return len(reminded)


def _new_code(grant: Grant, key: str, now: datetime) -> AccessCode:
    return AccessCode(
        group_id=grant.group_id,
        grant=grant,
        email=grant.email,
        digest=access_codes.digest(key, key=settings.ACCESS_CODE_KEY),
        issued_at=now,
        expires_at=now + timedelta(days=settings.ACCESS_CODE_DAYS),
    )


def _template(grant: Grant) -> str:
    if letter := LETTERS.get(Grant.Source(grant.source)):
        return letter
    nominated = RegistrationRequest.objects.filter(
        grant=grant, source=RegistrationRequest.Source.NOMINATION
    )
    return NOMINATED if nominated.exists() else "accounts/access_key"


def _letter(code: AccessCode, key: str) -> mail.Letter:
    return mail.Letter(
        to=code.email,
        key=f"accounts.access_key:{code.pk}",
        context={
            "group": code.grant.group.name,
            "expires_at": written(code.expires_at),
            "days": settings.ACCESS_CODE_DAYS,
        },
        secret={"access_key": access_codes.present(key)},
        not_after=code.expires_at,
    )


def _require_redeemable(code: AccessCode, user: User) -> None:
    """Raise ValidationError unless *user* may use up the locked *code* now."""
    if code.email.lower() != user.email.lower():
        raise _refusal("other_email")
    if not User.objects.filter(pk=user.pk, is_active=True).exists():  # closed since they signed in
        raise _refusal("closed")
    grant, now = code.grant, timezone.now()
    if grant.state != Grant.State.PENDING:
        raise _refusal("withdrawn")
    if grant.ends_at and grant.ends_at <= now:
        raise _refusal("ended")
    resting = Grant.objects.filter(user=user, group_id=code.group_id, state=Grant.State.SUSPENDED)
    if resting.exclude(ends_at__lte=now).exists():
        raise _refusal("deactivated")


def _refusal(code: str) -> ValidationError:
    return ValidationError(REFUSALS[code], code=code)


def _complete_request(grant: Grant, *, by: User | None) -> None:
    """Close the registration request behind a grant that was just activated."""
    State = RegistrationRequest.State  # noqa: N806 - a class
    for request in RegistrationRequest.objects.select_for_update().filter(
        grant=grant, state=State.APPROVED
    ):
        request.state, request.version = State.COMPLETED, request.version + 1
        request.save(update_fields=["state", "version"])
        audit.record(
            "accounts.registration_completed", by=by, target=request, group_id=request.group_id
        )
