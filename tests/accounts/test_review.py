from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.actions import codes, registration, review
from accounts.models import AccessCode, Grant, RegistrationRequest
from groups.access import granted_to
from portal.models import AuditEvent, OutboundEmail
from tests.factories import (
    ContactFactory,
    EmployerGroupFactory,
    RegistrationRequestFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
State = RegistrationRequest.State


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def good(settings):
    """A request that one person may approve alone."""
    settings.FOUR_EYES = "never"
    return RegistrationRequestFactory()


def letters(template):
    return OutboundEmail.objects.filter(template=f"accounts/{template}")


def refusal(call, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        call(*args, **kwargs)
    return " ".join(caught.value.messages)


def test_approval_mails_a_key_for_the_role_asked_for(good, staff):
    approved = review.approve_request(good, version=1, by=staff)

    code = AccessCode.objects.get()
    assert approved.state == State.APPROVED
    assert approved.decided_by == staff
    assert (code.grant.role, code.email, code.group) == (
        "primary_administrator",
        good.email,
        good.group,
    )
    assert code.expires_at - code.issued_at == timedelta(days=7)
    assert letters("access_key").get().to == good.email
    kinds = AuditEvent.objects.values_list("kind", flat=True)
    assert {
        "accounts.registration_approved",
        "accounts.grant_offered",
        "accounts.access_code_issued",
    } <= set(kinds)


def test_a_broker_gets_broker_rights(settings, staff):
    settings.FOUR_EYES = "never"
    asked = RegistrationRequestFactory(role="broker", agency="Summit", npn="123")

    assert review.approve_request(asked, version=1, by=staff).grant.role == "broker_full"


def test_a_stale_page_changes_nothing_and_says_who_was_first(good, staff):
    review.approve_request(good, version=1, by=StaffFactory(first_name="Ben", last_name="Whitaker"))

    words = refusal(review.decline_request, good, reason="No", version=1, by=staff)

    assert words == (
        "Ben Whitaker changed this request in the meantime: it is now approved. Nothing was done twice."
    )
    good.refresh_from_db()
    assert good.state == State.APPROVED
    assert Grant.objects.count() == 1


def test_an_unknown_group_must_be_linked_first(settings, staff):
    settings.FOUR_EYES = "never"
    asked = RegistrationRequestFactory(group=None)

    assert "Link the request to a group" in refusal(
        review.approve_request, asked, version=1, by=staff
    )
    linked = review.link_to_group(asked, group=EmployerGroupFactory(), version=1, by=staff)
    assert review.approve_request(linked, version=2, by=staff).state == State.APPROVED


def test_an_ended_group_gives_no_access(settings, staff):
    settings.FOUR_EYES = "never"
    asked = RegistrationRequestFactory(group__status="terminated")

    assert "has ended" in refusal(review.approve_request, asked, version=1, by=staff)


@pytest.mark.parametrize(
    ("four_eyes", "score_is_high", "second_needed"),
    [
        ("never", False, False),
        ("below_limit", True, False),
        ("below_limit", False, True),
        ("always", True, True),
    ],
)
def test_four_eyes(settings, staff, four_eyes, score_is_high, second_needed):
    settings.FOUR_EYES = four_eyes
    asked = RegistrationRequestFactory(phone="4135550114")
    if score_is_high:
        ContactFactory(group=asked.group, email="paul@cedarworks.example")

    first = review.approve_request(asked, version=1, by=staff)

    assert (first.state == State.APPROVED) is not second_needed
    if second_needed:
        assert "second person" in refusal(review.approve_request, asked, version=2, by=staff)
        second = review.approve_request(asked, version=2, by=StaffFactory())
        assert (second.state, second.first_approved_by) == (State.APPROVED, staff)
    assert AccessCode.objects.count() == 1


def test_question_and_answer_start_a_new_promise(good, staff):
    with time_machine.travel("2026-11-17 15:00:00+00:00", tick=False):
        asked = review.ask_for_information(good, question="Who signed?", version=1, by=staff)
    assert asked.state == State.NEEDS_INFO
    assert letters("registration_question").count() == 1

    with time_machine.travel("2026-11-23 15:00:00+00:00", tick=False):
        answered = registration.answer_question(good, text="Paul did.", by=None)

    assert answered.state == State.SUBMITTED
    assert timezone.localtime(answered.due_at).strftime("%m-%d %H") == "11-25 17"
    assert [(e.kind, e.text) for e in good.entries.all()] == [
        ("question", "Who signed?"),
        ("answer", "Paul did."),
    ]


def test_the_reason_of_a_decline_stays_out_of_the_mail(good, staff):
    review.decline_request(good, reason="Wrong company: Acme", version=1, by=staff)

    letter = letters("registration_declined").get()
    assert AuditEvent.objects.get(kind="accounts.registration_declined").note == ""
    assert "Acme" not in str(letter.context)
    assert letter.sealed is None


def test_without_codes_a_person_with_an_account_just_signs_in(settings, good, staff):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False
    user = UserFactory(email=good.email)

    done = review.approve_request(good, version=1, by=staff)

    assert done.state == State.COMPLETED
    assert "users_manage" in granted_to(user, good.group)
    assert not AccessCode.objects.exists()
    assert letters("registration_activated").count() == 1
    assert AuditEvent.objects.filter(kind="accounts.registration_completed").exists()


def test_without_codes_a_person_without_an_account_still_gets_a_key(settings, good, staff):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False

    assert review.approve_request(good, version=1, by=staff).state == State.APPROVED
    assert letters("access_key").count() == 1


def test_an_unconfirmed_address_activates_nothing(settings, good, staff):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False
    user = UserFactory(email=good.email, confirmed=False)

    review.approve_request(good, version=1, by=staff)

    assert granted_to(user, good.group) == frozenset()


def test_staff_send_a_new_key(good, staff):
    approved = review.approve_request(good, version=1, by=staff)
    review.reissue_code(approved, version=2, by=staff)

    states = list(AccessCode.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["revoked", "issued"]
    assert letters("access_key").count() == 2


def test_the_applicant_gets_a_new_key_only_when_the_last_one_is_dead(good, staff):
    approved = review.approve_request(good, version=1, by=staff)
    assert "still works" in refusal(registration.ask_new_key, approved, by=None)

    for _ in range(3):
        AccessCode.objects.filter(state="issued").update(state="locked")
        registration.ask_new_key(approved, by=None)
    AccessCode.objects.filter(state="issued").update(state="expired")

    assert "Call us" in refusal(registration.ask_new_key, approved, by=None)
    assert AccessCode.objects.count() == 4


def test_late_requests_escalate_once():
    late = RegistrationRequestFactory(due_at=timezone.now() - timedelta(minutes=1))
    RegistrationRequestFactory()
    RegistrationRequestFactory(due_at=timezone.now() - timedelta(days=1), state=State.NEEDS_INFO)

    assert [review.escalate_overdue_requests() for _ in range(2)] == [1, 0]
    late.refresh_from_db()
    assert late.escalated_at is not None
    assert letters("registration_late").get().to == late.email


def test_unused_requests_close_thirty_days_after_the_key(good, staff):
    review.approve_request(good, version=1, by=staff)
    end = AccessCode.objects.get().expires_at

    with time_machine.travel(end + timedelta(days=30, seconds=-1), tick=False):
        assert review.close_unused_requests() == 0
    with time_machine.travel(end + timedelta(days=30), tick=False):
        assert review.close_unused_requests() == 1

    good.refresh_from_db()
    assert (good.state, good.grant.state) == (State.EXPIRED, Grant.State.REVOKED)


@pytest.mark.parametrize("state", [State.DECLINED, State.WITHDRAWN, State.EXPIRED])
def test_nothing_moves_on_from_the_end(state, staff):
    over = RegistrationRequestFactory(state=state, decline_reason="x")

    for call in (
        lambda: review.take_request(over, version=1, by=staff),
        lambda: review.approve_request(over, version=1, by=staff),
        lambda: review.ask_for_information(over, question="?", version=1, by=staff),
        lambda: review.decline_request(over, reason="x", version=1, by=staff),
        lambda: review.link_to_group(over, group=EmployerGroupFactory(), version=1, by=staff),
        lambda: review.reissue_code(over, version=1, by=staff),
        lambda: registration.withdraw_request(over, by=None),
        lambda: registration.answer_question(over, text="x", by=None),
    ):
        refusal(call)
    over.refresh_from_db()
    assert (over.state, over.version) == (state, 1)


def test_a_correction_takes_back_the_first_approval(settings, staff):
    settings.FOUR_EYES = "always"
    asked = RegistrationRequestFactory()
    review.approve_request(asked, version=1, by=staff)
    details = {name: getattr(asked, name) for name in registration.RequestDetails.__annotations__}

    corrected = registration.correct_request(asked, **{**details, "fein": "049999999"}, by=None)

    assert corrected.first_approved_by is None
    event = AuditEvent.objects.get(kind="accounts.registration_corrected")
    assert event.changes == {"fein": ["…", "…"]}


def test_a_withdrawn_key_does_not_come_back_by_the_applicant(good, staff):
    approved = review.approve_request(good, version=1, by=staff)
    codes.withdraw_code(AccessCode.objects.get(), by=staff)

    assert "withdrew" in refusal(registration.ask_new_key, approved, by=None)
    assert AccessCode.objects.count() == 1
