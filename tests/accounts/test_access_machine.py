"""Everything that can happen to access, in any order: nobody ever holds more than who answers for them.

Primary administrators, administrators with units and ends, brokers, staff and the clock act in turn, also where they
may not. What is refused changes nothing; what is done leaves every invariant true.
"""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import get_user_perms
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.access_check import disagreements
from accounts.actions import agencies, codes, delegation, grants, hand_over
from accounts.authority import may_give
from accounts.models import AccessCode, Grant, HandOver
from accounts.roles import ROLES as ROLES_OF_CODE
from groups.access import Rights, rights_of
from groups.atoms import ALL_ATOMS
from tests.access import given, primary_of
from tests.factories import (
    AgencyFactory,
    BrokerFactory,
    EmployerGroupFactory,
    StaffFactory,
    SubgroupFactory,
    UserFactory,
)

STARTS = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("America/New_York"))
PEOPLE, BROKERS, UNITS = 6, 2, 3
ROLES = [
    "administrator",
    "administrator",
    "billing_viewer",
    "viewer",
    "broker_view",
    "custom",
    "custom",
]
COLLEAGUES = ["administrator", "viewer", "billing_viewer", "custom"]
ATOMS = ["billing_view", "payment_make", "roster_view", "users_view", "users_manage", "audit_view"]
State, BY_HAND = Grant.State, Grant.Suspension.ADMINISTRATOR

# The n-th of whatever there is at that moment.
any_one = st.integers(0, 50)
# Mostly the n-th of those who manage users at that moment, now and then anybody.
actors = st.tuples(any_one, st.sampled_from([True, True, True, False]))
accesses = st.fixed_dictionaries({
    "role": st.sampled_from(ROLES),
    "atoms": st.sets(st.sampled_from(ATOMS), max_size=4),
    # the last one is another group's
    "units": st.none() | st.sets(st.integers(0, UNITS), min_size=0, max_size=2),
    "days": st.sampled_from([None, None, 0, 2, 30]),
    # how far it is cut down to what the giver holds: as the page does, all but the rights, or not at all
    "asked": st.sampled_from(["within", "within", "more rights", "anything"]),
})  # fmt: skip
answers = st.sampled_from(["accept", "accept", "decline", "take_back", None])
done = Counter()
# What happens in every run, whatever the seed.
OFTEN = {
    "add", "add refused", "redeem", "deactivate", "remove", "remove refused", "approve_primary", "revoke",
    "stop_agency", "resume_agency", "offer_hand_over",
}  # fmt: skip


