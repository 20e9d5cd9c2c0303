"""See a group as a colleague sees it: read-only, written down, never more than one's own."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import delegation, grants
from accounts.authority import Access, preset
from accounts.models import Grant
from groups.access import VIEW_AS
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory, SubgroupFactory, UserFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return EmployerGroupFactory()


@pytest.fixture
def units(group):
    return [SubgroupFactory(group=group, code=code) for code in ("0001", "0002")]


@pytest.fixture
def karen(group):
    return primary_of(group, user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def luis(group, karen, units):
    user = UserFactory(first_name="Luis", last_name="Ortega")
    return given(group, "viewer", user=user, parent=karen, units=[units[1].pk])


@pytest.fixture
def inside(client, karen):
    client.force_login(karen.user)
    return client


def home(group):
    return f"/g/{group.slug}/"


def details(group):
    """Return the page of a group that shows its billing units."""
    return f"/g/{group.slug}/group/"


def start(client, grant, **more):
    path = f"/g/{grant.group.slug}/users/{grant.key}/view-as/"
    return client.post(path, follow=True, **more)


def stop(client, group):
    return client.post(f"/g/{group.slug}/view-as/stop/", follow=True)


def bar(response):
    found = select(response, ".ep-viewbar p")
    return " ".join(found[0].text_content().split()) if found else ""


def codes(response):
    return [
        link.text_content().split()[0] for link in select(response, "main th a[href*='/units/']")
    ]


def events():
    return list(
        AuditEvent.objects.filter(kind__startswith="accounts.viewed_as")
        .order_by("pk")
        .values_list("kind", "actor_label", "target_type")
    )


def test_group_is_shown_as_the_colleague_sees_it(inside, group, luis):
    before = inside.get(details(group))
    during = start(inside, luis)

    assert codes(before) == ["0001", "0002"]
    assert codes(inside.get(details(group))) == ["0002"]
    assert bar(during) == "You see this as Luis Ortega. Read only."
    assert "Manage user access" not in text(during, ".ep-shell__nav")


def test_it_ends_on_demand_where_it_began_and_stands_on_record(inside, group, luis):
    start(inside, luis)
    after = stop(inside, group)

    assert after.redirect_chain[-1][0] == f"/g/{group.slug}/users/{luis.key}/"
    assert bar(after) == ""
    assert codes(inside.get(details(group))) == ["0001", "0002"]
    assert events() == [
        ("accounts.viewed_as_started", "Karen Mitchell", "accounts.grant"),
        ("accounts.viewed_as_ended", "Karen Mitchell", "accounts.grant"),
    ]


def test_stopping_without_having_begun_does_nothing(inside, group, karen):
    assert stop(inside, group).redirect_chain[-1][0] == home(group)
    assert events() == []


def test_pages_the_colleague_lacks_are_closed(inside, group, luis):
    start(inside, luis)
    response = inside.get(f"/g/{group.slug}/users/")

    assert response.status_code == 403
    assert "See who has access" in text(response, "h1")
    assert bar(response) == "You see this as Luis Ortega. Read only."


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("deed", ["remove/", "deactivate/", "reset-password/", "view-as/"])
def test_nothing_can_be_sent(inside, group, karen, deed, headers):
    second = primary_of(group, user=UserFactory())
    other = given(group, "viewer", user=UserFactory(), parent=karen)
    start(inside, second)

    response = inside.post(
        f"/g/{group.slug}/users/{other.key}/{deed}",
        {"version": other.version, "effect": "reset"},
        headers=headers,
    )

    assert response.status_code == 403
    assert "Nothing can be changed meanwhile" in response.content.decode()
    assert Grant.objects.get(pk=other.pk).version == other.version
    assert inside.session[VIEW_AS] == {group.slug: second.user_id}


def test_pages_offer_nothing_to_send(inside, group, karen):
    second = primary_of(group, user=UserFactory())
    other = given(group, "viewer", user=UserFactory(), parent=karen)
    start(inside, second)

    page = inside.get(f"/g/{group.slug}/users/{other.key}/")

    assert select(page, "main form") == []
    assert "Nothing can be changed while" in text(page, "aside.ep-aside")
    assert inside.get(f"/g/{group.slug}/users/{other.key}/remove/").status_code == 403


def test_offer_of_the_other_cannot_be_answered(inside, group, karen, luis):
    start(inside, luis)

    response = inside.post(f"/g/{group.slug}/hand-over/", {"offer": 1, "answer": "accept"})

    assert response.status_code == 403


def test_htmx_is_led_to_the_home_page(inside, group, luis):
    path = f"/g/{group.slug}/users/{luis.key}/view-as/"
    answer = inside.post(path, headers={"HX-Request": "true"})
    page = inside.get(details(group), headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == home(group)
    assert codes(page) == ["0002"]


def test_other_groups_are_seen_with_ones_own_eyes(inside, karen, luis):
    other = primary_of(user=karen.user)
    SubgroupFactory(group=other.group, code="0009")
    start(inside, luis)

    page = inside.get(details(other.group))

    assert bar(page) == ""
    assert codes(page) == ["0009"]
    assert inside.post(f"/g/{other.group.slug}/view-as/stop/").status_code == 302
    assert VIEW_AS in inside.session
    assert inside.session[VIEW_AS] == {luis.group.slug: luis.user_id}


def test_sign_out_ends_it(inside, group, karen, luis):
    start(inside, luis)
    inside.post("/account/logout/")
    inside.force_login(karen.user)

    assert bar(inside.get(details(group))) == ""


@pytest.mark.parametrize("how", ["revoked", "suspended", "closed", "wider"])
def test_it_ends_when_there_is_nothing_or_too_much_to_see(client, group, karen, units, how):
    """An administrator of one unit looks at a colleague whose access then ends, or grows beyond their own."""
    head = given(group, atoms=["users_manage", "roster_view"], units=[units[0].pk], parent=karen)
    below = given(group, atoms=["roster_view"], units=[units[0].pk], parent=head)
    client.force_login(head.user)
    start(client, below)
    assert codes(client.get(details(group))) == ["0001"]

    if how == "revoked":
        grants.revoke_grant(below, by=None)
    elif how == "suspended":
        grants.suspend_grant(below, by=None, suspension=Grant.Suspension.ADMINISTRATOR)
    elif how == "closed":
        below.user.is_active = False
        below.user.save()
    else:
        grants.change_grant(below, access=preset("viewer"), by=None)
    sent = client.post(f"/g/{group.slug}/hand-over/", {"offer": 1, "answer": "accept"})
    page = client.get(details(group))

    assert sent.status_code == 403  # nothing slips through in between
    assert codes(page) == ["0001"]
    assert bar(page) == ""
    assert "as yourself again" in text(page, ".ep-messages")
    assert events()[-1][0] == "accounts.viewed_as_ended"


def test_it_ends_when_one_loses_the_right_to_manage(client, group, karen, units, luis):
    head = given(group, "administrator", parent=karen)
    client.force_login(head.user)
    start(client, luis)
    grants.change_grant(head, access=preset("billing_viewer"), by=None)

    page = client.get(details(group))

    assert bar(page) == ""
    assert codes(page) == ["0001", "0002"]


def test_its_end_stands_on_record_though_the_page_is_refused(client, group, karen, luis):
    head = given(group, "administrator", parent=karen)
    client.force_login(head.user)
    start(client, luis)
    grants.change_grant(head, access=preset("viewer"), by=None)

    refused = client.get(f"/g/{group.slug}/users/add/")

    assert refused.status_code == 403
    assert client.session[VIEW_AS] == {}
    assert [kind for kind, *_rest in events()] == [
        "accounts.viewed_as_started",
        "accounts.viewed_as_ended",
    ]


@pytest.mark.parametrize("send", ["get", "post"])
def test_it_does_not_come_back_with_later_access(client, group, karen, luis, send):
    head = given(group, "administrator", parent=karen)
    client.force_login(head.user)
    start(client, luis)
    grants.revoke_grant(head, by=None)

    gone = getattr(client, send)(f"/g/{group.slug}/hand-over/")
    left = client.session[VIEW_AS]
    given(group, "administrator", user=head.user, parent=karen)
    back = client.get(details(group))

    assert gone.status_code == 404
    assert left == {}
    assert bar(back) == ""
    assert codes(back) == ["0001", "0002"]
    assert events()[-1] == ("accounts.viewed_as_ended", str(head.user), "groups.employergroup")


def test_it_follows_a_change_of_the_colleague(inside, group, units, luis):
    start(inside, luis)
    grants.change_grant(
        luis, access=Access("viewer", preset("viewer").atoms, frozenset([units[0].pk])), by=None
    )

    assert codes(inside.get(details(group))) == ["0001"]


def test_one_does_not_see_through_the_eyes_of_the_wider(client, group, karen):
    head = given(group, "administrator", user=UserFactory(), parent=karen)
    client.force_login(head.user)

    response = start(client, karen)

    assert response.status_code == 403
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 1
    assert VIEW_AS not in client.session


@pytest.mark.parametrize("state", ["pending", "suspended", "closed"])
def test_access_that_opens_nothing_shows_nothing(inside, group, karen, luis, state):
    if state == "pending":
        luis = delegation.add_user(
            group, first_name="M", last_name="J", email="m@x.example", role="viewer", by=karen.user
        )
    elif state == "suspended":
        grants.suspend_grant(luis, by=None, suspension=Grant.Suspension.ADMINISTRATOR)
    else:
        luis.user.is_active = False
        luis.user.save()

    response = start(inside, luis)

    assert "opens nothing now" in text(response, ".ep-messages")
    assert events() == []


def test_view_of_somebody_smuggled_into_the_session_is_dropped(inside, group):
    stranger = primary_of().user
    session = inside.session
    session[VIEW_AS] = {group.slug: stranger.pk}
    session.save()

    page = inside.get(details(group))

    assert page.status_code == 200
    assert bar(page) == ""


def test_only_post_begins_and_ends_it(inside, group, luis):
    path = reverse("accounts:view_as", args=[group.slug, luis.key])

    assert inside.get(path).status_code == 405
    assert inside.get(f"/g/{group.slug}/view-as/stop/").status_code == 405


def test_another_group_is_not_there(luis):
    stranger = Client()
    stranger.force_login(primary_of().user)

    assert start(stranger, luis).status_code == 404
    assert stranger.post(f"/g/{luis.group.slug}/view-as/stop/").status_code == 404


def test_looking_costs_few_statements_more(inside, group, luis, django_assert_max_num_queries):
    inside.get("/home/")
    with django_assert_max_num_queries(30) as own:
        inside.get(details(group))
    start(inside, luis)
    with django_assert_max_num_queries(30) as theirs:
        inside.get(details(group))

    # the person, their rights, their scope (four: in and out), the name; no offer is looked up
    assert len(theirs) - len(own) <= 6
