"""What no page offers and somebody sends all the same: refused, written down, nothing changed."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.actions import delegation, grants
from accounts.models import Grant, GrantUnit, GroupPermissionLine, SubgroupPermissionLine, end_of
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory, SubgroupFactory, UserFactory

pytestmark = pytest.mark.django_db


class World:
    """An administrator who lacks a right, has one of two billing units, and thirty days left; and all around them."""

    def __init__(self):
        self.group = EmployerGroupFactory()
        self.unit, self.other_unit = SubgroupFactory.create_batch(2, group=self.group)
        self.foreign_unit = SubgroupFactory()
        self.today = timezone.localdate()
        self.last_day = self.today + timedelta(days=30)
        self.primary = primary_of(self.group)
        self.giver = given(
            self.group,
            atoms=["users_manage", "billing_view", "roster_view"],
            units=[self.unit.pk],
            ends_at=end_of(self.last_day),
            parent=self.primary,
        )
        mine = {"units": [self.unit.pk], "ends_at": self.giver.ends_at, "parent": self.giver}
        self.below = given(self.group, atoms=["billing_view"], **mine)
        self.viewer = given(self.group, "viewer", parent=self.primary)
        self.former = grants.revoke_grant(given(self.group, "administrator"), by=None)
        self.stranger = primary_of()
        # wider than the giver's grant, each in one way
        mine["parent"] = self.primary
        self.more_rights = given(self.group, atoms=["payment_make"], **mine)
        self.more_units = given(self.group, atoms=["billing_view"], **(mine | {"units": None}))
        self.longer = given(self.group, atoms=["billing_view"], **(mine | {"ends_at": None}))
        self.equal = given(self.group, atoms=["users_manage"], **mine)
        self.emergency = given(
            self.group, "emergency", ends_at=timezone.now() + timedelta(hours=1), reason="x"
        )

    def fitting(self):
        """Return arguments that the administrator may give."""
        return {
            "role": "custom",
            "atoms": ["billing_view"],
            "units": [self.unit.pk],
            "last_day": self.last_day,
        }


WIDER = {
    "the primary role": lambda _world: {"role": "primary_administrator"},
    "emergency access": lambda _world: {"role": "emergency"},
    "a role there is not": lambda _world: {"role": "owner"},
    "a preset with more rights": lambda _world: {"role": "billing_manager"},
    "a right one does not hold": lambda _world: {"atoms": ["payment_make"]},
    "the right to manage users": lambda _world: {"atoms": ["users_manage"]},
    "a right there is not": lambda _world: {"atoms": ["everything"]},
    "a permission of staff": lambda _world: {"atoms": ["accounts.break_glass"]},
    "every billing unit": lambda _world: {"units": None},
    "another billing unit": lambda world: {"units": [world.unit.pk, world.other_unit.pk]},
    "a unit of another group": lambda world: {"units": [world.foreign_unit.pk]},
    "a unit there is not": lambda _world: {"units": [0]},
    "no end": lambda _world: {"last_day": None},
    "a later end": lambda world: {"last_day": world.last_day + timedelta(days=1)},
}  # fmt: skip
TOUCHED = (
    "primary",
    "giver",
    "viewer",
    "more_rights",
    "more_units",
    "longer",
    "equal",
    "emergency",
)
OTHERS = ("viewer", "former", "stranger")
ACTIONS = {
    "change_access": lambda world: world.fitting(),
    "remove_user": lambda _world: {},
    "deactivate_user": lambda _world: {},
    "reactivate_user": lambda _world: {},
    "resend_invitation": lambda _world: {},
}


@pytest.fixture
def world():
    return World()


def state():
    """Return everything that says who may do what, and every letter about it."""
    return [
        list(Grant.objects.order_by("pk").values()),
        *(
            list(model.objects.order_by("pk").values())
            for model in (GrantUnit, GroupPermissionLine, SubgroupPermissionLine, OutboundEmail)
        ),
    ]


def refused(what, action, *args, by, **more):
    """Assert that *action* is refused, that one event says so, and that nothing else is different."""
    before, events = state(), AuditEvent.objects.count()

    with pytest.raises(ValidationError) as error:
        action(*args, by=by, **more)

    assert error.value.code == "not_yours"
    assert state() == before
    event = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == events + 1
    assert (event.kind, event.actor_key, event.note) == (
        "accounts.delegation_refused", by.pk, what,
    )  # fmt: skip


@pytest.mark.parametrize("what", WIDER)
def test_nobody_gives_more_than_they_have(world, what):
    wanted = world.fitting() | WIDER[what](world)
    new = {"first_name": "M", "last_name": "J", "email": "mark@cedarworks.example"}

    refused("add_user", delegation.add_user, world.group, by=world.giver.user, **new, **wanted)
    refused(
        "change_access", delegation.change_access, world.below,
        version=world.below.version, by=world.giver.user, **wanted,
    )  # fmt: skip


@pytest.mark.parametrize("whose", TOUCHED)
@pytest.mark.parametrize("name", ACTIONS)
def test_nobody_touches_their_own_or_wider_access(world, name, whose):
    grant, action = getattr(world, whose), getattr(delegation, name)

    refused(name, action, grant, version=grant.version, by=world.giver.user, **ACTIONS[name](world))


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("name", ACTIONS)
def test_nobody_without_the_right_touches_anything(world, name, who):
    action, by = getattr(delegation, name), getattr(world, who).user

    refused(name, action, world.below, version=world.below.version, by=by, **ACTIONS[name](world))


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_without_the_right_invites(world, who):
    by = getattr(world, who).user

    refused(
        "add_user", delegation.add_user, world.group,
        first_name="M", last_name="J", email="mark@cedarworks.example", by=by, **world.fitting(),
    )  # fmt: skip


def test_what_is_within_is_given(world):
    """The arguments of the refusals above are fine but for the one thing."""
    grant = delegation.change_access(
        world.below, version=world.below.version, by=world.giver.user, **world.fitting()
    )
    invited = delegation.add_user(
        world.group,
        first_name="M",
        last_name="J",
        email="mark@cedarworks.example",
        by=world.giver.user,
        **world.fitting(),
    )

    assert (grant.parent, invited.parent) == (world.giver, world.giver)
    assert invited.last_day == world.last_day


def test_a_person_may_be_invited_by_an_account_of_another_group_only_there(world):
    own = UserFactory()
    primary_of(world.stranger.group, user=own)

    grant = delegation.add_user(
        world.stranger.group,
        first_name="M",
        last_name="J",
        email=world.below.email,
        role="viewer",
        by=own,
    )

    assert grant.group == world.stranger.group
    assert world.below.state == Grant.State.ACTIVE
