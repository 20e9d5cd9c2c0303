"""Two people at the same moment, on a real PostgreSQL."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.actions import codes as actions
from accounts.actions.accounts import create_account
from accounts.actions.grants import lock_group, revoke_grant
from accounts.actions.registration import submit_request
from accounts.models import AccessCode, Grant, RegistrationRequest, User
from groups.access import granted_to
from tests.accounts.test_codes import NEW_ACCOUNT
from tests.factories import GrantFactory, UserFactory, issued_key
from tests.waiting import wait_for


def at_once(*calls):
    """Run the calls in threads that start together; return results and ValidationErrors in order."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            barrier.wait(timeout=10)
            results[place] = call()
        except ValidationError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(5))
def test_two_browsers_redeem_the_same_key(round_number):
    code, _key = issued_key()
    first, second = at_once(
        lambda: create_account(code, **{**NEW_ACCOUNT, "username": "first"}),
        lambda: create_account(code, **{**NEW_ACCOUNT, "username": "second"}),
    )

    errors = [result for result in (first, second) if isinstance(result, ValidationError)]
    assert [error.code for error in errors] == ["redeemed"]
    user = User.objects.get()
    assert Grant.objects.get().user == user
    assert "users_manage" in granted_to(user, code.group)


@pytest.mark.django_db(transaction=True)
def test_the_same_request_sent_twice_at_once():
    details = {
        "identified_by": "group_id", "identifier": "20533A", "first_name": "Teresa", "middle_initial": "",
        "last_name": "Quinn", "title": "HR", "company_legal_name": "Cedar", "fein": "041239031",
        "phone": "4135550188", "email": "teresa@x.example", "region": "MA", "role": "primary_administrator",
        "agency": "", "npn": "", "signer_name": "Paul", "signer_email": "p@x.example",
        "statement_of_authority": "yes",
    }  # fmt: skip
    results = at_once(*[lambda: submit_request(**details, by=None)] * 4)

    assert len({result.number for result in results}) == 1
    assert RegistrationRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_wrong_tries_at_once_are_all_counted():
    code, _key = issued_key()
    at_once(*[lambda: actions.count_wrong_try(code.group)] * 5)

    code.refresh_from_db()
    assert (code.wrong_tries, code.state) == (5, AccessCode.State.LOCKED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_two_keys_of_one_person_and_group_at_once(round_number):
    user = UserFactory()
    first, _key = issued_key(GrantFactory(email=user.email))
    second, _key = issued_key(GrantFactory(email=user.email, group=first.group))

    results = at_once(
        lambda: actions.redeem_code(first, user=user, by=user),
        lambda: actions.redeem_code(second, user=user, by=user),
    )

    assert [type(result) for result in results] == [Grant, Grant]
    assert Grant.objects.filter(state=Grant.State.ACTIVE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_redeeming_waits_for_the_group_before_it_holds_the_code():
    """The order of everything that changes access. Any other way round, two of them could wait for each other."""
    code, _key = issued_key(GrantFactory(role="viewer"))
    user, held = UserFactory(email=code.email), threading.Event()

    def redeem():
        held.wait(timeout=10)
        return actions.redeem_code(code, user=user, by=user)

    def take_back():
        with transaction.atomic():
            lock_group(code.group_id)
            held.set()
            wait_for(somebody_waits, "the one who redeems")
            return revoke_grant(code.grant, by=None)

    redeemed, revoked = at_once(redeem, take_back)

    assert redeemed.code == "revoked"
    assert revoked.state == Grant.State.REVOKED
    assert granted_to(user, code.group) == frozenset()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
