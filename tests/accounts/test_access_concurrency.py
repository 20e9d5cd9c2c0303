"""Two people change access to one group at the same moment, on a real PostgreSQL.

Every case is run in both orders: the test holds the group, lets the one arrive and then the other, and lets go.
"""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts.access_check import disagreements
from accounts.actions import agencies, codes, delegation, grants, hand_over, people
from accounts.models import (
    AccessCode,
    Grant,
    HandOver,
    RegistrationRequest,
    SubgroupPermissionLine,
    User,
)
from groups.access import granted_to
from groups.models import EmployerGroup
from portal.tenancy import carrier_scope, person_scope
from tests.access import given, primary_of
from tests.ambient import nobody
from tests.factories import (
    BrokerFactory,
    EmployerGroupFactory,
    GrantFactory,
    RegistrationRequestFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
both_orders = pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "turned round"])


class Caller(threading.Thread):
    """Somebody who calls an action in a connection of their own; *result* is what came, or what was raised."""

    def __init__(self, call, scope):
        super().__init__(daemon=True)
        self.call, self.scope = call, scope
        self.process = self.result = None

    def run(self):
        try:
            with nobody(), self.scope:
                self.process = connection.connection.info.backend_pid
                self.result = self.call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.result = error
        finally:
            connection.close()

    @property
    def waits(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)",
                [self.process or 0],
            )
            return cursor.fetchone()[0]


def as_person(grant, call):
    """Let the holder of *grant* call, as one of their requests would; without access it ends before the call."""

    def request():
        return call() if EmployerGroup.objects.exists() else None

    return Caller(request, person_scope(grant.user_id, address=grant.group.slug))


def as_carrier(call):
    """Let staff call, or somebody at the page where codes are entered."""
    return Caller(call, carrier_scope())


@contextmanager
def held(group):
    with transaction.atomic():
        grants.lock_group(group.pk)
        yield


def in_line(group, callers, order):
    """Let *callers* come to the group one after the other while it is held, then let go; return their results."""
    with held(group):
        for place in order:
            callers[place].start()
            wait_for(lambda: callers[place].waits, "somebody to wait", seconds=20)  # noqa: B023
    for caller in callers:
        caller.join(timeout=30)
    assert not any(caller.is_alive() for caller in callers)
    return [caller.result for caller in callers]


def refusal(result):
    return result.code if isinstance(result, ValidationError) else None


@pytest.fixture
def group():
    group = EmployerGroupFactory()
    group.primary = primary_of(group)
    group.units_of_it = SubgroupFactory.create_batch(2, group=group)
    return group


@pytest.fixture(autouse=True)
def _all_fits():
    yield
    assert disagreements() == {}


def inviting(giver, **more):
    """Let the holder of *giver* invite somebody."""
    wanted = {
        "role": "custom",
        "atoms": ["billing_view"],
        "email": "mark@cedarworks.example",
        **more,
    }
    return as_person(
        giver,
        lambda: delegation.add_user(
            giver.group, first_name="Mark", last_name="Johnson", by=giver.user, **wanted
        ),
    )


def changing(giver, grant, **more):
    return as_person(
        giver,
        lambda: delegation.change_access(grant, version=grant.version, by=giver.user, **more),
    )


def removing(giver, grant):
    return as_person(
        giver, lambda: delegation.remove_user(grant, version=grant.version, by=giver.user)
    )


def redeeming(code, user):
    return as_carrier(lambda: codes.redeem_code(code, user=user, by=user))


def closing(user):
    """Let staff close the account of *user*."""
    by = StaffFactory()
    return as_carrier(lambda: people.deactivate_person(user, reason="Left.", by=by))


def invited(giver, **more):
    """Return the pending grant of somebody with an account, and its code."""
    user = UserFactory()
    grant = delegation.add_user(
        giver.group,
        first_name="A",
        last_name="B",
        email=user.email,
        by=giver.user,
        **{"role": "viewer", **more},
    )
    return grant, grant.codes.get(), user


