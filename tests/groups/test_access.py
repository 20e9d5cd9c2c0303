import pytest

from accounts.actions.grants import activate_grant, revoke_grant
from tests.access import primary_of
from tests.factories import (
    GrantFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
)
from tests.html import select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    user = UserFactory()
    grant = activate_grant(GrantFactory(), user=user, by=None)
    client.force_login(user)
    return grant


def test_home_of_a_group(client, owner):
    SubgroupFactory(group=owner.group, code="0001", name="Main")

    response = client.get(f"/g/{owner.group.slug}/")

    assert text(response, "h1").startswith(owner.group.name)
    assert "Main" in text(response, ".ep-units")
    assert [link.get("href") for link in select(response, ".ep-shell__nav [aria-current]")] == [
        f"/g/{owner.group.slug}/"
    ]


def test_colleague_without_the_right_is_told_which(client):
    user = UserFactory()
    grant = activate_grant(GrantFactory(role="billing_viewer"), user=user, by=None)
    client.force_login(user)

    response = client.get(f"/g/{grant.group.slug}/users/")

    assert response.status_code == 403
    assert "See who has access" in response.content.decode()
    assert "Manage user access" not in text(client.get(f"/g/{grant.group.slug}/"), ".ep-shell__nav")


def test_stranger_and_missing_group_look_the_same(client, owner):
    client.force_login(UserFactory())

    foreign = client.get(f"/g/{owner.group.slug}/")
    missing = client.get("/g/zzzzzz/")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert owner.group.name not in foreign.content.decode()


def test_revoked_access_ends_with_the_next_request(client, owner):
    primary_of(owner.group)
    assert client.get(f"/g/{owner.group.slug}/").status_code == 200

    revoke_grant(owner, by=None)

    assert client.get(f"/g/{owner.group.slug}/").status_code == 404


def test_landing_goes_to_the_only_group_and_lists_several(client, owner):
    assert client.get("/home/")["Location"] == f"/g/{owner.group.slug}/"

    second = activate_grant(GrantFactory(), user=owner.user, by=None)
    response = client.get("/home/")

    assert {link.text_content() for link in select(response, "tbody th a")} == {
        owner.group.name,
        second.group.name,
    }


def test_landing_without_a_group_offers_the_code(client):
    client.force_login(UserFactory())

    response = client.get("/home/")

    assert select(response, ".ep-panel--dashed a[href='/enter-access-code/']")


def test_staff_without_the_right_are_sent_to_their_own_home(client):
    client.force_login(StaffFactory())

    response = client.get("/staff/accounts/user/")

    assert response.status_code == 403
    assert "system administrator" in text(response, ".ep-error-page")
    assert select(response, ".ep-error-page a[href='/staff/']")
