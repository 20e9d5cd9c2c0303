"""Rows for tests: no surprises, every trait named."""

from datetime import date, timedelta

import factory
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from accounts.actions.codes import issue_code
from accounts.clock import carrier_clock
from accounts.models import (
    AccessReview,
    Agency,
    Broker,
    Grant,
    RegistrationRequest,
    SignInSeal,
    TermsAcceptance,
    User,
)
from accounts.roles import ROLES
from groups.models import Contact, EmployerGroup, Subgroup

PASSWORD = "four quiet loons 7"


class EmployerGroupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EmployerGroup

    group_id = factory.Sequence(lambda n: f"{n:05d}A")
    slug = factory.LazyAttribute(lambda group: group.group_id.lower())
    policyholder_id = factory.Sequence(lambda n: f"{n + 1:09d}")
    name = factory.Sequence(lambda n: f"Cedar Works {n}")
    legal_name = factory.LazyAttribute(lambda group: f"{group.name}, LLC")
    fein = factory.Sequence(lambda n: f"04{n:07d}")
    entity_kind = EmployerGroup.EntityKind.LLC
    sic_code = "3599"
    market = EmployerGroup.Market.SMALL
    region = "MA"
    phone = "4135550114"
    effective_date = date(2024, 1, 1)
    renewal_date = date(2027, 1, 1)


class SubgroupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Subgroup

    group = factory.SubFactory(EmployerGroupFactory)
    code = factory.Sequence(lambda n: f"{n % 9999 + 1:04d}")
    name = "Main"
    effective_date = date(2024, 1, 1)


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    group = factory.SubFactory(EmployerGroupFactory)
    kind = Contact.Kind.CONTRACT_SIGNER
    first_name = "Paul"
    last_name = "Hendricks"
    title = "CFO"
    phone = "4135550115"
    email = factory.LazyAttribute(
        lambda contact: f"{contact.first_name}@cedarworks.example".lower()
    )


class UserFactory(factory.django.DjangoModelFactory):
    """A person who can sign in: confirmed address, current terms, a seal."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@cedarworks.example")
    first_name = "Teresa"
    last_name = "Quinn"
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def confirmed(user, create, value, **kwargs):
        EmailAddress.objects.create(
            user=user, email=user.email, verified=value is not False, primary=True
        )

    @factory.post_generation
    def terms(user, create, value, **kwargs):
        if value is not False:
            TermsAcceptance.objects.create(user=user, version=value or settings.TERMS_VERSION)

    @factory.post_generation
    def sealed(user, create, value, **kwargs):
        if value is not False:
            SignInSeal.objects.create(
                user=user, picture="lighthouse", phrase="Two loons on the lake"
            )


class StaffFactory(UserFactory):
    """A member of account management; give rights with ``staff_role``."""

    username = factory.Sequence(lambda n: f"staff{n}")
    first_name = "Nora"
    last_name = "Castellanos"
    is_staff = True


class GrantFactory(factory.django.DjangoModelFactory):
    """A pending grant; activate it with ``accounts.actions.grants.activate_grant``."""

    class Meta:
        model = Grant

    group = factory.SubFactory(EmployerGroupFactory)
    email = factory.Sequence(lambda n: f"invited{n}@cedarworks.example")
    role = "primary_administrator"
    atoms = factory.LazyAttribute(lambda grant: sorted(ROLES[grant.role].atoms))


class AgencyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Agency

    name = factory.Sequence(lambda n: f"Harbor Benefits {n}")
    npn = factory.Sequence(lambda n: f"{n + 1000000:07d}")


class BrokerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Broker

    agency = factory.SubFactory(AgencyFactory)
    first_name = "Rita"
    last_name = "Delaney"
    email = factory.Sequence(lambda n: f"broker{n}@harbor.example")
    npn = factory.Sequence(lambda n: f"{n + 5000000:07d}")


class AccessReviewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccessReview

    group = factory.SubFactory(EmployerGroupFactory)
    quarter = "2026-Q4"
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class RegistrationRequestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RegistrationRequest

    class Params:
        nominated = factory.Trait(
            source=RegistrationRequest.Source.NOMINATION,
            officer_name="Paul Hendricks",
            officer_title="CFO",
            officer_email="paul@cedarworks.example",
            officer_phone="4135550115",
        )

    number = factory.Sequence(lambda n: f"REG-261117-{n:04d}")
    identified_by = "group_id"
    group = factory.SubFactory(EmployerGroupFactory)
    identifier = factory.LazyAttribute(lambda r: r.group.group_id if r.group else "ZZ999Z")
    first_name = "Teresa"
    last_name = "Quinn"
    title = "HR Manager"
    company_legal_name = factory.LazyAttribute(
        lambda r: r.group.legal_name if r.group else "Unknown, Inc."
    )
    fein = factory.LazyAttribute(lambda r: r.group.fein if r.group else "041234567")
    phone = "4135550188"
    email = factory.Sequence(lambda n: f"teresa{n}@cedarworks.example")
    region = "MA"
    role = RegistrationRequest.Role.PRIMARY_ADMINISTRATOR
    signer_name = "Paul Hendricks"
    signer_email = "paul@cedarworks.example"
    statement_of_authority = "I am authorized."
    terms_version = factory.LazyFunction(lambda: settings.TERMS_VERSION)
    submitted_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyAttribute(
        lambda r: carrier_clock().due_at(r.submitted_at, settings.REGISTRATION_BUSINESS_DAYS)
    )


def issued_key(grant=None):
    """Issue a code for a pending grant; return (code, digits as mailed)."""
    import json

    from portal.models import OutboundEmail
    from portal.sealed import unseal

    code = issue_code(grant or GrantFactory(), by=None)
    letter = OutboundEmail.objects.get(key=f"accounts.access_key:{code.pk}")
    return code, json.loads(unseal(letter.sealed, place=f"mail:{letter.key}"))["access_key"]