@both_orders
def test_two_primary_administrators_remove_each_other(group, order):
    one, two = group.primary, primary_of(group)

    results = in_line(group, [removing(one, two), removing(two, one)], order)

    winner = [one, two][order[0]]
    assert [refusal(results[place]) for place in order] == [None, "not_yours"]
    assert list(Grant.objects.primary_administrators(group)) == [winner]
    assert granted_to([one, two][order[1]].user, group) == frozenset()


@both_orders
def test_two_primary_administrators_make_each_other_less(group, order):
    one, two = group.primary, primary_of(group)

    results = in_line(
        group, [changing(one, two, role="viewer"), changing(two, one, role="viewer")], order
    )

    assert [refusal(results[place]) for place in order] == [None, "not_yours"]
    assert Grant.objects.primary_administrators(group).get() == [one, two][order[0]]


@both_orders
def test_two_primary_administrators_leave_at_once(group, order):
    """Staff take both away, each in a request of its own: the second is refused."""
    one, two = group.primary, primary_of(group)

    results = in_line(
        group,
        [
            as_carrier(lambda: grants.revoke_grant(one, by=None)),
            as_carrier(lambda: grants.revoke_grant(two, by=None)),
        ],
        order,
    )

    assert sum(isinstance(result, ValidationError) for result in results) == 1
    assert Grant.objects.primary_administrators(group).count() == 1


LESSER = {
    "fewer rights": lambda _unit: {"role": "custom", "atoms": ["users_manage"]},
    "fewer units": lambda unit: {"role": "administrator", "units": [unit.pk]},
    "a nearer end": lambda _unit: {"role": "administrator", "last_day": timezone.localdate()},
}


@both_orders
@pytest.mark.parametrize("lesser", LESSER)
def test_a_grant_is_reduced_while_its_owner_gives_from_it(group, lesser, order):
    giver = given(group, "administrator", parent=group.primary)
    unit, other_unit = group.units_of_it

    _changed, added = in_line(
        group,
        [
            changing(group.primary, giver, **LESSER[lesser](other_unit)),
            inviting(giver, units=[unit.pk]),
        ],
        order,
    )

    giver.refresh_from_db()
    if order == (0, 1):
        assert refusal(added) == "not_yours"
        assert not Grant.objects.filter(email="mark@cedarworks.example").exists()
    else:
        added.refresh_from_db()
        assert added.parent == group.primary  # its giver no longer holds it; nothing is taken away
        assert added.orphaned_at is not None


@both_orders
@pytest.mark.parametrize("action", ["remove_user", "deactivate_user"])
def test_a_grant_ends_while_its_owner_gives_from_it(group, action, order):
    giver = given(group, "administrator", parent=group.primary)
    end = getattr(delegation, action)

    _ended, added = in_line(
        group,
        [
            as_person(
                group.primary, lambda: end(giver, version=giver.version, by=group.primary.user)
            ),
            inviting(giver),
        ],
        order,
    )

    if order == (0, 1):
        assert refusal(added) == "not_yours"
    else:
        added.refresh_from_db()
        assert (added.parent, added.state) == (group.primary, Grant.State.PENDING)


@both_orders
def test_a_grant_is_widened_and_reduced_by_two(group, order):
    """The second page was shown before the first change: it is refused, and not laid on top."""
    second, grant = primary_of(group), given(group, "viewer", parent=group.primary)

    results = in_line(
        group,
        [
            changing(group.primary, grant, role="billing_manager"),
            changing(second, grant, role="custom", atoms=["group_view"]),
        ],
        order,
    )

    assert [refusal(results[place]) for place in order] == [None, "stale"]


