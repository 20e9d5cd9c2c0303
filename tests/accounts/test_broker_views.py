from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions.agencies import stop_agency
from accounts.actions.grants import suspend_grants_of
from accounts.models import AccessCode, Agency, Broker, Grant
from groups.models import Transaction
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import ContactFactory, StaffFactory, SubgroupFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
ACCESS = {"role": "broker_full", "reach": "all"}


@pytest.fixture
def karen(client):
    grant = primary_of()
    SubgroupFactory(group=grant.group, code="0001")
    client.force_login(grant.user)
    return grant


@pytest.fixture
def summit():
    return Agency.objects.create(
        name="Summit Benefit Partners", npn="17204418", city="Springfield", state="MA"
    )


def broker_of(agency, first="Alicia", npn="9120447", email=None):
    return Broker.objects.create(
        agency=agency,
        first_name=first,
        last_name="Grant",
        npn=npn,
        email=email or f"{first.lower()}@summit.example",
    )


def path(grant, step=""):
    return f"/g/{grant.group.slug}/users/broker/{step}"


def search(client, grant, words):
    return client.post(path(grant), {"find": "1", "search": words})


def choose(client, grant, *brokers):
    data = {"choose": "1", "search": "summit", "brokers": [broker.pk for broker in brokers]}
    return client.post(path(grant), data)


def go_to_review(client, grant, *brokers, **access):
    choose(client, grant, *brokers)
    return client.post(path(grant, "access/"), {**ACCESS, **access}, follow=True)


def submit(client, grant, **data):
    return client.post(path(grant, "review/"), data, follow=True)


def found(response):
    return [box.get("value") for box in select(response, "[name=brokers]")]


# --- finding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "summit",
        "SUMMIT Benefit",
        " summit  benefit ",
        "17204418",
        "9120447",
        "ALICIA@summit.example",
    ],
)
def test_finds_by_agency_npn_and_address(client, karen, summit, words):
    broker = broker_of(summit)

    response = search(client, karen, words)

    assert found(response) == [str(broker.pk)]
    assert text(response, "legend") == "Summit Benefit Partners"
    assert "Springfield, MA · NPN 17204418" in text(response, ".ep-brokers__agency")


@pytest.mark.parametrize(
    "words", ["benefit", "%%", "__", "912044", "summit.example", "a' or 1=1 --", "<b>"]
)
def test_finds_nobody_and_says_what_to_do(client, karen, summit, words):
    broker_of(summit)

    response = search(client, karen, words)

    assert found(response) == []
    assert text(response, ".ep-empty h2") == f"Nobody fits “{words}”"
    assert select(response, f".ep-empty a[href='/g/{karen.group.slug}/users/add/']")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("", "Enter the agency’s name, an NPN or an email address."),
        ("s", "Enter at least 2 characters."),
        ("su\u202emmit", "Remove the invisible characters: copy the text without its formatting."),
    ],
)
def test_refuses_what_cannot_be_looked_for(client, karen, words, error):
    response = search(client, karen, words)

    assert errors(response) == [error]
    assert text(response, "title").startswith("Error: ")


def test_a_single_broker_is_marked_at_once(client, karen, summit):
    broker_of(summit)

    assert select(search(client, karen, "9120447"), "[name=brokers][checked]")


def test_a_stopped_agency_is_not_offered(client, karen, summit):
    broker_of(summit)
    summit.stopped_at, summit.stopped_by, summit.stop_reason = timezone.now(), StaffFactory(), "x"
    summit.save()

    assert found(search(client, karen, "summit")) == []


STOP_WORDS = "We have stopped all access of Summit Benefit Partners: nobody of this agency can be authorized. Questions? Call"


@pytest.mark.parametrize("words", ["summit", "17204418", "9120447", "alicia@summit.example"])
def test_the_stop_of_an_agency_that_has_access_here_is_told(client, karen, summit, words):
    given(karen.group, "broker_view", user=UserFactory(), agency=summit, parent=karen)
    broker_of(summit)
    stop_agency(summit, reason="x", by=StaffFactory())

    response = search(client, karen, words)

    assert STOP_WORDS in text(response, ".ep-notice")
    assert not select(response, f"a[href='/g/{karen.group.slug}/users/add/']")


def test_the_stop_of_an_agency_that_never_had_access_here_is_told_by_address_alone(
    client, karen, summit
):
    given(primary_of().group, "broker_view", user=UserFactory(), agency=summit)
    broker_of(summit)
    stop_agency(summit, reason="x", by=StaffFactory())

    for words in ("summit", "17204418", "9120447"):
        assert text(search(client, karen, words), ".ep-empty h2") == f"Nobody fits “{words}”"
    assert STOP_WORDS in text(search(client, karen, "alicia@summit.example"), ".ep-notice")


