"""A terminated group can be read, and nothing of it is changed; one's own affairs and taking access away still work."""

from uuid import uuid4

import pytest
from django.urls import reverse

from groups.models import Contact, Document, EmployerGroup, Transaction
from tests.access import given, primary_of
from tests.factories import (
    AddressFactory,
    AnnouncementFactory,
    ContactFactory,
    EmployerGroupFactory,
    SubgroupFactory,
)
from tests.guards.routes import of_groups
from tests.html import select, text

pytestmark = pytest.mark.django_db
STATUSES = EmployerGroup.Status
# What still works, each with its reason
AFTER_END = {
    "accounts:remove_user": "takes access away",
    "accounts:deactivate_user": "takes access away",
    "accounts:remove_agency": "takes access away",
    "accounts:decide_review": "takes access away, or leaves it",
    "accounts:finish_review": "takes access away, or leaves it",
    "accounts:account_settings": "one's own",
    "accounts:view_as": "looks",
    "groups:dismiss_announcement": "one's own",
}


@pytest.fixture
def primary():
    return primary_of(EmployerGroupFactory(status=STATUSES.TERMINATED))


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


def home_of(primary):
    return f"/g/{primary.group.slug}/"


def test_a_contact_is_shown_and_not_changed(browser, primary):
    contact = ContactFactory(group=primary.group, kind=Contact.Kind.BILLING)
    url = f"{home_of(primary)}group/contacts/{contact.pk}/"
    typed = {
        "first_name": "Eve",
        "last_name": "Moss",
        "phone": "4135550177",
        "email": "e@x.example",
    }

    refused = browser.post(url, {**typed, "version": 1, "form_key": uuid4(), "step": "submit"})
    page = browser.get(f"{home_of(primary)}group/")

    contact.refresh_from_db()
    assert (refused.status_code, contact.first_name) == (403, "Paul")
    assert text(refused, "h1").startswith("This group has ended.")
    assert "primary administrator" not in text(refused, "main")
    assert "Paul Hendricks" in text(page, ".ep-group__contacts")
    assert select(page, f"main a[href='{url}']") == []
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("path", "gone"),
    [("", "main a[href$='/documents/upload/']"), ("documents/", "main a[href$='/upload/']"), ("users/", "main a[href$='/users/add/']")],
)  # fmt: skip
def test_every_page_says_so_and_offers_nothing_that_is_refused(browser, primary, path, gone):
    page = browser.get(f"{home_of(primary)}{path}")
    EmployerGroup.objects.update(status=STATUSES.ACTIVE)
    before_the_end = browser.get(f"{home_of(primary)}{path}")

    assert (
        text(page, ".ep-viewbar")
        == "This group has ended. You can look at everything, and change nothing."
    )
    assert (select(page, gone), select(before_the_end, ".ep-viewbar")) == ([], [])
    assert select(before_the_end, gone)


def test_a_suspended_group_says_so_and_whom_to_ask(browser, primary):
    EmployerGroup.objects.update(status=STATUSES.SUSPENDED)

    assert text(browser.get(home_of(primary)), ".ep-viewbar").startswith(
        "This group is suspended. Questions? Contact"
    )


@pytest.mark.parametrize(
    "path", ["group/contacts/add/", "group/addresses/mailing/", "documents/upload/", "users/add/"]
)
def test_nothing_else_is_either(browser, primary, path):
    AddressFactory(group=primary.group)

    assert browser.get(f"{home_of(primary)}{path}").status_code == 200
    assert browser.post(f"{home_of(primary)}{path}", {}).status_code == 403
    assert not Document.objects.exists()


def test_own_affairs_and_taking_access_away_still_work(browser, primary):
    colleague, news = given(primary.group, "viewer", parent=primary), AnnouncementFactory()

    put_away = browser.post(f"{home_of(primary)}announcements/{news.pk}/dismiss/")
    settings = browser.post(f"{home_of(primary)}settings/", {})
    removal = browser.post(f"{home_of(primary)}users/{colleague.key}/remove/", {})
    signed_out = browser.post(reverse("account_logout"))

    assert {one.status_code for one in (put_away, settings, removal, signed_out)} <= {200, 302}


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {STATUSES.TERMINATED}))
def test_groups_in_any_other_state_change(client, status):
    primary = primary_of(EmployerGroupFactory(status=status))
    SubgroupFactory(group=primary.group)
    client.force_login(primary.user)

    assert client.post(f"{home_of(primary)}group/contacts/add/", {}).status_code == 200


def test_what_works_after_the_end_is_known():
    assert {route.name for route in of_groups() if route.works_after_end} == AFTER_END.keys()