@both_orders
def test_two_invite_the_same_person(group, order):
    second = primary_of(group)

    results = in_line(
        group, [inviting(group.primary), inviting(second, email="Mark@CedarWorks.example")], order
    )

    assert [refusal(results[place]) for place in order] == [None, "has_access"]
    assert Grant.objects.filter(email="mark@cedarworks.example").count() == 1
    assert AccessCode.objects.filter(email="mark@cedarworks.example").count() == 1


@both_orders
def test_a_code_is_entered_twice(group, order):
    grant, code, user = invited(group.primary)

    results = in_line(group, [redeeming(code, user), redeeming(code, user)], order)

    assert [refusal(results[place]) for place in order] == [None, "redeemed"]
    grant.refresh_from_db()
    assert (grant.state, grant.user) == (Grant.State.ACTIVE, user)


@both_orders
def test_somebody_is_removed_while_entering_their_code(group, order):
    grant, code, user = invited(group.primary)

    redeemed, removed = in_line(
        group, [redeeming(code, user), removing(group.primary, grant)], order
    )

    grant.refresh_from_db()
    if order == (0, 1):
        assert refusal(removed) == "stale"  # the page said "invited"
        assert grant.state == Grant.State.ACTIVE
    else:
        assert isinstance(redeemed, ValidationError)
        assert grant.state == Grant.State.REVOKED
        assert granted_to(user, group) == frozenset()


@both_orders
def test_an_invitation_is_reduced_while_its_code_is_entered(group, order):
    units = [unit.pk for unit in group.units_of_it]
    grant, code, user = invited(group.primary, role="custom", atoms=["billing_view"], units=units)

    redeemed, _changed = in_line(
        group,
        [
            redeeming(code, user),
            changing(group.primary, grant, role="custom", atoms=["billing_view"], units=units[:1]),
        ],
        order,
    )

    grant.refresh_from_db()
    lines = SubgroupPermissionLine.objects.filter(user=user)
    assert isinstance(redeemed, Grant)
    assert grant.state == Grant.State.ACTIVE
    assert set(lines.values_list("content_object_id", flat=True)) == grant.unit_ids()
    assert grant.unit_ids() == set(units[:1] if order == (1, 0) else units)


@both_orders
def test_a_new_code_is_sent_while_the_old_one_is_entered(group, order):
    grant, code, user = invited(group.primary)
    resending = as_person(
        group.primary,
        lambda: delegation.resend_invitation(grant, version=grant.version, by=group.primary.user),
    )

    redeemed, sent = in_line(group, [redeeming(code, user), resending], order)

    if order == (0, 1):
        assert refusal(sent) == "stale"
        assert isinstance(redeemed, Grant)
    else:
        assert refusal(redeemed) == "revoked"
        assert isinstance(sent, AccessCode)


@both_orders
def test_a_primary_administrator_is_removed_while_handing_over(group, order):
    second, heir = primary_of(group), given(group, "administrator", parent=group.primary)
    offer = hand_over.offer_hand_over(
        heir, keeps_role=hand_over.LEAVES, version=heir.version, by=group.primary.user
    )

    accepted, _removed = in_line(
        group,
        [
            as_person(heir, lambda: hand_over.accept_hand_over(offer, by=heir.user)),
            removing(second, group.primary),
        ],
        order,
    )

    primaries = set(Grant.objects.primary_administrators(group))
    assert primaries == ({heir, second} if order == (0, 1) else {second})
    assert refusal(accepted) == (None if order == (0, 1) else "closed")


@both_orders
def test_an_offer_is_taken_back_while_it_is_accepted(group, order):
    heir = given(group, "administrator", parent=group.primary)
    offer = hand_over.offer_hand_over(
        heir, keeps_role="viewer", version=heir.version, by=group.primary.user
    )

    results = in_line(
        group,
        [
            as_person(heir, lambda: hand_over.accept_hand_over(offer, by=heir.user)),
            as_person(
                group.primary,
                lambda: hand_over.take_back_hand_over(offer, by=group.primary.user),
            ),
        ],
        order,
    )

    assert [refusal(results[place]) for place in order] == [None, "closed"]
    offer.refresh_from_db()
    assert offer.state == [HandOver.State.ACCEPTED, HandOver.State.CANCELLED][order[0]]
    assert Grant.objects.primary_administrators(group).count() == 1


