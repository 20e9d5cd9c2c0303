"""Staff say which contacts the carrier vouches for."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from groups.actions.contacts import change_contact
from groups.actions.transactions import complete
from groups.actions.vouching import vouch_for
from groups.contact_rules import state_of
from groups.models import Contact
from portal.models import AuditEvent
from tests.access import primary_of
from tests.factories import ContactFactory, EmployerGroupFactory, StaffFactory, SubgroupFactory
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor():
    return browser_of(staff_with("am_supervisor"))


@pytest.fixture
def named():
    """A contact the employer named."""
    return ContactFactory(kind="billing", vouched_at=None, named_at=timezone.now())


def group_page(contact):
    return f"/staff/groups/employergroup/{contact.group_id}/change/"


def page_of(contact):
    return f"/staff/groups/employergroup/{contact.group_id}/contacts/{contact.pk}/"


def hidden(page):
    return {one.get("name"): one.get("value") for one in select(page, "main form input")}


def test_from_the_group_to_the_contact_and_back(supervisor, named):
    (link,) = select(supervisor.get(group_page(named)), "td a[href*='/contacts/']")
    page = supervisor.get(link.get("href"))
    done = supervisor.post(page_of(named), hidden(page), follow=True)

    named.refresh_from_db()
    assert "Named by the employer on " in text(page, "main dl")
    assert named.is_evidence
    assert "Vouched for since " in done.content.decode()
    event = AuditEvent.objects.get(kind="groups.contact_vouched")
    assert (event.group_key, event.target_key) == (named.group_id, str(named.pk))


def test_the_same_page_stops_it(supervisor):
    contact = ContactFactory()

    supervisor.post(page_of(contact), hidden(supervisor.get(page_of(contact))))

    contact.refresh_from_db()
    assert not contact.is_evidence
    assert AuditEvent.objects.filter(kind="groups.contact_not_vouched").exists()


@pytest.mark.parametrize(
    ("role", "is_evidence"), [("am_supervisor", True), ("am_specialist", False)]
)
def test_completing_a_change_of_the_signer_vouches_for_it_in_the_name_of_who_may(role, is_evidence):
    signer = ContactFactory()
    typed = {**state_of(signer), "first_name": "Dana"}
    kind = typed.pop("kind")
    sent = change_contact(
        signer, **typed, version=signer.version, form_key=None, by=primary_of(signer.group).user
    )

    complete(sent, by=staff_with(role), version=sent.version)

    signer.refresh_from_db()
    assert (kind, signer.first_name, signer.is_evidence) == ("contract_signer", "Dana", is_evidence)


def test_a_form_sent_twice_does_not_turn_it_around(supervisor, named):
    sent = hidden(supervisor.get(page_of(named)))
    supervisor.post(page_of(named), sent)

    again = supervisor.post(page_of(named), sent)

    named.refresh_from_db()
    assert named.is_evidence
    assert "Somebody has changed this in the meantime" in again.content.decode()


def test_nobody_vouches_for_what_they_have_not_seen(named):
    Contact.objects.filter(pk=named.pk).update(first_name="Mallory", version=2)

    with pytest.raises(ValidationError, match="meantime"):
        vouch_for(named, version=1, by=StaffFactory())


@pytest.mark.parametrize("role", ["am_specialist", "billing_staff", "read_only", "system_admin"])
def test_only_supervisors_do(role, named):
    browser = browser_of(staff_with(role))

    assert browser.post(page_of(named), {"version": 1, "deed": "vouch_for"}).status_code == 403
    assert select(browser.get(group_page(named)), "td a[href*='/contacts/']") == []


@pytest.mark.parametrize("data", [{}, {"version": "x"}, {"version": "9" * 5000}, {"version": "1"}])
def test_odd_forms_change_nothing(supervisor, named, data):
    assert supervisor.post(page_of(named), data).status_code == 200

    named.refresh_from_db()
    assert not named.is_evidence


def test_a_contact_of_another_group_is_not_found(supervisor, named):
    other = EmployerGroupFactory()

    url = f"/staff/groups/employergroup/{other.pk}/contacts/{named.pk}/"

    assert supervisor.get(url).status_code == 404


@pytest.mark.parametrize("in_unit", [False, True])
def test_one_person_is_a_contact_of_a_kind_in_a_place_once(in_unit):
    group = EmployerGroupFactory()
    place = SubgroupFactory(group=group) if in_unit else None
    ContactFactory(group=group, subgroup=place, email="paul@cedarworks.example")
    ContactFactory(group=group, subgroup=place, kind="billing", email="paul@cedarworks.example")

    with pytest.raises(IntegrityError, match="contact_once_per_kind_and_place"):
        ContactFactory(group=group, subgroup=place, email="PAUL@cedarworks.example")
