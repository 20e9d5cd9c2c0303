"""Update Group contact info: form, review with old and new value, confirmation."""

from uuid import uuid4

import pytest

from groups.models import Contact, Transaction
from tests.access import primary_of
from tests.factories import ContactFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db

NEW = {
    "first_name": "Dana",
    "last_name": "Webb",
    "title": "Controller",
    "phone": "(413) 555-0177",
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
        ("For", "Billing", "Billing"),
        ("First name", "Paul", "Dana"),
        ("Last name", "Hendricks", "Webb"),
        ("Title", "CFO", "Controller"),
        ("Phone", "(413) 555-0115", "(413) 555-0177"),
        ("Email address", "paul@cedarworks.example", "dwebb@cedarworks.example"),
    ]
    assert (str(billing), billing.phone, billing.version) == ("Dana Webb", "4135550177", 2)
    assert (found.status, found.submitted_by_id) == ("completed", primary.user_id)
    assert found.number in text(done, ".ep-title")