@both_orders
def test_an_agency_is_stopped_while_its_broker_enters_a_code(group, order):
    broker = BrokerFactory()
    user = UserFactory(email=broker.email)
    grant = delegation.add_user(
        group, first_name="", last_name="", email="", role="broker_view", broker=broker,
        by=group.primary.user,
    )  # fmt: skip
    staff = StaffFactory()

    redeemed, _stopped = in_line(
        group,
        [
            redeeming(grant.codes.get(), user),
            as_carrier(lambda: agencies.stop_agency(broker.agency, reason="x", by=staff)),
        ],
        order,
    )

    grant.refresh_from_db()
    assert granted_to(user, group) == frozenset()
    if order == (0, 1):
        assert grant.state == Grant.State.SUSPENDED
    else:
        assert isinstance(redeemed, ValidationError)
        assert grant.state == Grant.State.PENDING


@pytest.mark.parametrize("round_number", range(5))
def test_everybody_at_once_ends_in_good_order(group, round_number):
    """Nobody is held: whatever order comes about, nothing is locked for good and everything fits."""
    second = primary_of(group)
    giver = given(group, "administrator", parent=group.primary)
    grant, code, user = invited(group.primary)
    staff = StaffFactory()
    with_end = given(group, "viewer", ends_at=timezone.now() + timedelta(seconds=1))
    callers = [
        removing(group.primary, second),
        removing(second, group.primary),
        changing(group.primary, giver, role="viewer"),
        inviting(giver),
        redeeming(code, user),
        removing(second, grant),
        as_carrier(lambda: grants.revoke_grant(giver, by=staff)),
        as_carrier(grants.expire_grants),
        changing(second, with_end, role="billing_viewer"),
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=30)

    odd = [one.result for one in callers if isinstance(one.result, Exception)]
    assert [error for error in odd if not isinstance(error, ValidationError)] == []
    assert Grant.objects.primary_administrators(group).count() == 1


@both_orders
def test_a_primary_administrator_leaves_while_staff_close_the_account_of_the_other(group, order):
    one, two = group.primary, primary_of(group)

    left, closed = in_line(
        group,
        [as_carrier(lambda: grants.revoke_grant(one, by=None)), closing(two.user)],
        order,
    )

    two.user.refresh_from_db()
    assert not two.user.is_active
    assert refusal(closed) is None
    assert refusal(left) == (None if order[0] == 0 else "last_primary")


@both_orders
def test_a_code_is_entered_while_staff_close_the_account(group, order):
    _grant, code, user = invited(group.primary)

    redeemed, closed = in_line(group, [redeeming(code, user), closing(user)], order)

    code.refresh_from_db()
    assert refusal(closed) is None
    assert refusal(redeemed) == (None if order[0] == 0 else "closed")
    assert code.state == ("redeemed" if order[0] == 0 else "issued")
    assert granted_to(User.objects.get(pk=user.pk), group) == frozenset()


def test_closing_an_account_holds_the_request_before_the_group(group):
    """As whoever uses the key of the request does (``codes.lock_code``): the other way round they could block each other."""
    grant = GrantFactory(group=group)
    request = RegistrationRequestFactory(group=group, grant=grant, state="approved")
    closing_it = closing(UserFactory(email=grant.email))

    with transaction.atomic():
        RegistrationRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        closing_it.start()
        wait_for(lambda: closing_it.waits, "the request to be waited for", seconds=20)
        free = EmployerGroup.objects.select_for_update(no_key=True, nowait=True)
        assert free.filter(pk=group.pk).exists()
    closing_it.join(timeout=30)

    assert refusal(closing_it.result) is None
    assert not User.objects.get(email=grant.email).is_active