def test_the_stop_of_an_agency_beyond_ones_billing_units_is_not_told(client, karen, summit):
    mine, other = SubgroupFactory.create_batch(2, group=karen.group)
    boss = given(karen.group, atoms=["users_manage"], units=[mine.pk], parent=karen)
    given(karen.group, "broker_view", units=[other.pk], user=UserFactory(), agency=summit)
    stop_agency(summit, reason="x", by=StaffFactory())
    client.force_login(boss.user)

    assert text(search(client, boss, "summit"), ".ep-empty h2") == "Nobody fits “summit”"


def test_who_has_access_already_is_changed_instead(client, karen, summit):
    broker = broker_of(summit)
    user = UserFactory(email=broker.email.upper())
    grant = given(karen.group, "broker_view", user=user, agency=summit, parent=karen)

    response = search(client, karen, "summit")

    assert found(response) == []
    assert "Broker, view only, Active" in text(response, ".ep-brokers__taken")
    href = f"/g/{karen.group.slug}/users/{grant.key}/access/"
    assert select(response, f".ep-brokers__taken a[href='{href}']")


def test_access_in_another_group_does_not_count(client, karen, summit):
    broker = broker_of(summit)
    given(primary_of().group, "broker_view", user=UserFactory(email=broker.email))

    assert found(search(client, karen, "summit")) == [str(broker.pk)]


def test_a_limited_administrator_is_not_told_of_access_beyond_their_units(client, karen, summit):
    broker = broker_of(summit)
    given(karen.group, "broker_view", user=UserFactory(email=broker.email), parent=karen)
    unit = SubgroupFactory(group=karen.group, code="0002")
    limited = given(karen.group, "administrator", units=[unit.pk], parent=karen)
    client.force_login(limited.user)

    response = search(client, limited, "summit")

    assert (
        text(response, ".ep-brokers__taken span")
        == "Has access already, beyond your billing units."
    )


def test_says_who_is_broker_of_record(client, karen):
    before = client.get(path(karen))
    ContactFactory(group=karen.group, kind="broker", first_name="Thomas", last_name="Beckett")
    ContactFactory(kind="broker", first_name="Foreign")

    response = client.get(path(karen))

    assert "None is on file." in text(before, ".ep-aside")
    assert "Thomas Beckett" in text(response, ".ep-aside")
    assert "Foreign" not in text(response, ".ep-aside")
    assert "does not change the broker of record" in text(response, ".ep-aside")


@pytest.mark.parametrize("count", [2, 30])
def test_statements_of_the_search(client, karen, summit, count, django_assert_num_queries):
    for number in range(count):
        broker = broker_of(summit, f"Broker{number}", npn=str(number + 1))
        if number % 2:
            given(karen.group, "broker_view", user=UserFactory(email=broker.email), parent=karen)
    search(client, karen, "summit")

    with django_assert_num_queries(16):
        response = search(client, karen, "summit")

    assert len(found(response)) == count / 2


# --- choosing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brokers", "error"),
    [
        ([], "Choose at least one broker."),
        (["987654"], "Choose brokers from this list."),
        (["x"], "Choose brokers from this list."),
        (["9" * 30], "Choose brokers from this list."),
    ],
)
def test_forged_and_missing_choices_are_told(client, karen, summit, brokers, error):
    broker_of(summit)

    response = client.post(path(karen), {"choose": "1", "search": "summit", "brokers": brokers})

    assert errors(response) == [error]
    assert len(found(response)) == 1
    assert select(response, "[name=search]")[0].get("value") == "summit"


def test_a_forged_choice_of_a_stopped_agency_is_told(client, karen, summit):
    broker = broker_of(summit)
    summit.stopped_at, summit.stopped_by, summit.stop_reason = timezone.now(), StaffFactory(), "x"
    summit.save()

    assert errors(choose(client, karen, broker)) == [
        "We have stopped all access of this agency. Call us about it."
    ]


def test_the_choice_waits_while_one_goes_back(client, karen, summit):
    broker, other = broker_of(summit), broker_of(summit, "Ines", "9121302")
    choose(client, karen, broker)

    response = client.get(path(karen))

    assert found(response) == [str(broker.pk), str(other.pk)]
    marked = [box.get("value") for box in select(response, "[name=brokers][checked]")]
    assert marked == [str(broker.pk)]


def test_cancel_forgets(client, karen, summit):
    choose(client, karen, broker_of(summit))

    assert client.post(path(karen), {"cancel": "1"}).url == f"/g/{karen.group.slug}/users/"
    assert found(client.get(path(karen))) == []


