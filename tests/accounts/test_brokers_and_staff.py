"""Brokers belong to their agency however they came, and staff open a group by emergency access only."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.actions import agencies, delegation, grants, hand_over
from accounts.authority import preset
from accounts.models import Grant, HandOver
from groups.access import rights_of
from tests.access import given, primary_of
from tests.factories import AgencyFactory, BrokerFactory, GrantFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_broker_who_registered_stops_with_the_agency():
    broker = BrokerFactory()
    group = primary_of().group
    offered = grants.offer_grant(group, email=broker.email.upper(), role="broker_full", by=None)
    user = UserFactory(email=broker.email)
    grants.activate_grant(offered, user=user, by=user)

    agencies.stop_agency(broker.agency, reason="License withdrawn", by=StaffFactory())

    assert rights_of(user, group).atoms == frozenset()


def test_access_from_before_the_directory_belongs_to_the_agency_too():
    primary, agency = primary_of(), AgencyFactory()
    before = given(primary.group, "broker_view", parent=primary)

    agencies.add_broker(
        agency,
        first_name="Ada",
        last_name="Ray",
        email=before.user.email,
        npn="77",
        by=StaffFactory(),
    )

    before.refresh_from_db()
    assert before.agency == agency


def test_nobody_makes_a_broker_manage_users():
    primary, broker = primary_of(), BrokerFactory()
    with pytest.raises(ValidationError):
        delegation.add_user(
            primary.group, first_name="", last_name="", email="", role="administrator", broker=broker, by=primary.user
        )  # fmt: skip
    with pytest.raises(ValidationError):
        grants.offer_grant(primary.group, email=broker.email, role="primary_administrator", by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantFactory(group=primary.group, agency=broker.agency)

    assert Grant.objects.count() == 1


def test_staff_get_nothing_but_emergency_access():
    offered = GrantFactory()

    with pytest.raises(ValidationError, match="emergency access only"):
        grants.activate_grant(offered, user=StaffFactory(), by=None)


def test_an_offer_of_the_primary_role_falls_with_the_access_it_was_made_to():
    primary = primary_of()
    other = primary_of(primary.group)
    colleague = given(primary.group, "viewer", parent=primary)
    offer = hand_over.offer_hand_over(
        colleague, keeps_role="administrator", version=colleague.version, by=primary.user
    )

    grants.change_grant(colleague, access=preset("billing_viewer"), by=other.user)

    offer.refresh_from_db()
    assert offer.state == HandOver.State.CANCELLED
    with pytest.raises(ValidationError):
        hand_over.accept_hand_over(offer, by=colleague.user)


def test_after_a_hand_over_another_answers_for_those_who_manage_users():
    primary = primary_of()
    manager = given(primary.group, "administrator", parent=primary)
    colleague = given(primary.group, "viewer", parent=primary)
    offer = hand_over.offer_hand_over(
        colleague, keeps_role="administrator", version=colleague.version, by=primary.user
    )

    hand_over.accept_hand_over(offer, by=colleague.user)

    manager.refresh_from_db()
    assert manager.parent_id == colleague.pk
    assert manager.orphaned_at is not None