class Access(RuleBasedStateMachine):
    """One group, from its first primary administrator on."""

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(STARTS, tick=False)
        self.now = self.clock.start()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.group = EmployerGroupFactory()
        self.units = [*SubgroupFactory.create_batch(UNITS, group=self.group), SubgroupFactory()]
        self.agency = AgencyFactory()
        self.brokers = BrokerFactory.create_batch(BROKERS, agency=self.agency)
        self.people = UserFactory.create_batch(PEOPLE)
        self.people += [UserFactory(email=broker.email) for broker in self.brokers]
        self.staff = StaffFactory()
        primary = primary_of(self.group, user=self.people[0])
        units = [unit.pk for unit in self.units[:2]]
        middle = given(
            self.group, "administrator", units=units, user=self.people[1], parent=primary
        )
        given(self.group, "viewer", units=units[:1], user=self.people[2], parent=middle)
        given(
            self.group, "broker_full", user=self.people[PEOPLE], parent=primary, agency=self.agency
        )

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)
        self.clock.stop()

    # --- what people do ---------------------------------------------------------------------------

    @rule(by=actors, whom=any_one, access=accesses)
    def add(self, by, whom, access):
        person = self.somebody(whom)
        broker = next((one for one in self.brokers if one.email == person.email), None)
        self.give(
            "add",
            by,
            lambda by: delegation.add_user(
                self.group,
                first_name="A",
                last_name="B",
                email=person.email,
                broker=broker,
                by=by,
                **self.wanted(access, by),
            ),
        )

    @rule(by=actors, one=any_one, access=accesses)
    def change(self, by, one, access):
        grant = self.grant(one)
        self.give(
            "change",
            by,
            lambda by: delegation.change_access(
                grant,
                version=grant.version,
                by=by,
                **self.wanted(access, by),
            ),
        )

    @rule(by=actors, one=any_one, access=accesses)
    def add_and_redeem(self, by, one, access):
        """Do at once what hypothesis seldom does in a row, so that there is somebody to act."""
        self.add(by, one, access)
        self.redeem(0)

    @rule(one=any_one)
    def redeem(self, one):
        issued = list(AccessCode.objects.filter(state=AccessCode.State.ISSUED).order_by("-pk"))
        if not issued:
            return
        code = issued[one % len(issued)]
        user = next(person for person in self.people if person.email == code.email)
        self.attempt("redeem", lambda: codes.redeem_code(code, user=user, by=user))

    @rule(by=actors, one=any_one)
    def remove(self, by, one):
        self.act("remove", delegation.remove_user, by, one)

    @rule(by=actors, one=any_one)
    def deactivate(self, by, one):
        self.act("deactivate", delegation.deactivate_user, by, one, state=State.ACTIVE)

    @rule(by=actors, one=any_one)
    def reactivate(self, by, one):
        self.act("reactivate", delegation.reactivate_user, by, one, suspension=BY_HAND)

    @rule(by=actors, one=any_one)
    def resend(self, by, one):
        self.act("resend", delegation.resend_invitation, by, one, state=State.PENDING)

    @rule(by=actors)
    def remove_agency(self, by):
        self.attempt(
            "remove_agency",
            lambda: (
                delegation.remove_agency(self.group, agency=self.agency, by=self.person(by)) or None
            ),
        )

    # --- what the carrier and the clock do --------------------------------------------------------

    @rule(whom=st.integers(0, PEOPLE - 1))
    def approve_primary(self, whom):
        """Approve a registration, in place of whatever access the person has; two are enough."""
        if Grant.objects.primary_administrators(self.group).count() > 1:
            return

        def approve():
            user = self.people[whom]
            grant = grants.offer_grant(
                self.group, email=user.email, role="primary_administrator", by=self.staff
            )
            return grants.activate_grant(grant, user=user, by=user)

        self.attempt("approve_primary", approve)

    @rule(one=any_one)
    def revoke(self, one):
        self.attempt("revoke", lambda: grants.revoke_grant(self.grant(one), by=self.staff))

    @rule()
    def stop_or_resume_agency(self):
        self.agency.refresh_from_db()
        act = agencies.resume_agency if self.agency.stopped_at else agencies.stop_agency
        self.attempt(act.__name__, lambda: act(self.agency, reason="x", by=self.staff))

    @rule(
        by=actors, one=any_one, keeps=st.sampled_from(["", "administrator", "viewer"]), then=answers
    )
    def hand_over(self, by, one, keeps, then):
        """Offer the primary role, and answer it at once or leave it open."""
        grant = self.grant(one, state=State.ACTIVE, agency=None, role__in=COLLEAGUES)
        if grant is None:
            return
        primary = Grant.objects.primary_administrators(self.group).first().user
        by = primary if by[1] else self.person(by)
        offer = self.attempt(
            "offer_hand_over",
            lambda: hand_over.offer_hand_over(
                grant, keeps_role=keeps, version=grant.version, by=by
            ),
        )
        if offer and then:
            self.answer(then)

    @rule(then=answers)
    def answer(self, then):
        offer = HandOver.objects.filter(state=HandOver.State.OFFERED).order_by("-pk").first()
        if offer and then:
            act = getattr(hand_over, f"{then}_hand_over")
            by = (offer.from_grant if then == "take_back" else offer.to_grant).user
            self.attempt(act.__name__, lambda: act(offer, by=by))

    @rule(days=st.sampled_from([1, 1, 3, 31]), sweep=st.booleans())
    def time_passes(self, days, sweep):
        self.now.shift(timedelta(days=days))
        codes.expire_codes()
        if sweep:
            self.attempt("expire", lambda: grants.expire_grants() or None)

    # --- how it is tried --------------------------------------------------------------------------

    def wanted(self, access, by):
        """Return the arguments that give *access*; cut down to what *by* holds as far as it says."""
        units, days = access["units"], access["days"]
        wanted = {
            "role": access["role"],
            "atoms": access["atoms"],
            "units": None if units is None else {self.units[unit].pk for unit in units},
            "last_day": None if days is None else timezone.localdate() + timedelta(days=days),
        }
        own = self.grant_of(by)
        if own is None or access["asked"] == "anything":
            return wanted
        if not own.all_units:
            wanted["units"] = (wanted["units"] or set()) & own.unit_ids() or own.unit_ids()
        if own.ends_at:
            wanted["last_day"] = min(wanted["last_day"] or own.last_day, own.last_day)
        fits = ROLES_OF_CODE[access["role"]].atoms <= may_give(own)
        if access["asked"] == "within" and not fits:
            wanted |= {"role": "custom", "atoms": access["atoms"] & may_give(own)}
        return wanted

    def grant_of(self, person):
        mine = Grant.objects.in_force().with_units().filter(group=self.group, user=person)
        return mine.first()

    def grant(self, one, **fitting):
        """Return the *one*-th open grant that fits, now and then one that does not; None where there is none."""
        found = Grant.objects.filter(group=self.group, state__in=Grant.OPEN).order_by("-pk")
        rows = list(found if one % 5 == 4 else found.filter(**fitting))
        return rows[one % len(rows)] if rows else None

    def somebody(self, one):
        """Return the *one*-th person without access, now and then anybody."""
        emails = Grant.objects.filter(group=self.group, state__in=Grant.OPEN).values("email")
        free = set(emails.values_list("email", flat=True))
        found = (
            self.people
            if one % 5 == 4
            else [person for person in self.people if person.email not in free]
        )
        return found[one % len(found)] if found else self.people[0]

    def person(self, actor):
        number, manages = actor
        if not manages:
            return self.people[number % len(self.people)]
        managers = Grant.objects.in_force().filter(
            group=self.group, atoms__contains=["users_manage"]
        )
        # those with the least right to it first: hypothesis likes the first
        found = list(managers.select_related("user").order_by("role", "pk"))
        return found[number % len(found)].user

    def act(self, name, action, by, one, **fitting):
        if grant := self.grant(one, **fitting):
            by = self.person(by)
            self.attempt(name, lambda: action(grant, version=grant.version, by=by))

    def give(self, name, by, action):
        """Try an action that gives access; only a primary administrator may give the right to manage users."""
        by = self.person(by)
        giver = self.grant_of(by)
        given = self.attempt(name, lambda: action(by))
        if given is None:
            return
        assert giver is not None
        assert "users_manage" in giver.atoms
        assert giver.is_primary or "users_manage" not in given.atoms
        assert Grant.objects.get(pk=given.pk).parent_id == giver.pk

    def attempt(self, name, action):
        """Run *action*; where it is refused, nothing has changed."""
        before = self.rows()
        try:
            with transaction.atomic():
                result = action()
        except ValidationError:
            done[f"{name} refused"] += 1
            assert self.rows() == before
            return None
        if result is not None:
            done[name] += 1
        return result

    def rows(self):
        fields = ("pk", "state", "user_id", "atoms", "all_units", "ends_at", "parent_id", "version")
        units = Grant.units.through.objects.order_by("pk").values_list("grant_id", "subgroup_id")
        return list(Grant.objects.order_by("pk").values_list(*fields)), list(units)

    # --- what stays true --------------------------------------------------------------------------

    @invariant()
    def nobody_holds_more_than_who_answers_for_them(self):
        now = timezone.now()
        for grant in Grant.objects.in_force().with_units().select_related("parent"):
            giver = grant.parent
            if giver is None:
                continue
            units = None if grant.all_units else grant.unit_ids()
            assert giver.group_id == grant.group_id
            assert giver.state == State.ACTIVE
            assert giver.ends_at is None or giver.ends_at > now
            assert set(grant.atoms) <= set(giver.atoms)
            assert giver.ends_at is None or (grant.ends_at and grant.ends_at <= giver.ends_at)
            assert giver.all_units or (units is not None and units <= giver.unit_ids())

    @invariant()
    def grants_and_lines_agree(self):
        assert disagreements().keys() <= {"overdue"}  # until the sweep
        now, before = timezone.now(), getattr(self, "held", {})
        self.held = held = {
            grant.user_id: grant
            for grant in Grant.objects.with_units().filter(group=self.group, state=State.ACTIVE)
        }
        for person in self.people:
            grant = held.get(person.pk)
            if grant is None and person.pk not in before:
                continue
            whole = frozenset(grant.atoms) if grant and grant.all_units else frozenset()
            assert frozenset(get_user_perms(person, self.group)) == whole
            assert rights_of(person, self.group) == (
                Rights(frozenset(grant.atoms), None if grant.all_units else grant.unit_ids())
                if grant and grant.is_in_force(now)
                else Rights()
            )

    @invariant()
    def somebody_decides(self):
        assert Grant.objects.primary_administrators(self.group).exists()

    @invariant()
    def nobody_answers_for_themselves(self):
        above = dict(Grant.objects.values_list("pk", "parent_id"))
        for grant, parent in above.items():
            seen, here = {grant}, parent
            while here is not None:
                assert here not in seen
                seen.add(here)
                here = above[here]

    @invariant()
    def only_rights_that_there_are(self):
        for grant in Grant.objects.all():
            assert set(grant.atoms) <= ALL_ATOMS


@pytest.mark.django_db
@pytest.mark.timeout(900)  # of a failure: to make the story short takes hypothesis its time
def test_access_holds_whatever_happens():
    done.clear()
    run_state_machine_as_test(
        Access,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    happened = {name for name, count in done.items() if count}
    assert OFTEN - happened == set(), "a machine in which nothing succeeds would prove nothing"