@pytest.mark.parametrize("step", ["access/", "review/"])
def test_later_steps_lead_to_the_first(client, karen, step):
    response = client.get(path(karen, step), follow=True)

    assert response.redirect_chain[-1][0] == path(karen)


# --- authorizing -------------------------------------------------------------------------------------


def test_authorizes_one_broker(client, karen, summit):
    ContactFactory(group=karen.group, kind="broker", first_name="Thomas", last_name="Beckett")
    broker = broker_of(summit)
    unit = karen.group.subgroup_set.get()
    last_day = timezone.localdate() + timedelta(days=90)

    review = go_to_review(
        client,
        karen,
        broker,
        role="broker_view",
        reach="some",
        units=unit.pk,
        last_day=last_day.isoformat(),
    )
    shown = select(review, "[name=shown]")[0].get("value")
    done = submit(client, karen, shown=shown)

    assert text(review, "button.usa-button") == "Authorize Alicia Grant"
    assert text(done, ".ep-messages") == (
        "Broker authorized. An email has been sent to Alicia Grant at alicia@summit.example."
        f" Confirmation {Transaction.objects.get().number}."
    )
    grant = Grant.objects.get(email=broker.email)
    assert (grant.state, grant.role, grant.agency, grant.parent) == (
        "pending", "broker_view", summit, karen,
    )  # fmt: skip
    assert (list(grant.units.all()), grant.last_day) == ([unit], last_day)
    assert OutboundEmail.objects.filter(to=broker.email).count() == 1
    assert karen.group.contact_set.get(kind="broker").last_name == "Beckett"


def test_authorizes_several_with_a_grant_each(client, karen, summit):
    brokers = [broker_of(summit), broker_of(summit, "Ines", "9121302")]

    review = go_to_review(client, karen, *brokers)
    done = submit(client, karen)

    assert text(review, "button.usa-button") == "Authorize 2 brokers"
    assert "Alicia Grant at alicia@summit.example and Ines Grant at" in text(done, ".ep-messages")
    grants = Grant.objects.filter(agency=summit)
    assert sorted(grants.values_list("first_name", "role")) == [
        ("Alicia", "broker_full"),
        ("Ines", "broker_full"),
    ]
    assert AccessCode.objects.filter(grant__in=grants, state="issued").count() == 2


def test_several_are_authorized_together_or_not_at_all(client, karen, summit):
    first, second = broker_of(summit), broker_of(summit, "Ines", "9121302")
    go_to_review(client, karen, first, second)
    given(karen.group, "viewer", user=UserFactory(email=second.email), parent=karen)

    response = submit(client, karen)

    assert "has access already" in text(response, "[role=alert]")
    assert text(response, "title").startswith("Error: ")
    assert not Grant.objects.filter(email=first.email).exists()
    assert not OutboundEmail.objects.filter(to=first.email).exists()


def test_sent_twice_authorizes_once(client, karen, summit):
    go_to_review(client, karen, broker_of(summit))
    submit(client, karen)

    again = submit(client, karen)

    assert text(again, ".ep-messages") == "Nothing was sent twice. This is who has access now."
    assert Grant.objects.filter(agency=summit).count() == 1


def test_a_choice_changed_in_another_tab_is_shown_first(client, karen, summit):
    go_to_review(client, karen, broker_of(summit))

    response = submit(client, karen, shown="something else")

    assert "changed something in another tab" in text(response, "[role=alert]")
    assert not Grant.objects.filter(agency=summit).exists()


def test_an_agency_stopped_meanwhile_is_told(client, karen, summit):
    go_to_review(client, karen, broker_of(summit))
    summit.stopped_at, summit.stopped_by, summit.stop_reason = timezone.now(), StaffFactory(), "x"
    summit.save()

    assert "We have stopped all access of this agency" in text(
        submit(client, karen), "[role=alert]"
    )


@pytest.mark.parametrize(
    "forged",
    [
        {"role": "primary_administrator"},
        {"role": "administrator"},
        {"role": "custom", "atoms": ["users_manage"]},
        {"reach": "some", "units": "987654"},
    ],
)
def test_what_the_page_does_not_offer_is_refused_and_written_down(client, karen, summit, forged):
    choose(client, karen, broker_of(summit))

    response = client.post(path(karen, "access/"), {**ACCESS, **forged})

    assert errors(response)
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 1
    assert client.post(path(karen, "review/")).status_code == 200
    assert not Grant.objects.filter(agency=summit).exists()


def test_a_giver_limited_to_units_gives_only_these(client, karen, summit):
    unit = SubgroupFactory(group=karen.group, code="0002")
    limited = given(karen.group, "administrator", units=[unit.pk], parent=karen)
    client.force_login(limited.user)
    broker = broker_of(summit)

    go_to_review(client, limited, broker, reach="all", units=unit.pk)
    submit(client, limited)

    grant = Grant.objects.get(email=broker.email)
    assert (grant.all_units, list(grant.units.all())) == (False, [unit])


