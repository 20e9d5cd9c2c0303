"""Writes the people of the demo: accounts, seals, accepted terms, confirmed addresses, staff roles."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.actions.grants import activate_grant, offer_grant
from accounts.clock import carrier_clock
from accounts.models import Grant, SignInSeal, TermsAcceptance, User
from accounts.staff_roles import sync_staff_roles
from groups.models import EmployerGroup
from portal.demo.persons_data import PersonData


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
    roles = sync_staff_roles()
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
