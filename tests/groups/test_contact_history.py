"""Before and after of transactions always reproduce what is stored, whatever was done in which order."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groups.actions import contacts, transactions
from groups.contact_rules import state_of
from groups.models import Address, Contact, Transaction
from tests.factories import (
    AddressFactory,
    ContactFactory,
    EmployerGroupFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

names = st.sampled_from(["Ann", "Bo", "Cy"])
whichever = st.integers(0, 3)
persons = st.fixed_dictionaries(
    {
        "first_name": names,
        "last_name": names,
        "title": st.sampled_from(["", "Clerk"]),
        "phone": st.sampled_from(["4135550115", "4135550116"]),
        "extension": st.sampled_from(["", "22"]),
        "email": st.sampled_from(["a@works.example", "b@works.example", "c@works.example"]),
    }
)
places = st.fixed_dictionaries(
    {
        "line1": st.sampled_from(["1 Elm Street", "2 Oak Street"]),
        "line2": st.sampled_from(["", "Floor 2"]),
        "city": st.just("Holyoke"),
        "state": st.just("MA"),
        "zip_code": st.sampled_from(["01040", "01041"]),
        "county": st.just(""),
    }
)
# What is done: to the place-th of group and two units, the which-th row, with the version off by *stale*
deeds = st.one_of(
    st.tuples(st.just("add"), whichever, st.sampled_from(Contact.Kind.values), persons),
    st.tuples(st.just("change"), whichever, persons, st.booleans()),
    st.tuples(st.just("remove"), whichever, st.booleans()),
    st.tuples(st.just("address"), whichever, st.sampled_from(Address.Kind.values), places),
    st.tuples(st.just("drop"), whichever),
    st.tuples(st.just("complete"), whichever),
    st.tuples(st.just("reject"), whichever),
    st.tuples(st.just("again"), whichever),
)


class Story:
    """A group and what people do with it; *sent* are the forms that were taken, to be sent again."""

    def __init__(self):
        self.group = EmployerGroupFactory()
        self.places = [None, *SubgroupFactory.create_batch(2, group=self.group)]
        self.by, self.staff = UserFactory(), StaffFactory()
        ContactFactory(group=self.group)
        ContactFactory(group=self.group, kind=Contact.Kind.BILLING)
        AddressFactory(group=self.group, kind=Address.Kind.PHYSICAL)
        AddressFactory(group=self.group, kind=Address.Kind.MAILING)
        self.sent = []

    def place(self, at):
        return self.places[at % len(self.places)]

    def row(self, model, at, **where):
        rows = list(model.objects.filter(group=self.group, **where).order_by("pk"))
        return rows[at % len(rows)] if rows else None

    def send(self, action, *args, **typed):
        typed = {**typed, "form_key": uuid4(), "by": self.by}
        done = action(*args, **typed)
        self.sent.append((action, args, typed, done))
        return done

    def add(self, at, kind, person):
        self.send(contacts.add_contact, self.group, subgroup=self.place(at), kind=kind, **person)

    def change(self, at, person, stale):
        row = self.row(Contact, at)
        self.send(contacts.change_contact, row, version=row.version - stale, **person)

    def remove(self, at, stale):
        row = self.row(Contact, at)
        self.send(contacts.remove_contact, row, version=row.version - stale)

    def address(self, at, kind, place):
        unit = self.place(at)
        row = self.row(Address, 0, subgroup=unit, kind=kind)
        version = row.version if row else 0
        self.send(
            contacts.change_address,
            self.group,
            subgroup=unit,
            kind=kind,
            version=version,
            **place,
        )

    def drop(self, at):
        if row := self.row(Address, at):
            self.send(contacts.drop_address, row, version=row.version)

    def complete(self, at):
        if found := self.row(Transaction, at, status="pending"):
            transactions.complete(found, by=self.staff, version=found.version)

    def reject(self, at):
        if found := self.row(Transaction, at, status="pending"):
            transactions.reject(found, reason="No.", by=self.staff, version=found.version)

    def again(self, at):
        """Send a form that was sent before: nothing changes, and the answer is the first one's."""
        if not self.sent:
            return
        action, args, typed, first = self.sent[at % len(self.sent)]
        stored = self.stored()
        assert action(*args, **typed) == first
        assert self.stored() == stored

    def stored(self):
        """Return {what names a row: its fields} of all contacts and addresses of the group."""
        found = {
            ("contact", str(row.pk)): state_of(row)
            for row in Contact.objects.filter(group=self.group)
        }
        for row in Address.objects.filter(group=self.group):
            found["address", row.subgroup_id, row.kind] = state_of(row)
        return found


def names_of(found):
    if "contact" in found.before:
        return "contact", found.before["contact"]
    return "address", found.subgroup_id, found.before["kind"]


def fields(key, written):
    """Return the fields of a row in one side of a transaction; nothing where there is no row."""
    if key[0] == "contact":
        return {name: text for name, text in written.items() if name != "contact"}
    return written if written.keys() != {"kind"} else {}


def play(state, found):
    """Return *state* after a completed transaction, which must have begun from it."""
    key = names_of(found)
    assert fields(key, found.before) == state.get(key, {})
    after = {name: row for name, row in state.items() if name != key}
    return {**after, key: fields(key, found.after)} if fields(key, found.after) else after


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(deeds, max_size=12))
def test_completed_transactions_in_their_order_make_what_is_stored(db, told):
    with transaction.atomic():
        story = Story()
        first = story.stored()
        completed = []
        for name, *more in told:
            try:
                with transaction.atomic():
                    getattr(story, name)(*more)
            except ValidationError:
                pass
            done = Transaction.objects.filter(group=story.group, status="completed")
            completed += done.exclude(pk__in=[one.pk for one in completed]).order_by("pk")

        state = first
        for found in completed:
            state = play(state, found)
        assert state == story.stored()
        transaction.set_rollback(True)
