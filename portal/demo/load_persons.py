"""Writes the people of the demo: accounts, seals, accepted terms, confirmed addresses, staff roles."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission

from accounts.actions.grants import activate_grant, offer_grant
from accounts.clock import carrier_clock
from accounts.models import Grant, SignInSeal, TermsAcceptance, User
from groups.models import EmployerGroup
from portal.demo.persons_data import PersonData, StaffRole

_READ = {
    "accounts.view_user",
    "accounts.view_registrationrequest",
    "accounts.view_grant",
    "accounts.view_accesscode",
    "accounts.view_termsacceptance",
    "groups.view_employergroup",
    "groups.view_subgroup",
    "groups.view_address",
    "groups.view_contact",
    "portal.view_auditevent",
    "portal.view_outboundemail",
}
_REVIEW = _READ | {"accounts.review_registration"}

STAFF_ROLES: dict[StaffRole, tuple[str, set[str]]] = {
    "am_specialist": ("AM specialist", _REVIEW),
    "am_supervisor": ("AM supervisor", _REVIEW | {"portal.change_outboundemail"}),
    "billing_staff": ("Billing staff", _READ),
    "read_only": ("Read only", _READ),
    "system_admin": (
        "System administrator",
        _READ | {"accounts.change_user", "portal.change_outboundemail"},
    ),
}


def load_persons(persons: Iterable[PersonData]) -> dict[str, User]:
    """Store *persons* as accounts that can sign in at once; return them by user name."""
    persons = list(persons)
    users = User.objects.bulk_create([_user(person) for person in persons])
    both = list(zip(users, persons, strict=True))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    SignInSeal.objects.bulk_create(
        SignInSeal(user=user, picture=person.seal_picture, phrase=person.seal_phrase)
        for user, person in both
    )
    TermsAcceptance.objects.bulk_create(
        TermsAcceptance(user=user, version=settings.TERMS_VERSION) for user in users
    )
    roles = load_staff_roles()
    for user, person in both:
        if person.staff_role:
            user.groups.add(roles[person.staff_role])
    return {user.username: user for user in users}


def load_grants(
    persons: Iterable[PersonData],
    users: dict[str, User],
    groups: dict[str, EmployerGroup],
    *,
    by: User,
) -> None:
    """Give each person their grants, through the same actions as in daily use.

    Dated 11 days after the contract began, as if the person had registered with it.
    """
    for person in persons:
        for group_id, role in person.grants:
            group, user = groups[group_id], users[person.user_name]
            grant = offer_grant(group, email=user.email, role=role, by=by)
            activate_grant(grant, user=user, by=by)
            then = datetime.combine(
                group.effective_date + timedelta(days=11), time(9), carrier_clock().zone
            )
            Grant.objects.filter(pk=grant.pk).update(created_at=then, activated_at=then)


def _user(person: PersonData) -> User:
    return User(
        username=person.user_name,
        password=make_password(person.password),
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        title=person.title,
        company=person.company,
        is_staff=person.is_staff,
    )


def load_staff_roles() -> dict[StaffRole, Group]:
    """Store the levels of staff as Django's permission groups; return them by role."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    roles: dict[StaffRole, Group] = {}
    for role, (name, codenames) in STAFF_ROLES.items():
        roles[role], _created = Group.objects.get_or_create(name=name)
        roles[role].permissions.set(known[codename] for codename in codenames)
    return roles
