"""The quarterly review as actions: opened, reminded of, answered, confirmed."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import tasks
from accounts.actions import access_reviews as actions
from accounts.actions import grants
from accounts.authority import Access
from accounts.models import AccessReview, AccessReviewItem, Grant, User, end_of
from accounts.roles import EMERGENCY
from groups.atoms import with_needs
from groups.models import EmployerGroup
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.accounts.test_codes_concurrency import at_once
from tests.ambient import nobody
from tests.factories import EmployerGroupFactory, GrantFactory, SubgroupFactory, UserFactory

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2026, 11, 20, 15, tzinfo=UTC)


def opened(group, now=None):
    """Return the open review of *group*, opened at *now*."""
    actions.open_reviews(now=now)
    return AccessReview.objects.open().get(group=group)


def keep(review, grant, by):
    grant.refresh_from_db()
    return actions.decide(review, grant=grant, decision="keep", version=grant.version, by=by)


def remove(review, grant, by):
    grant.refresh_from_db()
    return actions.decide(review, grant=grant, decision="remove", version=grant.version, by=by)


@pytest.fixture
def primary():
    return primary_of()


@pytest.fixture
def colleague(primary):
    return given(primary.group, "viewer", parent=primary)


# --- Opening ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "quarter", "due_at"),
    [
        # New Year's Eve, 11 p.m. in New York, where the quarter is not over yet
        (datetime(2027, 1, 1, 4, tzinfo=UTC), "2026-Q4", datetime(2027, 1, 1, 5, tzinfo=UTC)),
        (datetime(2027, 1, 1, 5, tzinfo=UTC), "2027-Q1", datetime(2027, 4, 1, 4, tzinfo=UTC)),
        (datetime(2026, 7, 1, 3, 59, tzinfo=UTC), "2026-Q2", datetime(2026, 7, 1, 4, tzinfo=UTC)),
        (datetime(2026, 7, 1, 4, tzinfo=UTC), "2026-Q3", datetime(2026, 10, 1, 4, tzinfo=UTC)),
    ],
)
def test_quarters_are_the_carriers(colleague, now, quarter, due_at):
    assert actions.open_reviews(now=now) == 1

    review = AccessReview.objects.get()
    assert (review.group, review.quarter, review.due_at) == (colleague.group, quarter, due_at)


def test_once_a_quarter_and_once_in_the_next(colleague):
    assert [actions.open_reviews(now=NOVEMBER) for _ in range(3)] == [1, 0, 0]
    assert actions.open_reviews(now=NOVEMBER + timedelta(days=60)) == 1
    assert set(AccessReview.objects.values_list("quarter", flat=True)) == {"2026-Q4", "2027-Q1"}


def test_groups_without_anybody_to_review_have_none(primary):
    nobody_answers = given(EmployerGroupFactory(), "viewer")
    grants.revoke_grant(given(primary.group, "viewer", parent=primary), by=None)
    given(
        primary.group,
        "emergency",
        source="emergency",
        reason="Call 7",
        ends_at=timezone.now() + timedelta(hours=1),
    )

    assert actions.open_reviews() == 0
    assert nobody_answers.state == "active"


@pytest.mark.parametrize("kind", ["invited", "deactivated", "second primary"])
def test_whoever_may_come_in_counts(primary, kind):
    if kind == "invited":
        GrantFactory(group=primary.group, role="viewer")
    elif kind == "deactivated":
        one = given(primary.group, "viewer", parent=primary)
        grants.suspend_grant(one, by=None, suspension="administrator")
    else:
        primary_of(primary.group)

    assert actions.open_reviews() == 1


@pytest.mark.parametrize("count", [1, 4])
def test_opening_is_the_same_work_for_any_number_of_groups(count, django_assert_num_queries):
    for _ in range(count):
        given(primary_of().group, "viewer")

    with django_assert_num_queries(4):  # two of them the savepoint
        assert actions.open_reviews() == count


def test_the_task_opens_on_behalf_of_the_carrier(colleague):
    with nobody():
        tasks.open_access_reviews()

    assert AccessReview.objects.count() == 1


# --- Reminders ---------------------------------------------------------------------------------------


def letters(template):
    return list(
        OutboundEmail.objects.filter(template=f"accounts/{template}").values_list("to", flat=True)
    )


def test_three_reminders_and_no_more(primary, colleague):
    review = opened(primary.group, NOVEMBER)
    due = review.due_at

    for moment, sent in [
        (due - timedelta(days=14, seconds=1), (0, 0)),
        (due - timedelta(days=14), (1, 0)),
        (due - timedelta(days=5), (1, 0)),
        (due - timedelta(days=3), (2, 0)),
        (due - timedelta(seconds=1), (2, 0)),
        (due, (2, 1)),
        (due + timedelta(days=40), (2, 1)),
    ]:
        actions.remind(now=moment)
        assert (len(letters("review_due")), len(letters("review_late"))) == sent
    assert set(letters("review_due")) == {primary.user.email}
    review.refresh_from_db()
    assert (review.reminders, review.reminded_at) == (3, due)


def test_missed_reminders_are_not_made_up_for(primary, colleague):
    review = opened(primary.group, NOVEMBER)

    assert actions.remind(now=review.due_at + timedelta(days=1)) == 1
    assert actions.remind(now=review.due_at + timedelta(days=2)) == 0
    assert letters("review_due") == []
    assert letters("review_late") == [primary.user.email]


def test_nobody_is_reminded_of_what_is_done(primary, colleague):
    review = opened(primary.group)
    keep(review, colleague, primary.user)
    actions.complete(review, by=primary.user)

    assert actions.remind(now=review.due_at + timedelta(days=1)) == 0


def test_whoever_cannot_sign_in_gets_no_letter(primary, colleague):
    other = primary_of(primary.group)
    User.objects.filter(pk=primary.user_id).update(is_active=False)
    review = opened(primary.group, NOVEMBER)

    actions.remind(now=review.due_at)

    assert letters("review_late") == [other.user.email]


def test_reminders_go_out_in_small_portions(primary, colleague):
    given(primary_of().group, "viewer")
    actions.open_reviews(now=NOVEMBER)
    late = AccessReview.objects.first().due_at

    assert [actions.remind(now=late, limit=1) for _ in range(3)] == [1, 1, 0]


def test_letters_name_nobody_and_lead_to_the_page(primary, colleague):
    from portal import mail

    review = opened(primary.group, NOVEMBER)
    actions.remind(now=review.due_at)
    subject, body, _html = mail.render(OutboundEmail.objects.get(template="accounts/review_late"))

    assert subject == "The review of who has access to your group is late"
    assert f"/g/{primary.group.slug}/users/review/" in body
    assert primary.group.name not in body


# --- Answers -----------------------------------------------------------------------------------------


def test_keeping_writes_down_what_the_person_has(primary):
    unit = SubgroupFactory(group=primary.group, code="0002")
    ends_at = end_of(date(2029, 5, 9))
    colleague = given(
        primary.group, atoms=["billing_view"], units=[unit.pk], parent=primary, ends_at=ends_at
    )
    review = opened(primary.group)

    answer = keep(review, colleague, primary.user)

    item = AccessReviewItem.objects.get()
    assert answer.removal is None
    assert (item.grant, item.decision, item.decided_by) == (colleague, "keep", primary.user)
    assert item.held == "See the group, See bills; billing units: 0002; until May 9, 2029"
    event = AuditEvent.objects.get(kind="accounts.access_confirmed")
    assert (event.group_key, event.note) == (primary.group.pk, review.quarter)


def test_removing_takes_everything_away_at_once(primary, colleague):
    review = opened(primary.group)

    answer = remove(review, colleague, primary.user)

    colleague.refresh_from_db()
    assert colleague.state == "revoked"
    assert answer.removal.sessions == 0
    assert answer.item.decision == "remove"
    assert letters("access_removed") == [colleague.user.email]


def test_an_invitation_can_be_removed_too(primary):
    invited = GrantFactory(group=primary.group, role="viewer")
    review = opened(primary.group)

    remove(review, invited, primary.user)

    invited.refresh_from_db()
    assert invited.state == "revoked"


def test_a_second_answer_replaces_the_first(primary, colleague):
    review = opened(primary.group)
    keep(review, colleague, primary.user)

    remove(review, colleague, primary.user)

    assert AccessReviewItem.objects.get().decision == "remove"


@pytest.mark.parametrize("who", ["administrator", "viewer", "stranger", "former primary"])
@pytest.mark.parametrize("decision", ["keep", "remove"])
def test_only_a_primary_administrator_answers(primary, colleague, who, decision):
    if who == "stranger":
        by = primary_of().user
    elif who == "former primary":
        former = primary_of(primary.group)
        grants.revoke_grant(former, by=None)
        by = former.user
    else:
        by = given(primary.group, who, parent=primary).user
    review = opened(primary.group)

    with pytest.raises(ValidationError) as refusal:
        actions.decide(review, grant=colleague, decision=decision, version=colleague.version, by=by)

    colleague.refresh_from_db()
    assert refusal.value.code == "not_yours"
    assert (colleague.state, AccessReviewItem.objects.count()) == ("active", 0)
    assert AuditEvent.objects.get(kind="accounts.delegation_refused").actor_key == by.pk


def test_nobody_answers_for_themselves(primary, colleague):
    review = opened(primary.group)

    with pytest.raises(ValidationError) as refusal:
        keep(review, primary, primary.user)

    assert refusal.value.code == "not_yours"


@pytest.mark.parametrize("what", ["changed", "removed", "of another group", "emergency"])
def test_what_is_not_as_it_was_shown_is_refused(primary, colleague, what):
    review, version, grant = opened(primary.group), colleague.version, colleague
    if what == "changed":
        grants.change_grant(
            colleague, access=Access("viewer", frozenset(with_needs(["plans_view"]))), by=None
        )
    elif what == "removed":
        grants.revoke_grant(colleague, by=None)
    elif what == "of another group":
        grant = given(primary_of().group, "viewer")
        version = grant.version
    else:
        grant = given(
            primary.group, EMERGENCY.key, source="emergency", reason="x", ends_at=timezone.now() + timedelta(hours=1)
        )  # fmt: skip
        version = grant.version

    with pytest.raises(ValidationError) as refusal:
        actions.decide(review, grant=grant, decision="keep", version=version, by=primary.user)

    assert refusal.value.code == "stale"
    assert AccessReviewItem.objects.count() == 0


def test_a_finished_review_takes_no_answer(primary, colleague):
    review = opened(primary.group)
    keep(review, colleague, primary.user)
    actions.complete(review, by=primary.user)

    with pytest.raises(ValidationError) as refusal:
        remove(review, colleague, primary.user)

    colleague.refresh_from_db()
    assert (refusal.value.code, colleague.state) == ("stale", "active")


# --- Confirming --------------------------------------------------------------------------------------


def test_confirming_needs_an_answer_for_everybody(primary, colleague):
    second = given(primary.group, "viewer", parent=primary)
    review = opened(primary.group)
    keep(review, colleague, primary.user)

    with pytest.raises(ValidationError) as refusal:
        actions.complete(review, by=primary.user)

    assert refusal.value.code == "incomplete"
    assert refusal.value.messages == ["1 person still needs an answer. Choose Keep or Remove."]
    remove(review, second, primary.user)
    assert actions.complete(review, by=primary.user).completed_by == primary.user


@pytest.mark.parametrize("what", ["changed", "deactivated", "new"])
def test_what_came_after_the_answer_asks_again(primary, colleague, what):
    review = opened(primary.group)
    keep(review, colleague, primary.user)
    if what == "changed":
        colleague = grants.change_grant(
            colleague, access=Access("billing_viewer", frozenset(with_needs(["billing_view"]))), by=None
        )  # fmt: skip
    elif what == "deactivated":
        colleague = grants.suspend_grant(colleague, by=None, suspension="administrator")
    else:
        colleague = given(primary.group, "viewer", parent=primary)

    with pytest.raises(ValidationError) as refusal:
        actions.complete(review, by=primary.user)

    assert refusal.value.code == "incomplete"
    keep(review, colleague, primary.user)
    assert actions.complete(review, by=primary.user).completed_at


def test_an_invited_person_who_registers_is_not_asked_about_again(primary):
    invited = GrantFactory(group=primary.group, role="viewer")
    review = opened(primary.group)
    keep(review, invited, primary.user)
    grants.activate_grant(invited, user=UserFactory(email=invited.email), by=None)

    assert actions.complete(review, by=primary.user).completed_at


def test_two_primary_administrators_answer_for_each_other(primary):
    other = primary_of(primary.group)
    review = opened(primary.group)

    with pytest.raises(ValidationError):
        actions.complete(review, by=primary.user)
    keep(review, other, primary.user)

    assert actions.complete(review, by=primary.user).completed_by == primary.user
    assert sorted(letters("review_completed")) == sorted([primary.user.email, other.user.email])


def test_one_confirmation_answers_for_every_review_that_is_late(primary, colleague):
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC)):
        actions.open_reviews()
    with time_machine.travel(datetime(2026, 8, 1, tzinfo=UTC)):
        actions.open_reviews()
    with time_machine.travel(NOVEMBER):
        actions.open_reviews()
        oldest = AccessReview.objects.get(quarter="2026-Q2")
        keep(oldest, colleague, primary.user)
        actions.complete(oldest, by=primary.user)

    done = AccessReview.objects.filter(completed_by=primary.user)
    assert set(done.values_list("quarter", flat=True)) == {"2026-Q2", "2026-Q3"}
    assert AccessReview.objects.open().get().quarter == "2026-Q4"
    events = AuditEvent.objects.filter(kind="accounts.access_review_completed").order_by("pk")
    assert list(events.values_list("note", "target_key", "actor_key")) == [
        (one.quarter, str(one.pk), primary.user_id) for one in done.order_by("due_at")
    ]


def test_only_a_primary_administrator_confirms(primary, colleague):
    administrator = given(primary.group, "administrator", parent=primary)
    review = opened(primary.group)
    for grant in (colleague, administrator):
        keep(review, grant, primary.user)

    with pytest.raises(ValidationError) as refusal:
        actions.complete(review, by=administrator.user)

    assert refusal.value.code == "not_yours"
    assert AccessReview.objects.open().get() == review


def test_a_review_is_confirmed_once(primary, colleague):
    review = opened(primary.group)
    keep(review, colleague, primary.user)
    actions.complete(review, by=primary.user)

    with pytest.raises(ValidationError) as refusal:
        actions.complete(review, by=primary.user)

    assert refusal.value.code == "stale"
    assert AuditEvent.objects.filter(kind="accounts.access_review_completed").count() == 1


# --- Side by side ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_two_workers_open_one_review(round_number):
    for _ in range(3):
        given(primary_of().group, "viewer")

    at_once(actions.open_reviews, actions.open_reviews)

    assert AccessReview.objects.count() == EmployerGroup.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_two_workers_send_one_reminder(round_number):
    primary = primary_of()
    given(primary.group, "viewer")
    review = opened(primary.group, NOVEMBER)

    counts = at_once(*[lambda: actions.remind(now=review.due_at)] * 2)

    assert sum(counts) == 1
    assert letters("review_late") == [primary.user.email]


@pytest.mark.django_db(transaction=True)
def test_a_reminder_skips_what_somebody_else_holds():
    primary = primary_of()
    given(primary.group, "viewer")
    review = opened(primary.group, NOVEMBER)

    with transaction.atomic():
        AccessReview.objects.select_for_update().get(pk=review.pk)
        (count,) = at_once(lambda: actions.remind(now=review.due_at))

    assert count == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_two_primary_administrators_remove_each_other_in_the_review(round_number):
    first, second = (primary_of(group) for group in [EmployerGroupFactory()] * 2)
    review = opened(first.group)

    results = at_once(
        lambda: remove(review, second, first.user), lambda: remove(review, first, second.user)
    )

    assert sum(isinstance(result, ValidationError) for result in results) == 1
    assert Grant.objects.in_force().filter(group=first.group).count() == 1
    assert AccessReviewItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_a_change_and_a_confirmation_at_once_leave_no_old_answer(round_number):
    primary = primary_of()
    colleague = given(primary.group, "viewer", parent=primary)
    review = opened(primary.group)
    keep(review, colleague, primary.user)
    more = Access("billing_viewer", frozenset(with_needs(["billing_view"])))

    confirmed, _changed = at_once(
        lambda: actions.complete(review, by=primary.user),
        lambda: grants.change_grant(colleague, access=more, by=None),
    )

    changed_at = AuditEvent.objects.get(kind="accounts.grant_changed").pk
    if isinstance(confirmed, ValidationError):
        assert confirmed.code == "incomplete"
    else:  # it was confirmed before it was changed
        assert AuditEvent.objects.get(kind="accounts.access_review_completed").pk < changed_at
