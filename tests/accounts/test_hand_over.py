"""The primary role changes hands."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import delegation, grants
from accounts.actions.hand_over import (
    LEAVES,
    accept_hand_over,
    decline_hand_over,
    offer_hand_over,
    take_back_hand_over,
)
from accounts.models import Grant, HandOver
from accounts.roles import ROLES
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory, SubgroupFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return EmployerGroupFactory()


@pytest.fixture
def karen(group):
    return primary_of(group, user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def luis(group, karen):
    user = UserFactory(first_name="Luis", last_name="Ortega")
    unit = SubgroupFactory(group=group)
    ends = timezone.now() + timedelta(days=30)
    return given(group, "viewer", user=user, parent=karen, units=[unit.pk], ends_at=ends)


def offer(karen, luis, *, keeps="administrator"):
    return offer_hand_over(luis, keeps_role=keeps, version=luis.version, by=karen.user)


def browser(grant):
    client = Client()
    client.force_login(grant.user)
    return client


def fresh(grant):
    return Grant.objects.with_units().get(pk=grant.pk)


def refused(action, *args, **kwargs):
    with pytest.raises(ValidationError) as error:
        action(*args, **kwargs)
    return error.value.code


def letters(grant):
    return set(
        OutboundEmail.objects.filter(
            to=grant.user.email, template__contains="hand_over"
        ).values_list("template", flat=True)
    )


def test_offer_alone_changes_nothing(karen, luis):
    made = offer(karen, luis)

    assert (made.expires_at - made.offered_at).days == 7
    assert (fresh(karen).role, fresh(luis).role) == ("primary_administrator", "viewer")
    assert letters(luis) == {"accounts/hand_over_offered"}


def test_receiver_becomes_primary_and_giver_what_they_kept(karen, luis):
    accept_hand_over(offer(karen, luis), by=luis.user)
    new, old = fresh(luis), fresh(karen)

    assert (new.role, new.all_units, new.ends_at, new.parent) == (
        "primary_administrator", True, None, None,
    )  # fmt: skip
    assert set(new.atoms) == ROLES["primary_administrator"].atoms
    assert (new.source, new.granted_by) == ("hand_over", karen.user)
    assert not new.units.exists()
    assert (old.role, old.state, old.parent) == ("administrator", "active", new)


def test_giver_may_leave_the_group(karen, luis):
    accept_hand_over(offer(karen, luis, keeps=LEAVES), by=luis.user)

    assert fresh(karen).state == "revoked"
    assert fresh(luis).is_primary
    assert browser(karen).get(f"/g/{karen.group.slug}/").status_code == 404


def test_people_keep_their_access_and_somebody_answers(group, karen, luis):
    below = given(group, "enrollment_manager", user=UserFactory(), parent=karen)

    accept_hand_over(offer(karen, luis, keeps="viewer"), by=luis.user)

    assert fresh(below).state == "active"
    assert fresh(below).parent == luis


def test_role_can_go_back_and_forth(karen, luis):
    for giver, receiver in [(karen, luis), (luis, karen), (karen, luis)]:
        accept_hand_over(offer(giver, fresh(receiver)), by=receiver.user)

        assert fresh(receiver).is_primary
        assert fresh(receiver).parent is None
        assert fresh(giver).parent == receiver


def test_both_and_every_primary_administrator_are_told(group, karen, luis):
    third = primary_of(group, user=UserFactory())

    accept_hand_over(offer(karen, luis), by=luis.user)

    assert "accounts/hand_over_accepted" in letters(karen) & letters(luis)
    assert letters(third) == {"accounts/hand_over_notice"}


def test_it_stands_in_the_history_of_the_access(karen, luis):
    accept_hand_over(offer(karen, luis), by=luis.user)

    mine = AuditEvent.objects.filter(target_type="accounts.grant", target_key=str(luis.pk))
    accepted = mine.get(kind="accounts.hand_over_accepted")
    assert accepted.changes == {"source": ["delegation", "hand_over"]}
    assert mine.filter(kind="accounts.hand_over_offered", actor_key=karen.user_id).exists()
    assert mine.filter(kind="accounts.grant_changed", actor_key=luis.user_id).exists()


@pytest.mark.parametrize(("days", "accepted"), [(6.99, True), (7, False), (8, False)])
def test_offer_runs_out_after_seven_days(karen, luis, days, accepted):
    made = offer(karen, luis)

    with time_machine.travel(made.offered_at + timedelta(days=days), tick=False):
        if accepted:
            accept_hand_over(made, by=luis.user)
        else:
            assert refused(accept_hand_over, made, by=luis.user) == "closed"

    assert fresh(luis).is_primary is accepted


@pytest.mark.parametrize("answer", [decline_hand_over, take_back_hand_over])
def test_answered_offer_is_closed(karen, luis, answer):
    made = offer(karen, luis)
    answer(made, by=luis.user if answer is decline_hand_over else karen.user)

    assert refused(accept_hand_over, made, by=luis.user) == "closed"
    assert refused(decline_hand_over, made, by=luis.user) == "closed"
    assert refused(take_back_hand_over, made, by=karen.user) == "closed"
    assert fresh(karen).is_primary


def test_second_click_on_accept_changes_nothing(karen, luis):
    made = offer(karen, luis)
    accept_hand_over(made, by=luis.user)

    assert refused(accept_hand_over, made, by=luis.user) == "closed"
    assert AuditEvent.objects.filter(kind="accounts.hand_over_accepted").count() == 1


def test_nobody_else_answers(group, karen, luis):
    made = offer(karen, luis)
    other = given(group, "administrator", user=UserFactory(), parent=karen)

    for action, by in [
        (accept_hand_over, karen), (accept_hand_over, other), (decline_hand_over, other),
        (take_back_hand_over, luis), (take_back_hand_over, other),
    ]:  # fmt: skip
        assert refused(action, made, by=by.user) == "not_yours"

    assert HandOver.objects.get().state == "offered"
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 5


@pytest.mark.parametrize("change", ["remove", "deactivate", "demote", "leave"])
def test_offer_dies_with_the_access_of_either(group, karen, luis, change):
    second = primary_of(group, user=UserFactory())
    made = offer(karen, luis)
    if change == "remove":
        delegation.remove_user(fresh(luis), version=fresh(luis).version, by=karen.user)
    elif change == "deactivate":
        delegation.deactivate_user(fresh(luis), version=fresh(luis).version, by=karen.user)
    elif change == "demote":
        delegation.change_access(
            karen, role="administrator", version=fresh(karen).version, by=second.user
        )
    else:
        delegation.remove_user(karen, version=fresh(karen).version, by=second.user)

    assert refused(accept_hand_over, made, by=luis.user) == "closed"
    assert fresh(luis).role == "viewer"


def test_one_offer_at_a_time(group, karen, luis):
    offer(karen, luis)
    other = given(group, "viewer", user=UserFactory(), parent=karen)

    assert refused(offer, karen, luis) == "offered"
    assert refused(offer, karen, other) == "offered"
    assert HandOver.objects.count() == 1


def test_dead_offer_makes_room_for_the_next(group, karen, luis):
    dead = offer(karen, luis)
    other = given(group, "viewer", user=UserFactory(), parent=karen)
    grants.revoke_grant(luis, by=None)

    accept_hand_over(offer(karen, other), by=other.user)

    dead.refresh_from_db()
    assert dead.state == "cancelled"
    assert fresh(other).is_primary


def test_offers_of_two_givers_to_one_person_close_together(group, karen, luis):
    second = primary_of(group, user=UserFactory())
    first, other = offer(karen, luis), offer(second, luis)

    accept_hand_over(first, by=luis.user)

    other.refresh_from_db()
    assert other.state == "cancelled"
    assert fresh(second).is_primary


@pytest.mark.parametrize("who", ["broker", "primary", "pending", "suspended", "self"])
def test_role_is_for_active_colleagues_only(group, karen, who):
    other = {
        "broker": lambda: given(group, "broker_full", user=UserFactory(), parent=karen),
        "primary": lambda: primary_of(group, user=UserFactory()),
        "pending": lambda: delegation.add_user(
            group, first_name="M", last_name="J", email="m@x.example", role="viewer", by=karen.user
        ),
        "suspended": lambda: grants.suspend_grant(
            given(group, "viewer", user=UserFactory(), parent=karen),
            by=None,
            suspension=Grant.Suspension.ADMINISTRATOR,
        ),
        "self": lambda: karen,
    }[who]()

    assert refused(offer, karen, other) == "not_yours"
    assert not HandOver.objects.exists()


@pytest.mark.parametrize(
    "keeps", ["primary_administrator", "broker_full", "emergency", "custom", "x"]
)
def test_giver_keeps_a_role_of_colleagues(karen, luis, keeps):
    assert refused(offer, karen, luis, keeps=keeps) == "not_yours"


def test_administrator_has_no_primary_role_to_give(group, karen, luis):
    head = given(group, "administrator", user=UserFactory(), parent=karen)

    assert refused(offer, head, luis) == "not_yours"
    page = browser(head).get(f"/g/{group.slug}/users/{luis.key}/hand-over/")
    assert page.status_code == 403
    assert text(page, "h1") == "Only a primary administrator can hand over the role."


# --- Pages


def test_story_over_the_pages(group, karen, luis):
    hers, his = browser(karen), browser(luis)
    typed = {"version": luis.version, "keeps_role": "billing_viewer"}

    offered = hers.post(f"/g/{group.slug}/users/{luis.key}/hand-over/", typed, follow=True)
    home, waiting = his.get(f"/g/{group.slug}/"), hers.get(f"/g/{group.slug}/")
    link = select(home, ".ep-todo a")[0].get("href")
    shown = his.get(link)
    number = select(shown, "[name=offer]")[0].get("value")
    done = his.post(link, {"offer": number, "answer": "accept"}, follow=True)

    assert "You offered your role to Luis Ortega" in text(offered, "main h2")
    assert "Answer the offer of Karen Mitchell" in text(home, ".ep-todo")
    assert "With Luis Ortega: your offer of the primary role" in text(waiting, ".ep-todo")
    assert "Karen Mitchell keeps: Billing viewer." in text(shown, ".ep-effect")
    assert "You are a primary administrator now." in text(done, ".ep-messages")
    assert done.redirect_chain[-1][0] == f"/g/{group.slug}/users/"
    assert fresh(karen).role == "billing_viewer"
    assert "offer" not in text(hers.get(f"/g/{group.slug}/"), "main")


@pytest.mark.parametrize(
    ("answer", "who", "says"),
    [("decline", "luis", "Declined."), ("take_back", "karen", "The offer is taken back.")],
)
def test_no_is_an_answer(group, karen, luis, answer, who, says):
    made = offer(karen, luis)
    client = browser({"karen": karen, "luis": luis}[who])

    page = client.post(
        f"/g/{group.slug}/hand-over/", {"offer": made.pk, "answer": answer}, follow=True
    )
    again = client.post(
        f"/g/{group.slug}/hand-over/", {"offer": made.pk, "answer": answer}, follow=True
    )

    assert says in text(page, ".ep-messages")
    assert "Nothing was changed." in text(again, ".ep-messages")
    assert fresh(karen).is_primary


def test_page_without_an_offer_says_so_or_leads_to_one(group, karen, luis):
    path = f"/g/{group.slug}/hand-over/"
    links = [item.get("href") for item in select(browser(karen).get(path), ".ep-linklist a")]

    assert "No offer is open." in text(browser(luis).get(path), "main")
    assert links == [f"/g/{group.slug}/users/{luis.key}/hand-over/"]


@pytest.mark.parametrize(
    "typed",
    [{}, {"offer": "x", "answer": "accept"}, {"offer": "1", "answer": "steal"}, {"offer": 2**70}],
)
def test_unreadable_answers_change_nothing(group, karen, luis, typed):
    offer(karen, luis)

    page = browser(luis).post(f"/g/{group.slug}/hand-over/", typed, follow=True)

    assert "Nothing was changed." in text(page, ".ep-messages")
    assert HandOver.objects.get().state == "offered"


def test_offer_of_another_group_is_not_there(group, karen, luis):
    elsewhere = primary_of(user=UserFactory())
    other = given(elsewhere.group, "viewer", user=luis.user, parent=elsewhere)
    made = offer(elsewhere, other)

    page = browser(luis).post(f"/g/{group.slug}/hand-over/", {"offer": made.pk, "answer": "accept"})

    assert page.status_code == 404
    assert HandOver.objects.get().state == "offered"


def test_foreign_offer_is_refused_and_written_down(group, karen, luis):
    made = offer(karen, luis)
    other = given(group, "viewer", user=UserFactory(), parent=karen)

    page = browser(other).post(
        f"/g/{group.slug}/hand-over/", {"offer": made.pk, "answer": "accept"}
    )

    assert page.status_code == 403
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Choose what you keep."),
        ({"keeps_role": "primary_administrator"}, "Select a valid choice."),
    ],
)
def test_offer_needs_an_answer_to_what_one_keeps(group, karen, luis, typed, says):
    page = browser(karen).post(
        f"/g/{group.slug}/users/{luis.key}/hand-over/", {"version": luis.version, **typed}
    )

    assert errors(page)[0].startswith(says)
    assert not HandOver.objects.exists()


def test_primaries_who_demote_each_other_do_not_answer_to_each_other(group, karen):
    """A primary who reactivates and is then demoted by the other must not close a circle."""
    second = primary_of(group, user=UserFactory())
    delegation.deactivate_user(second, version=fresh(second).version, by=karen.user)
    delegation.reactivate_user(second, version=fresh(second).version, by=karen.user)
    delegation.change_access(
        karen, role="administrator", version=fresh(karen).version, by=second.user
    )

    assert fresh(karen).parent == second
    assert fresh(second).parent is None