# --- removing an agency ------------------------------------------------------------------------------


def agency_path(grant, agency):
    return f"/g/{grant.group.slug}/users/agency/{agency.pk}/remove/"


def working(grant, agency, first="Alicia", npn="9120447", **more):
    broker = broker_of(agency, first, npn)
    user = UserFactory(email=broker.email, first_name=first, last_name="Grant")
    return given(grant.group, "broker_full", user=user, agency=agency, parent=grant, **more)


def test_removes_everybody_of_the_agency_here(client, karen, summit):
    mine, other = working(karen, summit), working(karen, summit, "Ines", "9121302")
    colleague = given(karen.group, "viewer", parent=karen)
    elsewhere = given(primary_of().group, "broker_full", user=mine.user, agency=summit)

    page = client.get(agency_path(karen, summit))
    done = client.post(agency_path(karen, summit), follow=True)

    assert text(page, "button.ep-button--danger") == "Remove access of 2 brokers"
    assert len(select(page, "tbody tr")) == 2
    assert text(done, ".ep-messages") == (
        "Access removed: 2 brokers of Summit Benefit Partners, 0 unused access codes withdrawn."
        " This does not change your broker of record."
        f" Confirmation {', '.join(sorted(row.number for row in Transaction.objects.all()))}."
    )
    states = {grant.pk: grant.state for grant in Grant.objects.all()}
    assert [states[grant.pk] for grant in (mine, other, colleague, elsewhere)] == [
        "revoked", "revoked", "active", "active",
    ]  # fmt: skip


def test_ends_sessions_and_invitations_at_once(client, karen, summit):
    from django.test import Client

    inside = Client()
    inside.force_login(working(karen, summit).user)
    inside.get(f"/g/{karen.group.slug}/")
    go_to_review(client, karen, broker_of(summit, "Ines", "9121302"))
    submit(client, karen)

    done = client.post(agency_path(karen, summit), follow=True)

    assert "1 open session ended, 1 unused access code withdrawn" in text(done, ".ep-messages")
    assert inside.get(f"/g/{karen.group.slug}/").url.startswith("/sign-in/")


def test_a_list_that_changed_meanwhile_is_shown_again(client, karen, summit):
    working(karen, summit)
    shown = select(client.get(agency_path(karen, summit)), "[name=shown]")[0].get("value")
    working(karen, summit, "Ines", "9121302")

    response = client.post(agency_path(karen, summit), {"shown": shown})

    assert "Nothing was removed" in text(response, "[role=alert]")
    assert Grant.objects.filter(agency=summit, state="active").count() == 2


def test_removed_twice_says_so(client, karen, summit):
    working(karen, summit)
    client.post(agency_path(karen, summit))

    again = client.post(agency_path(karen, summit), follow=True)

    assert "Nothing was done twice" in text(again, ".ep-messages")
    assert client.get(agency_path(karen, summit)).status_code == 404


def test_an_agency_without_access_here_is_not_known_here(client, karen, summit):
    other = primary_of()
    working(other, summit)

    assert client.get(agency_path(karen, summit)).status_code == 404
    assert client.get(f"/g/{karen.group.slug}/users/agency/987654/remove/").status_code == 404
    assert client.get(agency_path(other, summit)).status_code == 404  # a group of somebody else
    client.post(agency_path(karen, summit))
    assert Grant.objects.filter(agency=summit, state="active").count() == 1


def test_needs_every_billing_unit(client, karen, summit):
    working(karen, summit)
    unit = SubgroupFactory(group=karen.group, code="0002")
    limited = given(karen.group, "administrator", units=[unit.pk], parent=karen)
    client.force_login(limited.user)

    assert client.get(agency_path(karen, summit)).status_code == 403
    assert client.post(agency_path(karen, summit)).status_code == 403
    assert Grant.objects.filter(agency=summit, state="active").count() == 1


def test_access_wider_than_one_s_own_is_not_removed(client, karen, summit):
    working(karen, summit)
    ends = timezone.now() + timedelta(days=30)
    lesser = given(karen.group, "administrator", ends_at=ends, parent=karen)
    client.force_login(lesser.user)

    response = client.post(agency_path(karen, summit))

    assert "wider than yours" in text(response, "[role=alert]")
    assert Grant.objects.filter(agency=summit, state="active").count() == 1
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 1


def test_a_stopped_agency_can_be_removed(client, karen, summit):
    working(karen, summit)
    suspend_grants_of(summit, by=StaffFactory())

    client.post(agency_path(karen, summit))

    assert Grant.objects.get(agency=summit).state == "revoked"
