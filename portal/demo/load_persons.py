"""Writes the people of the demo: accounts, seals, accepted terms, confirmed addresses, staff roles."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import SignInSeal, TermsAcceptance, User
from accounts.staff_roles import sync_staff_roles
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


def _user(person: PersonData) -> User:
    return User(
        username=person.user_name,
        password=make_password(person.password),
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        title=person.title,
        company=person.company,
        phone=person.phone,
        is_staff=person.is_staff,
    )
