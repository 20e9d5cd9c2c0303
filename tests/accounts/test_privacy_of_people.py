"""What employers read of people: of those who left or work elsewhere, and of the carrier's own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import book
from accounts.actions import delegation, hand_over
from accounts.actions.access_reviews import open_reviews
from accounts.actions.emergency import break_glass
from accounts.actions.revocations import revoke_access
from accounts.authority import can_receive_primary_role
from accounts.models import Grant
from tests.access import given, primary_of
from tests.factories import BrokerFactory, UserFactory
from tests.html import select, text
from tests.staff import staff_with

pytestmark = pytest.mark.django_db

OURS = "Evergreen Health Plan staff"


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def inside(client, primary):
    client.force_login(primary.user)
    return client


@pytest.fixture
def boss():
    return staff_with(
        "am_supervisor",
        first_name="Zelda",
        last_name="Quill",
        title="Desk lead",
        phone="4135550177",
    )


@pytest.fixture
def person():
    return UserFactory(
        first_name="Luis", last_name="Ortega", title="Controller", phone="4135550119",
        company="Harbor Freight Lines", last_login=timezone.now(),
    )  # fmt: skip


def current(grant):
    return Grant.objects.get(pk=grant.pk)


def page(client, grant):
    return client.get(f"/g/{grant.group.slug}/users/{current(grant).key}/")


def users(client, grant, query=""):
    return client.get(f"/g/{grant.group.slug}/users/{query}")


def facts(response):
    return [item.text_content().strip() for item in select(response, "aside .ep-facts dt")]


def names_staff(response, boss):
    words = response.content.decode()
    return [
        word
        for word in (boss.first_name, boss.last_name, boss.email, boss.username, "Desk lead", "555-0177")
        if word in words
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["removed", "past its end"])
def test_closed_access_shows_only_what_it_holds_itself(inside, primary, person, how):
    grant = given(primary.group, "viewer", parent=primary, user=person)
    invited = grant.email
    if how == "removed":
        delegation.remove_user(grant, version=current(grant).version, by=primary.user)
    else:
        day = timedelta(days=1)
        Grant.objects.filter(pk=grant.pk).update(
            created_at=timezone.now() - 2 * day, ends_at=timezone.now() - day
        )
    person.email = "luis@elsewhere.example"
    person.save()

    response = page(inside, grant)
    words = response.content.decode()

    assert facts(response) == ["Name", "Email address"]
    assert invited in words
    assert "Luis Ortega" in text(response, "h1")
    assert "activated" in text(response, ".ep-history") or "used" in text(response, ".ep-history")
    for other in (
        person.email,
        "Controller",
        "555-0119",
        "Harbor Freight",
        "Last sign-in",
        "User ID",
    ):
        assert other not in words  # fmt: skip


def test_of_somebody_who_works_elsewhere_too_the_address_is_shown(inside, primary, person):
    grant = given(primary.group, "viewer", parent=primary, user=person)
    here_only = page(inside, grant)
    elsewhere = primary_of()
    given(elsewhere.group, "viewer", parent=elsewhere, user=person)

    response = page(inside, grant)

    assert facts(here_only) == [
        "Name", "User ID", "Email address", "Title", "Phone", "Company", "Last sign-in", "Open sessions",
    ]  # fmt: skip
    assert facts(response) == ["Name", "User ID", "Email address"]
    assert person.email in response.content.decode()
    assert "Last sign-in" not in response.content.decode()


def test_of_a_broker_with_other_clients_the_agency_is_shown(inside, primary, person):
    broker = BrokerFactory(email=person.email)
    other = primary_of()
    for client in (primary, other):
        given(client.group, "broker_view", parent=client, user=person, agency=broker.agency)
    grant = Grant.objects.get(group=primary.group, user=person)

    response = page(inside, grant)

    assert facts(response) == ["Name", "User ID", "Email address", "Company"]
    assert str(broker.agency) in text(response, "aside")
    assert "Harbor Freight" not in response.content.decode()


def test_ones_own_page_shows_all(inside, primary):
    assert "Open sessions" in facts(page(inside, primary))


def test_who_may_only_look_reads_no_phone(client, primary, person):
    grant = given(primary.group, "viewer", parent=primary, user=person)
    looker = given(primary.group, atoms=["users_view"], parent=primary)
    client.force_login(looker.user)

    assert facts(page(client, grant)) == ["Name", "User ID", "Email address"]


def test_emergency_access_names_the_carrier_alone(inside, primary, boss):
    emergency = break_glass(primary.group, reason="The group asked for help.", by=boss)

    listed, about = users(inside, primary), page(inside, emergency)

    assert names_staff(listed, boss) == []
    assert OURS in listed.content.decode()
    assert names_staff(about, boss) == []
    assert text(about, "h1").startswith(OURS)
    assert facts(about) == ["Name"]
    assert OURS in text(about, ".ep-history")
    assert OURS in text(about, ".ep-facts--beside")  # who gave it


@pytest.mark.parametrize("word", ["Zelda", "zelda quill"])
def test_nobody_finds_staff_by_name(inside, primary, boss, word):
    break_glass(primary.group, reason="The group asked for help.", by=boss)

    found = users(inside, primary, f"?q={word}")

    assert "Nobody found" in text(found, "#users-list")


def test_what_staff_did_stands_under_the_carrier(inside, primary, boss, person):
    grant = given(primary.group, "viewer", parent=primary, user=person)
    revoke_access(grant, reason="They left the company.", version=current(grant).version, by=boss)

    listed, about = users(inside, primary), page(inside, grant)

    assert names_staff(listed, boss) == []
    assert f"{OURS} removed Luis Ortega" in listed.content.decode()
    assert names_staff(about, boss) == []
    assert OURS in text(about, ".ep-history")


def test_access_given_by_staff_stands_under_the_carrier(inside, primary, boss, person):
    grant = given(primary.group, "viewer", parent=primary, user=person)
    Grant.objects.filter(pk=grant.pk).update(granted_by=boss)

    listed, about = users(inside, primary), page(inside, grant)

    assert f"Given by {OURS}" in listed.content.decode()
    assert OURS in text(about, ".ep-facts--beside")
    assert names_staff(about, boss) == []


def test_no_list_names_staff_whatever_the_role(inside, primary, boss):
    """Somebody became staff after they got their access."""
    boss.is_staff = False
    boss.save()
    grant = given(primary.group, "viewer", parent=primary, user=boss)
    boss.is_staff = True
    boss.save()
    open_reviews()
    inside_review = inside.get(f"/g/{primary.group.slug}/users/review/")

    assert names_staff(users(inside, primary), boss) == []
    assert names_staff(page(inside, grant), boss) == []
    assert names_staff(inside_review, boss) == []
    assert OURS in text(inside_review, "main")


def test_primary_role_is_not_offered_to_emergency_access(inside, primary, boss):
    emergency = break_glass(primary.group, reason="The group asked for help.", by=boss)
    response = inside.get(f"/g/{primary.group.slug}/hand-over/")

    assert not can_receive_primary_role(current(emergency))
    assert names_staff(response, boss) == []
    assert OURS not in response.content.decode()


def test_offer_of_the_role_stands_above_the_users_too(inside, primary, person):
    grant = given(primary.group, "administrator", parent=primary, user=person)
    hand_over.offer_hand_over(
        grant, keeps_role="administrator", version=current(grant).version, by=primary.user
    )

    assert "You offered your role" in text(users(inside, primary), ".ep-notice")


def test_landing_survives_the_loss_of_the_only_group_meanwhile(inside, monkeypatch):
    """The count still knows of a group whose row is gone when it is read."""
    monkeypatch.setattr(book, "_clients", lambda *_args, **_kwargs: {})

    assert inside.get("/home/").status_code == 200
