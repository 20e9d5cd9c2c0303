"""Update Group contact info: form, review with old and new value, confirmation."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from groups.actions import transactions
from groups.models import Address, Contact, Transaction
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import (
    AddressFactory,
    AgencyFactory,
    ContactFactory,
    StaffFactory,
    SubgroupFactory,
)
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db

NEW = {
    "first_name": "Dana",
    "last_name": "Webb",
    "title": "Controller",
    "phone": "(413) 555-0177",
    "extension": "22",
    "email": "DWebb@cedarworks.example",
}


@pytest.fixture
def primary():
    return primary_of()


@pytest.fixture
def group(primary):
    return primary.group


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


@pytest.fixture
def billing(group):
    return ContactFactory(group=group, kind=Contact.Kind.BILLING)


@pytest.fixture
def unit(group):
    return SubgroupFactory(group=group, code="0002", name="Warehouse")


def home_of(contact):
    return f"/g/{contact.group.slug}/group/"


def page_of(contact, more=""):
    return f"/g/{contact.group.slug}/group/contacts/{contact.pk}/{more}"


def typed(row, **values):
    return {"version": row.version, "form_key": str(uuid4()), **NEW, **values}


def sent(browser, url, data):
    return browser.post(url, {**data, "step": "submit"}, follow=True)


def cells(response, css="tbody tr"):
    return [
        tuple(" ".join(cell.text_content().split()) for cell in row)
        for row in select(response, css)
    ]


def test_change_shows_old_and_new_and_ends_with_a_number(browser, primary, billing):
    shown = browser.get(page_of(billing))
    review = browser.post(page_of(billing), typed(billing))
    hidden = {one.get("name"): one.get("value") for one in select(review, "main form input")}
    done = sent(browser, page_of(billing), hidden)

    billing.refresh_from_db()
    found = Transaction.objects.get(group=billing.group)
    assert select(shown, "#id_first_name")[0].get("value") == "Paul"
    assert cells(review) == cells(done)
    assert cells(review) == [
        ("For", "Billing", "Unchanged"),
        ("First name", "Paul", "Dana"),
        ("Last name", "Hendricks", "Webb"),
        ("Title", "CFO", "Controller"),
        ("Phone", "(413) 555-0115", "(413) 555-0177"),
        ("Extension", "–", "22"),
        ("Email address", "paul@cedarworks.example", "dwebb@cedarworks.example"),
    ]
    assert (str(billing), billing.phone, billing.version) == ("Dana Webb", "4135550177", 2)
    assert "(413) 555-0177 ext. 22" in text(browser.get(home_of(billing)), ".ep-group__contacts")
    assert (found.status, found.submitted_by_id) == ("completed", primary.user_id)
    assert found.number in text(done, ".ep-title")


def test_a_change_leaves_its_mark_without_personal_data(browser, billing):
    sent(browser, page_of(billing), typed(billing))

    event = AuditEvent.objects.get(kind="groups.contact_changed")
    assert event.group_key == billing.group_id
    assert event.changes["email"] == ["…", "…"]
    assert event.changes["title"] == ["CFO", "Controller"]


def test_the_same_form_twice_is_one_transaction(browser, billing):
    data = typed(billing)

    first = sent(browser, page_of(billing), data)
    second = sent(browser, page_of(billing), data)

    billing.refresh_from_db()
    assert second.redirect_chain == first.redirect_chain
    assert (Transaction.objects.count(), billing.version) == (1, 2)


def test_back_from_the_review_keeps_what_was_typed(browser, billing):
    response = browser.post(page_of(billing), {**typed(billing, title="Clerk"), "step": "edit"})

    assert select(response, "#id_title")[0].get("value") == "Clerk"
    assert errors(response) == []


def test_somebody_elses_change_is_shown_and_nothing_typed_is_lost(browser, billing):
    seen = typed(billing)
    Contact.objects.filter(pk=billing.pk).update(first_name="Petra", version=2)

    refused = sent(browser, page_of(billing), seen)
    again = {one.get("name"): one.get("value") for one in select(refused, ".ep-form input")}
    done = sent(browser, page_of(billing), again)

    billing.refresh_from_db()
    assert "Petra" in text(refused, ".ep-notice--warn")
    assert again["first_name"] == "Dana"
    assert (str(billing), billing.version) == ("Dana Webb", 3)
    assert cells(done)[1] == ("First name", "Petra", "Dana")


def test_nothing_changed_is_said(browser, billing):
    same = {"first_name": "Paul", "last_name": "Hendricks", "title": "CFO",
            "phone": "413-555-0115", "extension": "", "email": "paul@cedarworks.example"}  # fmt: skip
    words = "This is what we have on file already. Change something, or cancel."

    review = browser.post(page_of(billing), typed(billing, **same))
    response = sent(browser, page_of(billing), typed(billing, **same))

    assert errors(review) == errors(response) == [words]
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("first_name", "", "Enter the first name."),
        ("last_name", "R2D2", "Use letters, spaces, apostrophes, hyphens and periods."),
        ("phone", "413-911-0114", "Enter a US phone number with 10 digits, such as 413-555-0114."),
        ("phone", "999-555-0114", "Enter a US phone number with 10 digits, such as 413-555-0114."),
        ("extension", "x22", "An extension has 1 to 6 digits."),
        ("email", "dana@", "Enter a valid email address."),
        ("title", "x" * 61, "Ensure this value has at most 60 characters (it has 61)."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(browser, billing, name, value, words):
    response = sent(browser, page_of(billing), typed(billing, **{name: value}))

    assert errors(response) == [words]
    assert select(response, "title")[0].text.startswith("Error:")
    assert not Transaction.objects.exists()


def test_the_contract_signer_waits_for_us_and_is_written_when_we_complete(browser, primary):
    signer = ContactFactory(group=primary.group)
    done = sent(browser, page_of(signer), typed(signer))
    found = Transaction.objects.get()
    waiting = browser.get(page_of(signer))

    signer.refresh_from_db()
    assert (found.status, found.waits_for, str(signer)) == ("pending", "carrier", "Paul Hendricks")
    assert "We have it" in text(done, "h1")
    assert found.number in text(waiting, ".ep-notice")
    assert select(waiting, ".ep-form") == []

    transactions.complete(found, by=StaffFactory(), version=found.version)
    signer.refresh_from_db()
    assert (str(signer), signer.phone, signer.version) == ("Dana Webb", "4135550177", 2)


def test_a_waiting_change_of_what_has_changed_since_cannot_be_completed(browser, primary):
    signer = ContactFactory(group=primary.group)
    sent(browser, page_of(signer), typed(signer))
    Contact.objects.filter(pk=signer.pk).update(title="CEO")
    found = Transaction.objects.get()

    with pytest.raises(ValidationError):
        transactions.complete(found, by=StaffFactory(), version=found.version)

    found.refresh_from_db()
    assert found.status == "pending"


def test_a_second_change_of_the_signer_waits_its_turn(browser, primary):
    signer = ContactFactory(group=primary.group)
    sent(browser, page_of(signer), typed(signer))

    refused = sent(browser, page_of(signer), typed(signer, first_name="Ann"))

    assert errors(refused) == [
        "A change of this waits for us already. Cancel it first, or wait for our answer."
    ]
    assert Transaction.objects.count() == 1


def test_brokers_are_not_the_employers_to_change(browser, group):
    broker = ContactFactory(group=group, kind=Contact.Kind.BROKER)

    refused = browser.get(page_of(broker))

    assert refused.status_code == 403
    assert "Call us to change this contact." in text(refused, "h1")
    assert "administrator" not in text(refused, "main")
    assert browser.post(page_of(broker), typed(broker)).status_code == 403


def test_a_contact_is_named_for_the_group(browser, group):
    url = f"/g/{group.slug}/group/contacts/add/"
    data = {"form_key": str(uuid4()), **NEW, "kind": "enrollment"}

    done = sent(browser, url, data)
    known = sent(browser, url, {**data, "form_key": str(uuid4())})

    contact = Contact.objects.get(group=group)
    assert (contact.kind, str(contact), contact.version) == ("enrollment", "Dana Webb", 1)
    assert cells(done)[0] == ("For", "–", "Enrollment")
    assert errors(known) == ["This person is a contact of this kind here already."]


@pytest.mark.parametrize("kind", ["contract_signer", "broker", "nonsense", ""])
def test_kinds_that_are_not_the_employers_are_not_named(browser, group, kind):
    url = f"/g/{group.slug}/group/contacts/add/"

    sent(browser, url, {"form_key": str(uuid4()), **NEW, "kind": kind})

    assert not Contact.objects.exists()


def test_the_last_contact_of_a_kind_stays(browser, billing):
    remove = page_of(billing, "remove/")
    only = browser.post(remove, {**typed(billing), "step": "submit"})
    second = ContactFactory(group=billing.group, kind=Contact.Kind.BILLING, first_name="Ann")

    shown = browser.get(remove)
    data = typed(billing)
    done = sent(browser, remove, data)
    again = sent(browser, remove, data)

    assert only.status_code == 403
    assert "Ann Hendricks" in text(shown, ".ep-effect")
    assert list(Contact.objects.all()) == [second]
    assert cells(done)[0] == ("For", "Billing", "–")
    assert again.redirect_chain == done.redirect_chain


def test_a_units_own_contact_goes_before_the_groups(browser, billing, unit):
    page = f"/g/{unit.group.slug}/units/{unit.code}/"
    before = browser.get(page)
    sent(browser, f"{page}contacts/add/", {"form_key": str(uuid4()), **NEW, "kind": "billing"})
    after = browser.get(page)
    own = Contact.objects.get(subgroup=unit)
    sent(browser, page_of(own, "remove/"), typed(own))

    assert cells(before, ".ep-group__contacts tbody tr")[0][:2] == (
        "BillingThe group’s", "Paul HendricksCFO",
    )  # fmt: skip
    assert cells(after, ".ep-group__contacts tbody tr")[0][:2] == (
        "BillingOwn", "Dana WebbController",
    )  # fmt: skip
    assert cells(browser.get(page), ".ep-group__contacts tbody tr") == cells(
        before, ".ep-group__contacts tbody tr"
    )
    assert [one.subgroup for one in Transaction.objects.order_by("pk")] == [unit, unit]


def test_people_of_a_unit_change_its_contacts_and_not_the_groups(client, primary, billing, unit):
    client.force_login(given(primary.group, "administrator", units=[unit.pk], parent=primary).user)
    own = ContactFactory(group=primary.group, subgroup=unit, kind=Contact.Kind.BILLING)
    other = ContactFactory(
        group=primary.group,
        subgroup=SubgroupFactory(group=primary.group, code="0003"),
        kind=Contact.Kind.BILLING,
    )

    done = sent(client, page_of(own), typed(own))

    assert "confirmation number" in text(done, ".ep-title")
    assert client.get(page_of(billing)).status_code == 403
    assert client.get(f"/g/{primary.group.slug}/group/contacts/add/").status_code == 403
    assert client.get(page_of(other)).status_code == 404
    assert client.get(f"/g/{primary.group.slug}/units/0003/").status_code == 404


def test_a_viewer_looks_and_changes_nothing(client, primary, billing, unit):
    client.force_login(given(primary.group, "viewer", parent=primary).user)
    overview = client.get(f"/g/{primary.group.slug}/group/")

    assert "Paul Hendricks" in text(overview, ".ep-group__contacts")
    for page in (overview, client.get(f"/g/{primary.group.slug}/units/0002/")):
        assert [
            a for a in select(page, "main a") if a.text_content().startswith(("Change", "Add"))
        ] == []
    assert client.get(page_of(billing)).status_code == 403
    assert client.post(page_of(billing), typed(billing)).status_code == 403
    assert not Transaction.objects.exists()


PLACE = {
    "line1": "12 Canal Street", "line2": "", "city": "Holyoke", "state": "MA", "zip_code": "01040", "county": "",
}  # fmt: skip


def moved(address, **values):
    version = address.version if address else 0
    return {"version": version, "form_key": str(uuid4()), **PLACE, **values}


def test_the_mailing_address_is_changed_at_once(browser, group):
    address = AddressFactory(group=group, kind=Address.Kind.MAILING)

    done = sent(
        browser,
        f"/g/{group.slug}/group/addresses/mailing/",
        moved(address, line1="P.O. Box 12", zip_code="010401234"),
    )

    address.refresh_from_db()
    assert (address.line1, address.zip_code, address.version) == ("P.O. Box 12", "01040-1234", 2)
    assert cells(done) == [
        ("Address", "Mailing address", "Unchanged"),
        ("Street address", "12 Mill Street", "P.O. Box 12"),
        ("ZIP", "01040", "01040-1234"),
    ]


def test_the_physical_address_waits_for_us(browser, group):
    address = AddressFactory(group=group, kind=Address.Kind.PHYSICAL)
    url = f"/g/{group.slug}/group/addresses/physical/"
    today = timezone.localdate()

    sent(browser, url, moved(address, effective_date=today.isoformat()))
    found = Transaction.objects.get()
    again = sent(browser, url, moved(address, line1="1 Elm Street", effective_date=today))
    address.refresh_from_db()
    before = address.line1
    transactions.complete(found, by=StaffFactory(), version=found.version)

    address.refresh_from_db()
    assert (found.status, found.effective_date, before) == ("pending", today, "12 Mill Street")
    assert errors(again) == [
        "A change of this waits for us already. Cancel it first, or wait for our answer."
    ]
    assert (address.line1, address.version) == ("12 Canal Street", 2)


def test_a_move_to_come_is_completed_from_its_day_on(browser, primary, group):
    address = AddressFactory(group=group, kind=Address.Kind.PHYSICAL)
    url, day = f"/g/{group.slug}/group/addresses/physical/", date(2027, 1, 4)
    staff = staff_with("am_specialist")
    with time_machine.travel(datetime(2026, 12, 21, 17, tzinfo=UTC)):
        browser.force_login(primary.user)
        sent(browser, url, moved(address, effective_date=day.isoformat()))
        found = Transaction.objects.get()
        page = text(browser.get(f"/g/{group.slug}/transactions/{found.number}/"), "main")
        with pytest.raises(ValidationError, match="from that day on"):
            transactions.complete(found, by=staff, version=found.version)
        theirs = browser_of(staff).get(f"/staff/groups/transaction/{found.pk}/change/")
    with time_machine.travel(datetime(2027, 1, 4, 17, tzinfo=UTC)):
        late = transactions.escalate_pending(timezone.now())
        transactions.complete(found, by=staff, version=found.version)

    address.refresh_from_db()
    assert "We answer by January 4, 2027" in page
    assert "you can complete it from that day on" in text(theirs, "[aria-labelledby=decide]")
    assert not select(theirs, "form[action$='/complete/']")
    assert late == 0
    assert address.line1 == PLACE["line1"]


def test_an_address_that_was_not_there_is_completed_into_being(browser, group):
    url = f"/g/{group.slug}/group/addresses/physical/"

    sent(browser, url, moved(None, effective_date=timezone.localdate().isoformat()))
    found = Transaction.objects.get()
    transactions.complete(found, by=StaffFactory(), version=found.version)

    address = Address.objects.get(group=group)
    assert (address.kind, address.line1, address.version) == ("physical", "12 Canal Street", 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"line1": "PO Box 12"}, "A physical address cannot be a PO box. Use it as mailing address."),
        ({"line2": "Post Office Box 3"}, "A physical address cannot be a PO box. Use it as mailing address."),
        ({"zip_code": "1040"}, "ZIP needs 5 digits, or 9 such as 01040-1234."),
        ({"county": "Nowhere"}, "Massachusetts has no county of this name. It has Barnstable, Berkshire, Bristol, Dukes, Essex, Franklin, Hampden, Hampshire, Middlesex, Nantucket, Norfolk, Plymouth, Suffolk, Worcester."),
        ({"zip_code": "06101"}, "06101 is not a ZIP of Massachusetts. Check the ZIP and the state."),
        ({"state": ""}, "Choose the state."),
        ({"city": "Holyoke 2"}, "Enter the name of a city, with letters, spaces and hyphens."),
        ({"effective_date": "2020-01-01"}, "Choose a day from 30 days back to 90 days ahead."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_address_is_said(browser, group, values, words):
    data = moved(None, **{"effective_date": timezone.localdate().isoformat(), **values})

    response = sent(browser, f"/g/{group.slug}/group/addresses/physical/", data)

    assert errors(response) == [words]


def test_a_unit_gets_its_own_address_and_gives_it_up(browser, group, unit):
    AddressFactory(group=group, kind=Address.Kind.BILLING)
    page = f"/g/{group.slug}/units/{unit.code}/"

    review = browser.post(f"{page}addresses/billing/", moved(None))
    sent(browser, f"{page}addresses/billing/", moved(None))
    own = Address.objects.get(subgroup=unit)
    with_own = text(browser.get(page), ".ep-group__addresses")
    shown = browser.get(f"{page}addresses/billing/own/drop/")
    data = {"version": own.version, "form_key": str(uuid4())}
    done = sent(browser, f"{page}addresses/billing/own/drop/", data)
    again = sent(browser, f"{page}addresses/billing/own/drop/", data)

    assert "Until now the group’s address counts here:12 Mill Street" in text(review, "main")
    assert "12 Canal Street" in with_own
    assert "12 Mill Street" in text(shown, "main")
    assert not Address.objects.filter(subgroup=unit).exists()
    assert again.redirect_chain == done.redirect_chain
    assert "12 Mill Street" in text(browser.get(page), ".ep-group__addresses")


@pytest.mark.parametrize("path", ["group/addresses/nonsense/", "units/9999/", "units/0002/addresses/billing/own/drop/"])  # fmt: skip
def test_what_is_not_there_is_not_found(browser, group, unit, path):
    assert browser.get(f"/g/{group.slug}/{path}").status_code == 404


def test_overview_says_what_is_on_file(browser, group, unit):
    AddressFactory(group=group, kind=Address.Kind.PHYSICAL)
    ContactFactory(group=group)

    page = browser.get(f"/g/{group.slug}/group/")

    assert text(page, ".ep-breadcrumb") == "HomeGroup details"
    assert "12 Mill Street" in text(page, ".ep-group__addresses")
    assert cells(page, "section[aria-labelledby=units-heading] tbody tr") == [
        ("0002 Warehouse", "Active employees", "Jan 1, 2024", "–")
    ]
    assert "Nobody is on file for Billing." in text(page, ".ep-group__note")


def test_nothing_on_file_is_said(browser, group):
    page = browser.get(f"/g/{group.slug}/group/")

    assert [one.text for one in select(page, ".ep-empty h3")] == [
        "Nobody on file",
        "No billing units",
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_overview_asks_the_same_few_times(browser, group, count, django_assert_num_queries):
    for number in range(count):
        ContactFactory(group=group, kind="billing", email=f"{number}@cedarworks.example")
        SubgroupFactory(group=group, code=f"{number:04d}")

    browser.get(f"/g/{group.slug}/group/")
    with django_assert_num_queries(17):
        browser.get(f"/g/{group.slug}/group/")


def test_a_unit_leads_to_the_ones_around_it(browser, group):
    for number in range(1, 31):
        SubgroupFactory(group=group, code=f"{number:04d}", name="Shop")

    page = browser.get(f"/g/{group.slug}/units/0010/")

    assert [link.text for link in select(page, ".ep-group__units a")] == [
        f"{number:04d} Shop" for number in range(4, 17)
    ]
    assert select(page, ".ep-group__units [aria-current]")[0].text == "0010 Shop"


def test_the_contract_signer_is_not_removed(browser, group):
    ContactFactory(group=group)
    signer = ContactFactory(group=group, first_name="Ann")

    response = browser.get(page_of(signer, "remove/"))

    assert response.status_code == 403
    assert "Call us to change this contact." in response.content.decode()


def test_somebody_who_views_as_another_is_offered_no_change(browser, primary, billing):
    viewer = given(primary.group, "administrator", parent=primary)
    session = browser.session
    session["view_as"] = {primary.group.slug: viewer.user_id}
    session.save()

    page = browser.get(f"/g/{primary.group.slug}/group/")

    assert not [a for a in select(page, "main a") if a.text_content().startswith("Change")]
    assert browser.post(page_of(billing), typed(billing)).status_code == 403


def test_brokers_with_access_are_named_to_those_who_may_know(client, browser, primary):
    agency = AgencyFactory(name="Summit Benefit Partners")
    given(primary.group, "broker_view", agency=agency, parent=primary)
    ContactFactory(group=primary.group, kind=Contact.Kind.BROKER, first_name="Alicia")

    seen = browser.get(f"/g/{primary.group.slug}/group/")
    client.force_login(given(primary.group, "viewer", parent=primary).user)
    by_viewer = client.get(f"/g/{primary.group.slug}/group/")

    assert "Summit Benefit Partners" in text(seen, ".ep-aside")
    assert "Alicia Hendricks" in text(by_viewer, ".ep-aside")
    assert "Summit" not in text(by_viewer, ".ep-aside")


def drop_url(unit, kind):
    return f"/g/{unit.group.slug}/units/{unit.code}/addresses/{kind}/own/drop/"


def test_giving_up_an_own_physical_address_waits_for_us(browser, group, unit):
    AddressFactory(group=group, kind=Address.Kind.PHYSICAL)
    own = AddressFactory(group=group, subgroup=unit, kind=Address.Kind.PHYSICAL, line1="1 Elm St")
    data = {"version": own.version, "form_key": str(uuid4())}

    shown = browser.get(drop_url(unit, "physical"))
    sent(browser, drop_url(unit, "physical"), data)
    found = Transaction.objects.get()
    again = sent(browser, drop_url(unit, "physical"), {**data, "form_key": str(uuid4())})
    moves = sent(
        browser,
        f"/g/{group.slug}/units/{unit.code}/addresses/physical/",
        moved(own, effective_date=timezone.localdate().isoformat()),
    )
    still_there = Address.objects.filter(pk=own.pk).exists()
    transactions.complete(found, by=StaffFactory(), version=found.version)

    assert "We look at it first" in text(shown, ".ep-effect")
    assert (found.status, still_there) == ("pending", True)
    for refused in (again, moves):
        assert errors(refused) == [
            "A change of this waits for us already. Cancel it first, or wait for our answer."
        ]
    assert not Address.objects.filter(pk=own.pk).exists()
    event = AuditEvent.objects.get(kind="groups.address_dropped")
    assert event.actor_key == found.submitted_by_id


def test_an_address_that_changed_meanwhile_is_not_given_up(browser, group, unit):
    own = AddressFactory(group=group, subgroup=unit, kind=Address.Kind.PHYSICAL)
    sent(browser, drop_url(unit, "physical"), {"version": 1, "form_key": str(uuid4())})
    found = Transaction.objects.get()
    Address.objects.filter(pk=own.pk).update(line1="9 Oak Street")

    with pytest.raises(ValidationError, match="meantime"):
        transactions.complete(found, by=StaffFactory(), version=found.version)

    assert Address.objects.filter(pk=own.pk).exists()


@pytest.fixture
def waiting(browser, group):
    """A change of the contract signer that the primary administrator sent."""
    signer = ContactFactory(group=group)
    sent(browser, page_of(signer), typed(signer))
    return Transaction.objects.get()


def test_who_may_not_see_transactions_reads_no_number(client, primary, waiting):
    grant = given(primary.group, atoms=["group_contacts_edit"], parent=primary)
    client.force_login(grant.user)
    signer = Contact.objects.get(kind="contract_signer")

    for page in (home_of(signer), page_of(signer)):
        shown = client.get(page).content.decode()
        assert "waits for us" in shown
        assert waiting.number not in shown


def test_the_confirmation_is_for_whoever_submitted_it(client, primary, waiting):
    url = f"/g/{primary.group.slug}/group/submitted/{waiting.number}/"
    own = client.get(url)
    client.force_login(given(primary.group, atoms=["group_contacts_edit"], parent=primary).user)
    without = client.get(url)
    client.force_login(given(primary.group, "administrator", parent=primary).user)

    assert own.status_code == 200
    assert without.status_code == 404
    assert client.get(url).url == f"/g/{primary.group.slug}/transactions/{waiting.number}/"


def test_history_names_nobody_for_ever(browser, billing):
    sent(browser, page_of(billing), typed(billing))
    billing.refresh_from_db()
    ContactFactory(group=billing.group, kind=Contact.Kind.BILLING, first_name="Ann")
    sent(browser, page_of(billing, "remove/"), typed(billing))

    labels = set(
        AuditEvent.objects.filter(target_type="groups.contact").values_list("target_label", flat=True)
    )  # fmt: skip
    assert labels == {f"Billing contact {billing.pk}"}
