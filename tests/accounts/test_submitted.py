"""Changes of access as transactions."""

import pytest

from accounts import kinds
from accounts.actions import access_reviews, delegation, grants, hand_over
from accounts.actions.brokers import authorize_brokers
from accounts.roles import ADMINISTRATOR
from groups.models import Transaction
from portal.tenancy import person_scope
from tests.access import given, primary_of
from tests.ambient import nobody
from tests.factories import AccessReviewFactory, BrokerFactory, SubgroupFactory, UserFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def mark(primary):
    user = UserFactory(first_name="Mark", last_name="Johnson")
    return given(primary.group, "viewer", user=user, parent=primary)


def only():
    return Transaction.objects.get()


def added(giver, **more):
    return delegation.add_user(
        giver.group,
        by=giver.user,
        **{
            "first_name": "Mark",
            "last_name": "Johnson",
            "email": "mark.johnson@cedarworks.example",
            "role": "viewer",
            **more,
        },
    )


def test_adding_a_user(primary):
    added(primary)

    found = only()
    assert (found.kind, found.status, found.submitted_by) == (
        kinds.ADDED,
        "completed",
        primary.user,
    )
    assert found.before == {}
    assert found.after["person"] == "Mark Johnson"
    assert (found.after["role"], found.after["units"]) == ("viewer", "ALL")


def test_authorizing_a_broker(primary):
    broker = BrokerFactory()

    authorize_brokers(primary.group, brokers=[broker], role="broker_view", by=primary.user)

    assert (only().kind, only().after["role"]) == (kinds.AUTHORIZED, "broker_view")


def test_changing_access_says_what_it_was(primary, mark):
    unit = SubgroupFactory(group=primary.group, code="0002")

    delegation.change_access(
        mark, role="billing_viewer", units=[unit.pk], version=mark.version, by=primary.user
    )

    found = only()
    assert (found.kind, found.subgroup) == (
        kinds.CHANGED,
        None,
    )  # who had ALL is not told to unit 0002
    assert (found.before["role"], found.before["units"]) == ("viewer", "ALL")
    assert (found.after["role"], found.after["units"]) == ("billing_viewer", "0002")


@pytest.mark.parametrize(
    ("act", "kind", "state"),
    [
        (delegation.remove_user, kinds.REMOVED, "revoked"),
        (delegation.deactivate_user, kinds.DEACTIVATED, "suspended"),
    ],
)
def test_removing_and_deactivating(primary, mark, act, kind, state):
    act(mark, version=mark.version, by=primary.user)

    found = only()
    assert (found.kind, found.before["state"], found.after["state"]) == (kind, "active", state)


def test_reactivating(primary, mark):
    grant = grants.suspend_grant(mark, by=None, suspension="administrator")

    delegation.reactivate_user(grant, version=grant.version, by=primary.user)

    assert (only().kind, only().after["state"]) == (kinds.REACTIVATED, "active")


def test_handing_the_primary_role_over(primary, mark):
    offer = hand_over.offer_hand_over(
        mark, keeps_role=ADMINISTRATOR.key, version=mark.version, by=primary.user
    )
    assert not Transaction.objects.exists()

    hand_over.accept_hand_over(offer, by=mark.user)

    found, left = Transaction.objects.order_by("pk")
    assert (left.kind, left.after["role"]) == (kinds.CHANGED, "administrator")
    assert (found.kind, found.submitted_by) == (kinds.HANDED_OVER, mark.user)
    assert (found.before["role"], found.after["role"]) == ("viewer", "primary_administrator")


def test_finishing_the_access_review(primary):
    review = AccessReviewFactory(group=primary.group, quarter="2026-Q4")

    access_reviews.complete(review, by=primary.user)

    assert (only().kind, only().after) == (kinds.REVIEWED, {"quarter": "2026-Q4"})


def test_what_is_refused_leaves_no_transaction(primary, mark):
    with pytest.raises(delegation.ValidationError):
        delegation.remove_user(primary, version=primary.version, by=mark.user)

    assert not Transaction.objects.exists()


def test_an_administrator_of_one_unit_submits_in_their_own_scope(primary):
    unit = SubgroupFactory(group=primary.group)
    giver = given(primary.group, "administrator", units=[unit.pk], parent=primary)

    colleague = given(primary.group, "viewer", units=[unit.pk], parent=giver)

    with nobody(), person_scope(giver.user_id, address=primary.group.slug):
        delegation.remove_user(colleague, version=colleague.version, by=giver.user)

    assert (only().subgroup, only().after["state"]) == (unit, "revoked")


def test_people_of_one_unit_read_nothing_of_somebody_who_has_two(client, primary):
    mine, other = (SubgroupFactory(group=primary.group, code=code) for code in ("0001", "0002"))
    reader = given(primary.group, "administrator", units=[mine.pk], parent=primary)
    both = added(primary, units=[mine.pk, other.pk])
    added(primary, units=[mine.pk], email="pat@cedarworks.example", first_name="Pat")
    delegation.change_access(
        both, role="viewer", units=[mine.pk], version=both.version, by=primary.user
    )
    client.force_login(reader.user)

    page = client.get(f"/g/{primary.group.slug}/transactions/")

    about = [" ".join(cell.itertext()) for cell in select(page, "td[data-label='About']")]
    assert [words.split()[0] for words in about] == ["Pat"]


def test_a_change_that_one_may_not_see_is_said_without_an_older_number(client, primary):
    units = [SubgroupFactory(group=primary.group, code=code) for code in ("0001", "0002")]
    both = [unit.pk for unit in units]
    giver = given(primary.group, "administrator", units=both, parent=primary)
    client.force_login(giver.user)
    first = added(giver, units=both[:1])
    second = added(giver, units=both, email="pat@cedarworks.example")

    def removed(grant):
        url = f"/g/{primary.group.slug}/users/{grant.key}/remove/"
        return text(client.post(url, {"version": grant.version}, follow=True), "#page-messages")

    assert "Confirmation TX-" in removed(first)
    assert "Confirmation" not in removed(second)


def test_the_history_and_the_page_say_it_in_words(client, primary, mark):
    delegation.change_access(mark, role="billing_viewer", version=mark.version, by=primary.user)
    client.force_login(primary.user)
    url = f"/g/{primary.group.slug}/transactions/"

    row = text(client.get(url), "#transaction-list tbody tr")
    page = client.get(f"{url}{only().number}/")

    assert "Access changed" in row
    cells = [" ".join(cell.text_content().split()) for cell in select(page, "tbody tr > *")]
    assert cells[:6] == ["Person", "Mark Johnson", "Unchanged", "Role", "Viewer", "Billing viewer"]


def test_people_who_may_not_see_users_do_not_see_it(client, primary, mark):
    added(primary)
    client.force_login(mark.user)

    assert not select(client.get(f"/g/{primary.group.slug}/transactions/"), "tbody tr")


def test_the_activity_says_it_once(client, primary, mark):
    delegation.deactivate_user(mark, version=mark.version, by=primary.user)
    client.force_login(primary.user)

    page = text(client.get(f"/g/{primary.group.slug}/activity/"), "main")

    assert "Deactivated the access" in page
    assert "ubmitted the transaction" not in page
