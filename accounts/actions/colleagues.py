"""What administrators do for a colleague's account: a new password, the welcome letter again, the profile.

An account may open groups of others too. Only whoever may touch every open grant of the person changes the
account; for anybody else's, such as a broker with other clients, the person is asked to do it themselves.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.actions import profile
from accounts.actions.delegation import (
    NOT_YOURS,
    STALE,
    giver_over,
    lock_grant,
    refusals_on_record,
)
from accounts.authority import is_only_theirs
from accounts.models import EndedSession, Grant, User
from accounts.notices import tell
from portal import audit

ELSEWHERE = _(
    "This person also works for groups that you do not manage. Only they can change their profile."
)


class PasswordEffect(models.TextChoices):
    """What a reset does to an account."""

    RESET = "reset", _("The password stops working; the person sets a new one")
    SUGGEST = "suggest", _("The person is asked to set a new one; the password stays")

    @classmethod
    def of(cls, person: User, *, by: User) -> "PasswordEffect":
        """Return what a reset by *by* would do to the account of *person* now."""
        return cls.RESET if is_only_theirs(person, by=by) else cls.SUGGEST


@dataclass(frozen=True)
class PasswordReset:
    """What a reset did: *sessions* is how many open ones ended."""

    grant: Grant
    effect: str
    sessions: int


@refusals_on_record
@transaction.atomic
def reset_password(grant: Grant, *, effect: str, version: int, by: User) -> PasswordReset:
    """Let a colleague set a new password by a code, as the page said it would: *effect* is a ``PasswordEffect``.

    RESET makes the password useless and ends the person's sessions; SUGGEST changes nothing. Mails the person and
    the primary administrators. Raises ValidationError with code ``stale`` when the effect is another by now.
    """
    grant, _giver = lock_grant(grant, version=version, by=by)
    user = _lock_person(grant)
    if effect != PasswordEffect.of(user, by=by):
        raise ValidationError(STALE, code="stale")
    ended, kind, letter = 0, "accounts.password_suggested", "accounts/password_suggested"
    if effect == PasswordEffect.RESET:
        ended, kind, letter = (
            _void_password(user),
            "accounts.password_reset",
            "accounts/password_reset",
        )
    _count_change(grant)
    audit.record(kind, by=by, target=grant, group_id=grant.group_id, note=str(ended))
    tell(grant, letter, notice="accounts/password_notice")
    return PasswordReset(grant, effect, ended)


@refusals_on_record
@transaction.atomic
def resend_welcome(grant: Grant, *, version: int, by: User) -> Grant:
    """Mail the way to sign in again to somebody whose access is active and who never came.

    Raises ValidationError with code ``stale`` for anybody who signed in, or whose access is not active.
    """
    grant, _giver = lock_grant(grant, version=version, by=by)
    if grant.state != Grant.State.ACTIVE or _lock_person(grant).last_login:
        raise ValidationError(STALE, code="stale")
    _count_change(grant)
    audit.record("accounts.welcome_resent", by=by, target=grant, group_id=grant.group_id)
    tell(grant, "accounts/welcome")
    return grant


@refusals_on_record
def may_update_profile(grant: Grant, *, by: User) -> None:
    """Raise ValidationError with code ``not_yours`` unless *by* may change the profile behind *grant*."""
    giver_over(grant, by=by)
    if grant.user is not None and not is_only_theirs(grant.user, by=by):
        raise ValidationError(ELSEWHERE, code=NOT_YOURS)


@refusals_on_record
@transaction.atomic
def update_profile(
    grant: Grant,
    *,
    first_name: str,
    middle_initial: str,
    last_name: str,
    title: str,
    phone: str,
    company: str,
    version: int,
    by: User,
) -> Grant:
    """Change a colleague's particulars; user name and e-mail address stay theirs.

    Mails the person and the primary administrators; nothing changed, nothing written. Raises ValidationError with
    code ``not_yours`` for somebody who works for other groups too.
    """
    grant, _giver = lock_grant(grant, version=version, by=by)
    user = _lock_person(grant)
    if not is_only_theirs(user, by=by):
        raise ValidationError(ELSEWHERE, code=NOT_YOURS)
    changed = profile.edit_profile(
        user,
        first_name=first_name,
        middle_initial=middle_initial,
        last_name=last_name,
        title=title,
        phone=phone,
        company=company,
        by=by,
        group_id=grant.group_id,
    )
    grant.user = changed
    if any(getattr(user, field) != getattr(changed, field) for field in profile.PROFILE_FIELDS):
        _count_change(grant)
        tell(grant, "accounts/profile_changed", notice="accounts/profile_notice")
    return grant


def _lock_person(grant: Grant) -> User:
    """Lock the person after the group, as ``activate_grant`` does: no new grant appears in between.

    Raises ValidationError with code ``stale`` when nobody has redeemed the invitation.
    """
    if grant.user_id is None:
        raise ValidationError(STALE, code="stale")
    user: User = User.objects.select_for_update().get(pk=grant.user_id)
    return user


def _void_password(user: User) -> int:
    """Make the password useless and end every session; return how many were open."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    ended = sessions.still_open(user, timezone.now()).count()
    sessions.end(sessions.of(user), because=EndedSession.Reason.PASSWORD_RESET)
    return ended


def _count_change(grant: Grant) -> None:
    """Make every page that was shown before stale, so that a second click does nothing."""
    Grant.objects.filter(pk=grant.pk).update(version=F("version") + 1)
    grant.refresh_from_db(fields=["version"])
