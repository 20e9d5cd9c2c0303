"""What an approval would change, told before the button."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actions.review import ROLE_GIVEN
from accounts.models import Grant, RegistrationRequest, User
from accounts.roles import ROLES


@dataclass(frozen=True)
class Effect:
    """One thing as it is *now*, with a *remark*, and as it is *after* the approval."""

    what: str | Promise
    now: str
    remark: str
    after: str


def effects(request: RegistrationRequest, now: datetime) -> list[Effect]:
    """Return what approving *request* at *now* does; three statements at most. Nothing without a group."""
    if request.group is None:
        return []
    person = User.objects.filter(email__iexact=request.email).first()
    key = ROLE_GIVEN[RegistrationRequest.Role(request.role)]
    active = list(
        Grant.objects.filter(group=request.group, state=Grant.State.ACTIVE)
        .filter(Q(role=key) | Q(user=person, user__isnull=False))
        .select_related("user")
        .order_by("activated_at")
    )
    holders = [grant for grant in active if grant.role == key]
    lost = [grant for grant in active if grant.role != key]
    at_once = needs_no_key(request)
    return [
        _role(request, key, holders),
        *(_loss(grant, ROLES[key].label) for grant in lost),
        _account(person, at_once=at_once),
        _key(now, at_once=at_once),
    ]


def needs_no_key(request: RegistrationRequest) -> bool:
    """Tell whether approval activates the applicant at once: the carrier's setting, and a confirmed account."""
    return (
        not settings.PRIMARY_NEEDS_ACCESS_CODE
        and request.role == RegistrationRequest.Role.PRIMARY_ADMINISTRATOR
        and User.objects.with_confirmed_email(request.email).exists()
    )


def _role(request: RegistrationRequest, key: str, holders: list[Grant]) -> Effect:
    name = request.full_name
    others = [
        grant
        for grant in holders
        if grant.user and grant.user.email.lower() != request.email.lower()
    ]
    after = name
    if len(others) < len(holders):
        after = _("%(name)s, who has this access already. The new one replaces it.") % {
            "name": name
        }
    elif others:
        who = ", ".join(str(grant.user) for grant in others)
        words = ngettext(
            "%(name)s. %(others)s stays until %(name)s removes them.",
            "%(name)s. %(others)s stay until %(name)s removes them.",
            len(others),
        )
        after = words % {"name": name, "others": who}
    return Effect(
        what=ROLES[key].label,
        now=", ".join(str(grant.user) for grant in holders) or _("Nobody"),
        remark=_last_sign_in(holders[0].user) if len(holders) == 1 and holders[0].user else "",
        after=after,
    )


def _loss(grant: Grant, role: str | Promise) -> Effect:
    """Say that a person works in one role at a time: the new access takes the place of the old."""
    after = _("Ends: %(role)s takes its place.") % {"role": role}
    return Effect(grant.get_role_display(), str(grant.user), "", after)


def _last_sign_in(user: User) -> str:
    if user.last_login is None:
        return _("(never signed in)")
    day = date_format(timezone.localtime(user.last_login), "M j, Y")
    return _("(last sign-in %(day)s)") % {"day": day}


def _account(person: User | None, *, at_once: bool) -> Effect:
    if person is None:
        return Effect(
            _("Account"), _("None with this email address"), "", _("Made with the Access Key")
        )
    remark = "" if person.is_active else _("(deactivated: reactivate it, or no key can be used)")
    after = _("The same") if at_once else _("The same, after entering the key")
    return Effect(_("Account"), person.username, remark, after)


def _key(now: datetime, *, at_once: bool) -> Effect:
    if at_once:
        after = _("None needed: activated at once, and told by email")
    else:
        end = timezone.localtime(now + timedelta(days=settings.ACCESS_CODE_DAYS))
        after = _("One key by email, valid until %(day)s") % {"day": date_format(end, "D, M j")}
    return Effect(gettext_lazy("Access Key"), _("None"), "", after)
