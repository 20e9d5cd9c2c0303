"""A group with everybody who may and may not open its pages, and a row for every address that names one."""

from dataclasses import dataclass
from datetime import timedelta

import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from accounts.actions import grants
from accounts.models import Grant
from accounts.roles import ROLES
from accounts.staff_roles import STAFF_ROLES, sync_staff_roles
from groups.access import VIEW_AS
from groups.atoms import ATOMS, with_needs
from groups.models import Address, Contact
from tests.access import given, primary_of
from tests.factories import (
    AccessReviewFactory,
    AddressFactory,
    AnnouncementFactory,
    BrokerFactory,
    ContactFactory,
    DocumentFactory,
    EmployerGroupFactory,
    PlanOfferFactory,
    RenewalFactory,
    StaffFactory,
    SubgroupFactory,
    TransactionFactory,
    UserFactory,
)


@dataclass(frozen=True)
class Standing:
    """What somebody is to a group: what the pages must answer follows from this and from the view's own words.

    *signed_in*: has an account. *knows*: may know that the group exists. *atoms*: holds them. *whole*: for every
    billing unit. *reaches*: the rows that stand in addresses lie within the units. *decides*: is a primary
    administrator. *looks*: views the group as another person.
    """

    signed_in: bool = True
    knows: bool = True
    atoms: frozenset = frozenset()
    whole: bool = True
    reaches: bool = True
    decides: bool = False
    looks: bool = False


class World:
    """One group, and in it one row of each kind that an address can name; all of it in one billing unit."""

    def __init__(self):
        self.group = EmployerGroupFactory()
        self.unit, self.other_unit = SubgroupFactory.create_batch(2, group=self.group)
        self.primary = primary_of(self.group)
        self.second_primary = primary_of(self.group)
        units = [self.unit.pk]
        self.colleague = given(self.group, atoms=["group_view"], units=units, parent=self.primary)
        self.suspended = grants.suspend_grant(
            given(self.group, atoms=["group_view"], units=units, parent=self.primary),
            by=self.primary.user,
            suspension=Grant.Suspension.ADMINISTRATOR,
        )
        self.invited = grants.offer_grant(
            self.group,
            email="invited@cedarworks.example",
            role="custom",
            access=grants.Access("custom", with_needs(()), frozenset(units)),
            source=Grant.Source.DELEGATION,
            parent=self.primary,
            by=self.primary.user,
        )
        broker = BrokerFactory()
        self.agency = broker.agency
        self.broker = given(
            self.group,
            "broker_view",
            units=units,
            user=UserFactory(email=broker.email),
            parent=self.primary,
            agency=self.agency,
        )
        AccessReviewFactory(group=self.group)
        self.contact = ContactFactory(
            group=self.group, subgroup=self.unit, kind=Contact.Kind.BILLING
        )
        self.address = AddressFactory(
            group=self.group, subgroup=self.unit, kind=Address.Kind.MAILING
        )
        self.transaction = TransactionFactory(
            group=self.group, subgroup=self.unit, status="pending"
        )
        self.review = AccessReviewFactory(
            group=self.group,
            quarter="2026-Q3",
            completed_at=timezone.now(),
            completed_by=self.primary.user,
        )
        self.plan = PlanOfferFactory(group=self.group, subgroup=self.unit).plan
        self.announcement = AnnouncementFactory(group_ids=[self.group.group_id])
        today = timezone.localdate()
        self.renewal = RenewalFactory(
            group=self.group,
            renewal_date=today + timedelta(days=30),
            available_on=today,
            respond_by=today + timedelta(days=10),
        )
        self.document = DocumentFactory(
            group=self.group, subgroup=self.unit, file=ContentFile(b"%PDF-1.7", name="contract")
        )


# What stands for a part of an address, by (converter, name); by route where the row must be in a certain state.
ROWS = {
    ("uuid", "key"): lambda world: world.colleague.key,
    ("int", "pk"): lambda world: world.agency.pk,
    ("slug", "quarter"): lambda world: world.review.quarter,
    ("slug", "number"): lambda world: world.transaction.number,
}
ROWS_OF_ROUTE = {
    "groups:announcement": {"pk": lambda world: world.announcement.pk},
    "groups:dismiss_announcement": {"pk": lambda world: world.announcement.pk},
    "accounts:reactivate_user": {"key": lambda world: world.suspended.key},
    "accounts:resend_invitation": {"key": lambda world: world.invited.key},
    "groups:plan": {"code": lambda world: world.plan.code},
    "groups:unit": {"code": lambda world: world.unit.code},
    "groups:add_unit_contact": {"code": lambda world: world.unit.code},
    "groups:contact": {"pk": lambda world: world.contact.pk},
    "groups:remove_contact": {"pk": lambda world: world.contact.pk},
    "groups:address": {"kind": lambda world: world.address.kind},
    "groups:unit_address": {
        "code": lambda world: world.unit.code,
        "kind": lambda world: world.address.kind,
    },
    "groups:drop_address": {
        "code": lambda world: world.unit.code,
        "kind": lambda world: world.address.kind,
    },
    "groups:renewal": {"key": lambda world: world.renewal.key},
    "groups:accept_renewal": {"key": lambda world: world.renewal.key},
    "groups:ask_renewal": {"key": lambda world: world.renewal.key},
    "groups:renewal_pdf": {"key": lambda world: world.renewal.key},
    "groups:document": {"key": lambda world: world.document.key},
}


