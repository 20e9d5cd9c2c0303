"""What staff do with accounts: make one for a colleague, close one, open it again."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.actions.grants import lock_groups
from accounts.models import EndedSession, Grant, RegistrationRequest, User
from accounts.staff_roles import StaffRole, sync_staff_roles
from portal import audit, mail


def create_staff(
    username: str, *, email: str, first_name: str, last_name: str, role: StaffRole, by: User | None
) -> User:
    """Make an account for a member of staff and mail the way to a first password; *by* is None at a console.

    The account has no usable password until the person asks for a code by e-mail and sets one.
    Raises ValidationError when the user name or the e-mail address is taken, whatever the case.
    """
    email = email.lower()  # as allauth compares addresses
    try:
        with transaction.atomic():
            user = User(
                username=username,
                email=email,
                first_name=first_name,
                last_name=last_name,
                title=role.name,
                is_staff=True,
            )
            user.set_unusable_password()
            user.save()
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            user.groups.add(_permission_group(role))
            audit.record("accounts.staff_created", by=by, target=user, note=role.key)
            mail.send(
                "accounts/staff_created",
                to=email,
                key=f"accounts.staff_created:{user.pk}",
                context={},
            )
    except IntegrityError as error:
        raise ValidationError(
            _("An account has this user name or this email address already.")
        ) from error
    return user


@transaction.atomic
def deactivate_person(user: User, *, reason: str, by: User) -> User:
    """Close the account: its sessions end at once, nobody can sign in; grants stay for a later reactivation.

    The *reason* stands in the history. Tells the person by mail. Nobody leaves a group of theirs, and no key of theirs
    is used up, while it happens. Raises ValidationError for one's own account and for one that is closed.
    """
    if user.pk == by.pk:
        raise ValidationError(_("You cannot deactivate your own account. Ask a colleague."))
    _lock_access(user)
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not user.is_active:
        raise ValidationError(
            _("This account is deactivated already. Nothing was changed."), code="stale"
        )
    _set_active(user, value=False)
    ended = sessions.end(sessions.of(user), because=EndedSession.Reason.ACCOUNT_CLOSED)
    audit.record(
        "accounts.person_deactivated",
        by=by,
        target=user,
        changes={"is_active": (True, False), "sessions": (ended, 0)},
        note=reason,
    )
    _tell(user, "accounts/person_deactivated")
    return user


@transaction.atomic
def reactivate_person(user: User, *, by: User) -> User:
    """Open the account again, with the grants it had; tells the person by mail.

    Raises ValidationError for an account that is open.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.is_active:
        raise ValidationError(
            _("This account is active already. Nothing was changed."), code="stale"
        )
    _set_active(user, value=True)
    audit.record(
        "accounts.person_reactivated", by=by, target=user, changes={"is_active": (False, True)}
    )
    _tell(user, "accounts/person_reactivated")
    return user


def _lock_access(user: User) -> None:
    """Hold what decides about the person's access, in the order of all such locks: requests, then groups.

    Who is the last primary administrator of a group, and who may use a key, depends on the account being open.
    """
    mine = Q(user=user) | Q(state=Grant.State.PENDING, email__iexact=user.email)
    found = Grant.objects.open().filter(mine)
    requests = RegistrationRequest.objects.select_for_update(of=("self",))
    list(requests.filter(grant__in=found).order_by("pk").values_list("pk"))
    lock_groups(found.values("group_id"))


def _set_active(user: User, *, value: bool) -> None:
    user.is_active = value
    user.save(update_fields=["is_active"])


def _tell(user: User, template: str) -> None:
    key = f"{template.replace('/', '.')}:{user.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
    mail.send(template, to=user.email, key=key, context={})


def _permission_group(role: StaffRole) -> Group:
    """Return the permission group of *role*, made now where ``migrate`` has not run since the role came."""
    return Group.objects.filter(name=role.name).first() or sync_staff_roles()[role.key]
