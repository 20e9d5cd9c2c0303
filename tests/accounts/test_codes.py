from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts import access_codes
from accounts.actions import codes as actions
from accounts.actions.accounts import create_account
from accounts.actions.grants import (
    activate_grant,
    offer_grant,
    resume_grant,
    revoke_grant,
    suspend_grant,
)
from accounts.authority import Access
from accounts.models import AccessCode, Agency, Grant, User
from accounts.roles import ROLES
from groups.access import granted_to
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import (
    BrokerFactory,
    EmployerGroupFactory,
    GrantFactory,
    StaffFactory,
    UserFactory,
    issued_key,
)

pytestmark = pytest.mark.django_db

NEW_ACCOUNT = {
    "username": "tquinn",
    "password_hash": "!",
    "first_name": "Teresa",
    "middle_initial": "",
    "last_name": "Quinn",
    "title": "",
    "phone": "",
    "company": "Cedar Works",
    "region": "MA",
    "picture": "lighthouse",
    "phrase": "Two loons",
    "by": None,
}


def refusal(call, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_the_digits_are_kept_nowhere_in_clear():
    code, key = issued_key()
    digits = access_codes.normalize(key)
    letter = OutboundEmail.objects.get()

    kept = " ".join(str(value) for row in (code, letter) for value in row.__dict__.values())
    assert digits not in kept
    assert key not in kept
    assert digits.encode() not in bytes(letter.sealed)


def test_a_good_key_is_found_for_its_group_only():
    code, key = issued_key()
    digits = access_codes.normalize(key)

    assert actions.find_code(code.group, digits) == code
    assert refusal(actions.find_code, EmployerGroupFactory(), digits) == "unknown"
    assert refusal(actions.find_code, None, digits) == "unknown"


@pytest.mark.parametrize(("seconds", "refused"), [(-1, None), (0, "expired"), (1, "expired")])
def test_seven_days_to_the_second_by_the_clock_alone(seconds, refused):
    code, key = issued_key()
    digits = access_codes.normalize(key)

    with time_machine.travel(code.issued_at + timedelta(days=7, seconds=seconds), tick=False):
        if refused:
            assert refusal(actions.find_code, code.group, digits) == refused
        else:
            assert actions.find_code(code.group, digits) == code


def test_redeeming_activates_the_grant_and_uses_up_the_key():
    code, key = issued_key()
    user = UserFactory(email=code.email)
    grant = actions.redeem_code(code, user=user, by=user)

    assert grant.state == Grant.State.ACTIVE
    assert granted_to(user, code.group) == ROLES["primary_administrator"].atoms
    assert refusal(actions.find_code, code.group, access_codes.normalize(key)) == "redeemed"
    assert refusal(actions.redeem_code, code, user=user, by=user) == "redeemed"


def test_a_key_opens_nothing_for_another_address():
    code, _key = issued_key()
    user = UserFactory()

    assert refusal(actions.redeem_code, code, user=user, by=user) == "other_email"
    assert granted_to(user, code.group) == frozenset()


def test_five_wrong_tries_lock_the_key():
    code, key = issued_key()
    for _ in range(4):
        actions.count_wrong_try(code.group)
    assert actions.find_code(code.group, access_codes.normalize(key)) == code

    actions.count_wrong_try(code.group)

    assert refusal(actions.find_code, code.group, access_codes.normalize(key)) == "locked"
    assert AuditEvent.objects.filter(kind="accounts.access_code_locked").count() == 1


def test_wrong_tries_leave_other_groups_alone():
    code, _key = issued_key()
    other, _other_key = issued_key()
    actions.count_wrong_try(code.group)

    other.refresh_from_db()
    assert other.wrong_tries == 0


def test_a_new_key_kills_the_older_one():
    code, key = issued_key()
    newer, newer_key = issued_key(code.grant)

    assert refusal(actions.find_code, code.group, access_codes.normalize(key)) == "revoked"
    assert actions.find_code(code.group, access_codes.normalize(newer_key)) == newer


def test_the_database_allows_one_open_key_per_grant():
    code, _key = issued_key()

    with pytest.raises(IntegrityError), transaction.atomic():
        AccessCode.objects.create(
            group=code.group,
            grant=code.grant,
            email=code.email,
            digest="x",
            expires_at=timezone.now() + timedelta(days=1),
        )


def test_sweep_marks_what_is_over_in_one_statement(django_assert_num_queries):
    over, _key = issued_key()
    still_good, _other = issued_key()
    AccessCode.objects.filter(pk=over.pk).update(
        issued_at=timezone.now() - timedelta(days=8), expires_at=timezone.now()
    )

    with django_assert_num_queries(1):
        assert actions.expire_codes() == 1

    over.refresh_from_db()
    still_good.refresh_from_db()
    assert (over.state, still_good.state) == (AccessCode.State.EXPIRED, AccessCode.State.ISSUED)


def test_one_reminder_two_days_before():
    code, _key = issued_key()
    with time_machine.travel(code.expires_at - timedelta(days=2, seconds=1), tick=False):
        assert actions.remind_of_expiring_codes() == 0
    with time_machine.travel(code.expires_at - timedelta(days=2), tick=False):
        assert actions.remind_of_expiring_codes() == 1
        assert actions.remind_of_expiring_codes() == 0

    assert OutboundEmail.objects.filter(template="accounts/access_key_expiring").count() == 1


def test_an_account_is_made_whole_or_not_at_all():
    code, _key = issued_key()
    UserFactory(username="TQuinn")

    with pytest.raises(ValidationError) as caught:
        create_account(code, **NEW_ACCOUNT)

    assert list(caught.value.message_dict) == ["username"]
    assert not User.objects.filter(email=code.email).exists()
    code.refresh_from_db()
    assert code.state == AccessCode.State.ISSUED


def test_an_address_with_an_account_is_sent_to_sign_in():
    code, _key = issued_key()
    UserFactory(email=code.email.upper())

    assert refusal(create_account, code, **NEW_ACCOUNT) == "has_account"


def test_new_account_has_confirmed_address_seal_terms_and_access():
    code, _key = issued_key()
    user = create_account(code, **NEW_ACCOUNT)

    assert User.objects.with_confirmed_email(code.email).get() == user
    assert (user.seal.picture, user.seal.phrase) == ("lighthouse", "Two loons")
    assert user.terms_acceptances.count() == 1
    assert "users_manage" in granted_to(user, code.group)
    assert AuditEvent.objects.filter(
        kind="accounts.access_code_redeemed", actor_key=user.pk
    ).exists()


def test_permission_lines_need_a_grant():
    user, group = UserFactory(), EmployerGroupFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        assign_perm("groups.roster_view", user, group)


def test_revoking_takes_the_rights_at_once():
    user = UserFactory()
    grant = activate_grant(GrantFactory(role="viewer"), user=user, by=None)
    assert granted_to(user, grant.group)

    revoke_grant(grant, by=None)

    assert granted_to(user, grant.group) == frozenset()


def test_keys_die_with_their_grant():
    code, digits = issued_key()
    revoke_grant(code.grant, by=None)
    code.refresh_from_db()

    assert code.state == AccessCode.State.REVOKED
    assert refusal(actions.find_code_for_person, access_codes.normalize(digits)) == "revoked"
    assert AuditEvent.objects.filter(kind="accounts.access_code_revoked").count() == 1


def test_a_revoked_grant_does_not_come_back():
    grant = revoke_grant(GrantFactory(), by=None)

    with pytest.raises(ValueError, match="revoked"):
        activate_grant(grant, user=UserFactory(), by=None)


def test_a_second_grant_on_the_group_replaces_the_first():
    user = UserFactory()
    first = activate_grant(GrantFactory(role="viewer"), user=user, by=None)
    second = activate_grant(
        GrantFactory(group=first.group, role="billing_viewer"), user=user, by=None
    )

    first.refresh_from_db()
    assert (first.state, second.state) == (Grant.State.REVOKED, Grant.State.ACTIVE)
    assert granted_to(user, first.group) == ROLES["billing_viewer"].atoms


def invitation(group, email, *, parent, role="viewer", **more):
    """Return a code for *email* that *parent*'s holder had sent, as ``add_user`` does."""
    grant = offer_grant(
        group,
        email=email,
        role=role,
        source=Grant.Source.DELEGATION,
        parent=parent,
        by=parent.user,
        **more,
    )
    return issued_key(grant)


def test_a_code_sent_to_another_address_is_unknown_even_by_its_digits():
    code, key = issued_key()
    digits = access_codes.normalize(key)

    assert actions.find_code_of_address(code.email.upper(), digits) == code
    assert refusal(actions.find_code_of_address, "other@cedarworks.example", digits) == "unknown"


def test_a_code_replaces_the_access_the_person_has():
    primary, user = primary_of(), UserFactory()
    older = given(primary.group, "billing_viewer", user=user, parent=primary)
    code, _key = invitation(primary.group, user.email, parent=primary)

    grant = actions.redeem_code(code, user=user, by=user)

    older.refresh_from_db()
    assert (older.state, grant.state) == (Grant.State.REVOKED, Grant.State.ACTIVE)
    assert granted_to(user, primary.group) == ROLES["viewer"].atoms


def test_a_code_does_not_demote_the_last_primary_administrator():
    primary = primary_of()
    code, _key = invitation(primary.group, primary.user.email, parent=primary)

    assert refusal(actions.redeem_code, code, user=primary.user, by=primary.user) == "last_primary"
    code.refresh_from_db()
    assert code.state == AccessCode.State.ISSUED
    assert "users_manage" in granted_to(primary.user, primary.group)


def test_a_code_does_not_reopen_access_that_was_deactivated():
    primary, user = primary_of(), UserFactory()
    held = given(primary.group, "viewer", user=user, parent=primary)
    code, _key = invitation(primary.group, user.email, parent=primary)
    resting = suspend_grant(held, by=primary.user, suspension=Grant.Suspension.ADMINISTRATOR)

    assert refusal(actions.redeem_code, code, user=user, by=user) == "deactivated"
    assert granted_to(user, primary.group) == frozenset()

    resume_grant(resting, by=primary.user)
    assert actions.redeem_code(code, user=user, by=user).state == Grant.State.ACTIVE


def test_access_that_ended_while_it_waited_is_not_to_be_had():
    primary, user = primary_of(), UserFactory()
    tomorrow = timezone.now() + timedelta(days=1)
    access = Access("viewer", ROLES["viewer"].atoms, None, tomorrow)
    code, _key = invitation(primary.group, user.email, parent=primary, access=access)

    with time_machine.travel(tomorrow, tick=False):
        assert refusal(actions.redeem_code, code, user=user, by=user) == "ended"
        assert refusal(create_account, issued_for(code), **NEW_ACCOUNT) == "ended"
    assert granted_to(user, primary.group) == frozenset()


def issued_for(code):
    """Return *code* as it would be for somebody without an account."""
    AccessCode.objects.filter(pk=code.pk).update(email="nobody@cedarworks.example")
    return code


def test_a_stopped_agency_cannot_be_joined():
    primary, broker = primary_of(), BrokerFactory()
    user = UserFactory(email=broker.email)
    code, _key = invitation(
        primary.group, user.email, parent=primary, role="broker_view", agency=broker.agency
    )
    Agency.objects.update(
        stopped_at=timezone.now(), stopped_by=StaffFactory(), stop_reason="Under inquiry"
    )

    assert refusal(actions.redeem_code, code, user=user, by=user) == "stopped"
    assert granted_to(user, primary.group) == frozenset()


def test_a_grant_taken_back_between_look_and_click():
    primary, user = primary_of(), UserFactory()
    code, _key = invitation(primary.group, user.email, parent=primary)
    revoke_grant(code.grant, by=primary.user)

    assert refusal(actions.redeem_code, code, user=user, by=user) == "revoked"


def test_a_grant_that_waits_no_more_whatever_its_code_says():
    code, _key = issued_key(GrantFactory(role="viewer"))
    user = UserFactory(email=code.email)
    Grant.objects.update(state=Grant.State.EXPIRED)

    assert refusal(actions.redeem_code, code, user=user, by=user) == "withdrawn"


def test_a_deactivated_account_redeems_nothing():
    code, _key = issued_key()
    user = UserFactory(email=code.email, is_active=False)

    assert refusal(actions.redeem_code, code, user=user, by=user) == "closed"
    assert refusal(create_account, code, **NEW_ACCOUNT) == "closed"


def test_who_was_invited_is_told_whom_to_ask():
    primary, user = primary_of(), UserFactory()
    _code, key = invitation(primary.group, user.email, parent=primary)
    AccessCode.objects.update(state=AccessCode.State.EXPIRED)

    with pytest.raises(ValidationError, match="Ask the primary administrator"):
        actions.find_code_of_address(user.email, access_codes.normalize(key))


@pytest.mark.parametrize(("invited", "page"), [(True, "/register/invited/"), (False, "?key=yes")])
def test_the_reminder_leads_where_the_letter_led(invited, page):
    if invited:
        primary = primary_of()
        code, _key = invitation(primary.group, "new@cedarworks.example", parent=primary)
    else:
        code, _key = issued_key()
    with time_machine.travel(code.expires_at - timedelta(days=1), tick=False):
        actions.remind_of_expiring_codes()

    reminder = OutboundEmail.objects.get(template="accounts/access_key_expiring")
    _subject, body, _html = mail.render(reminder)
    assert page in body
    assert ("/register/status/" in body) is not invited