# What only primary administrators may do. No atom says so: the action asks for the role.
FOR_PRIMARIES = {
    "GET accounts:offer_hand_over": "it is their role that is offered",
    "POST accounts:offer_hand_over": "judged before the form is read",
}
# What whoever submitted it may open; others read it among the transactions, or not at all.
OF_SUBMITTERS = {"GET groups:submitted": "a confirmation, with before and after"}
# Addresses that name a row which belongs to no group, each with its reason.
OF_EVERYBODY = {
    "groups:address": "it names a kind of address, which every group may have",
    "groups:announcement": "written for many groups; which of them may read it is asked of its filters",
    "groups:dismiss_announcement": "as the announcement itself",
    "accounts:remove_agency": "agencies are the carrier's; without access to this group there is nothing to remove",
}


def row_for(route, converter, name):
    """Return the function that names a row for one part of *route*'s address; None where nobody said which."""
    return ROWS_OF_ROUTE.get(route.name, {}).get(name) or ROWS.get((converter, name))


def _browser(user):
    client = Client()
    client.force_login(user)
    return client


def _works_under(grant, **more):
    whole = grant.all_units
    atoms = frozenset(grant.atoms)
    standing = Standing(atoms=atoms, whole=whole, decides=grant.is_primary, **more)
    return _browser(grant.user), standing


def _not_of_it(user):
    return _browser(user), Standing(knows=False)


def _with_atom(atom):
    return lambda world: _works_under(given(world.group, atoms=[atom], parent=world.primary))


def _of_unit(name):
    def arrive(world):
        unit = getattr(world, name).pk
        grant = given(world.group, "administrator", units=[unit], parent=world.primary)
        return _works_under(grant, reaches=name == "unit")

    return arrive


def _until(end):
    """Come with a browser that was inside when the grant came to its end."""

    def arrive(world):
        grant = given(world.group, "administrator", parent=world.primary)
        client, _standing = _works_under(grant)
        assert client.get(f"/g/{world.group.slug}/").status_code == 200
        end(grant)
        return client, Standing(knows=False)

    return arrive


def _revoke(grant):
    grants.revoke_grant(grant, by=None)


def _deactivate(grant):
    grants.suspend_grant(grant, by=None, suspension=Grant.Suspension.ADMINISTRATOR)


def _past_the_end(world):
    """Come with a grant that ended an hour ago and that no sweep has met."""
    now = timezone.now()
    with time_machine.travel(now - timedelta(days=2)):
        ends_at = now - timedelta(hours=1)
        grant = given(world.group, "administrator", ends_at=ends_at, parent=world.primary)
    assert grant.state == Grant.State.ACTIVE
    return _not_of_it(grant.user)


def _invited(world):
    user = UserFactory()
    grants.offer_grant(world.group, email=user.email, role="administrator", by=world.primary.user)
    return _not_of_it(user)


def _staff(_world):
    person = StaffFactory()
    roles = sync_staff_roles()
    person.groups.add(*(roles[key] for key in STAFF_ROLES))
    return _not_of_it(person)


def _viewing_as_colleague(world):
    client = _browser(world.primary.user)
    viewer = given(world.group, "viewer", parent=world.primary)
    session = client.session
    session[VIEW_AS] = {world.group.slug: viewer.user_id}
    session.save()
    return client, Standing(atoms=ROLES["viewer"].atoms, looks=True)


def _broker(world):
    return _works_under(
        given(world.group, "broker_full", agency=world.agency, parent=world.primary)
    )


# Everybody of the cast: a function that brings them to the door and returns browser and standing.
PERSONAS = {
    "primary": lambda world: _works_under(world.primary),
    "administrator": lambda world: _works_under(given(world.group, "administrator", parent=world.primary)),
    **{f"only {atom}": _with_atom(atom) for atom, _label in ATOMS},
    "of this billing unit": _of_unit("unit"),
    "of another billing unit": _of_unit("other_unit"),
    "broker": _broker,
    "views as a colleague": _viewing_as_colleague,
    "former": _until(_revoke),
    "deactivated": _until(_deactivate),
    "past the end": _past_the_end,
    "invited": _invited,
    "stranger": lambda _world: _not_of_it(primary_of().user),
    "staff": _staff,
    "anonymous": lambda _world: (Client(), Standing(signed_in=False, knows=False)),
}  # fmt: skip
