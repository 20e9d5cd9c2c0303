"""Asking for a right one lacks."""

import pytest

from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.html import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(client):
    primary = primary_of()
    found = given(primary.group, atoms=["billing_view"], parent=primary)
    client.force_login(found.user)
    return found


def ask(client, grant, right):
    return client.post(f"/g/{grant.group.slug}/ask/", {"right": right}, follow=True)


def test_the_page_without_the_right_offers_to_ask_for_it(client, colleague):
    page = client.get(f"/g/{colleague.group.slug}/users/")

    assert page.status_code == 403
    assert f"Ask {colleague.parent.user} for this access" in text(page, "main")
    assert 'name="right" value="users_view"' in page.content.decode()


def test_each_primary_administrator_gets_one_letter_a_day_that_names_nobody(client, colleague):
    page = ask(client, colleague, "users_view")
    ask(client, colleague, "users_view")

    letter = OutboundEmail.objects.get(template="accounts/access_asked")
    assert "We told your primary administrator" in text(page, "main")
    assert letter.to == colleague.parent.user.email
    assert letter.context == {
        "slug": colleague.group.slug,
        "grant": str(colleague.key),
        "right": "See who has access",
    }
    assert AuditEvent.objects.filter(kind="accounts.access_asked").count() == 2


@pytest.mark.parametrize("right", ["billing_view", "everything", ""])
def test_a_right_one_has_or_nobody_has_is_not_asked_for(client, colleague, right):
    page = ask(client, colleague, right)

    assert "cannot be asked for" in text(page, "main")
    assert not OutboundEmail.objects.filter(template="accounts/access_asked").exists()
