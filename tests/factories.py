"""Rows for tests: no surprises, every trait named."""

from datetime import date, timedelta
from decimal import Decimal

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
from groups.models import (
    Address,
    Announcement,
    Contact,
    Document,
    EmployeeClass,
    EmployerGroup,
    Plan,
    PlanOffer,
    Rate,
    Renewal,
    RenewalRate,
    Subgroup,
    TeamMember,
    Transaction,
)
from groups.transaction_kinds import in_one_line

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
    vouched_at = factory.LazyFunction(timezone.now)


class AddressFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Address

    group = factory.SubFactory(EmployerGroupFactory)
    kind = Address.Kind.BILLING
    line1 = "12 Mill Street"
    city = "Holyoke"
    state = "MA"
    zip_code = "01040"


class EmployeeClassFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EmployeeClass

    group = factory.SubFactory(EmployerGroupFactory)
    code = "FT"
    name = "Full time"
    waiting_rule = EmployeeClass.WaitingRule.FIRST_FOLLOWING
    effective_from = date(2024, 1, 1)


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Plan

    code = factory.Sequence(lambda n: f"SILVER-{n}")
    name = factory.Sequence(lambda n: f"Silver HMO {n}")
    line = Plan.Line.MEDICAL
    product = Plan.Product.HMO
    effective_date = date(2020, 1, 1)


class PlanOfferFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PlanOffer

    group = factory.SubFactory(EmployerGroupFactory)
    plan = factory.SubFactory(PlanFactory)
    effective_from = date(2024, 1, 1)


class RateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rate

    group = factory.SubFactory(EmployerGroupFactory)
    plan = factory.SubFactory(PlanFactory)
    tier = Rate.Tier.EMPLOYEE
    amount = Decimal("612.47")
    effective_from = date(2024, 1, 1)


class TransactionFactory(factory.django.DjangoModelFactory):
    """A completed change of a contact."""

    class Meta:
        model = Transaction

    group = factory.SubFactory(EmployerGroupFactory)
    number = factory.Sequence(lambda n: f"TX-261117-{n:04d}")
    kind = "groups.contact_changed"
    before = {"phone": "413-555-0115"}
    after = {"phone": "413-555-0116"}
    before_words = factory.LazyAttribute(lambda found: in_one_line(found.kind, found.before))
    after_words = factory.LazyAttribute(lambda found: in_one_line(found.kind, found.after))
    status = Transaction.Status.COMPLETED
    decided_at = factory.LazyAttribute(
        lambda found: None if found.status in Transaction.UNDECIDED else timezone.now()
    )
    waits_for = factory.LazyAttribute(
        lambda found: "carrier" if found.status in Transaction.UNDECIDED else ""
    )


class DocumentFactory(factory.django.DjangoModelFactory):
    """The row alone: no file lies behind it."""

    class Meta:
        model = Document

    group = factory.SubFactory(EmployerGroupFactory)
    kind = Document.Kind.CONTRACT
    title = "Group contract 2026"
    file = "documents/0/none"
    file_name = "group-contract-2026.pdf"
    content_type = "application/pdf"
    size = 1024
    sha256 = "0" * 64
    scan = Document.Scan.CLEAN
    document_date = date(2026, 1, 1)


class RenewalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Renewal

    group = factory.SubFactory(EmployerGroupFactory)
    renewal_date = factory.LazyAttribute(lambda renewal: renewal.group.renewal_date)
    available_on = factory.LazyAttribute(lambda renewal: renewal.renewal_date - timedelta(days=75))
    respond_by = factory.LazyAttribute(lambda renewal: renewal.renewal_date - timedelta(days=15))
    state = Renewal.State.OFFERED


class RenewalRateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RenewalRate

    renewal = factory.SubFactory(RenewalFactory)
    group = factory.SelfAttribute("renewal.group")
    current_plan = factory.SubFactory(PlanFactory)
    renewal_plan = factory.SelfAttribute("current_plan")
    tier = Rate.Tier.EMPLOYEE
    current_amount = Decimal("612.47")
    renewal_amount = Decimal("649.21")
    contracts = 12


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


class AnnouncementFactory(factory.django.DjangoModelFactory):
    """Published and shown today, to every group."""

    class Meta:
        model = Announcement

    title = factory.Sequence(lambda n: f"New rates, part {n}")
    text = "The rates of next year are here.\n\nFind them under Plans and rates."
    starts_on = factory.LazyFunction(timezone.localdate)
    published_at = factory.LazyFunction(timezone.now)
    published_by = factory.LazyAttribute(lambda row: StaffFactory() if row.published_at else None)


class TeamMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TeamMember

    group = factory.SubFactory(EmployerGroupFactory)
    duty = TeamMember.Duty.ACCOUNT_MANAGER
    person = factory.SubFactory(StaffFactory)
