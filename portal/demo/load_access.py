"""Writes who has access to the demo's groups: through the same actions as in daily use, then dated back."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.actions import access_reviews, delegation
from accounts.actions.grants import activate_grant, offer_grant
from accounts.authority import Access, preset
from accounts.clock import carrier_clock
from accounts.models import AccessReview, AccessReviewItem, Agency, Broker, Grant, User, end_of
from accounts.roles import BROKER_FULL, PRIMARY_ADMINISTRATOR
from groups.models import EmployerGroup, Subgroup
from portal.demo.brokers_data import AGENCIES
from portal.demo.persons_data import GrantData, PersonData

CEDAR_RIDGE, KAREN = "20418A", "kmitchell"


def load_agencies() -> dict[str, Agency]:
    """Store the directory of brokers; return the agencies by the e-mail addresses of their brokers."""
    found: dict[str, Agency] = {}
    for data in AGENCIES:
        agency = Agency.objects.create(
            name=data.name, npn=data.npn, city=data.city, state=data.state
        )
        for broker in data.brokers:
            Broker.objects.create(agency=agency, **vars(broker))
            found[broker.email] = agency
    return found


def load_grants(
    persons: Iterable[PersonData],
    users: dict[str, User],
    groups: dict[str, EmployerGroup],
    agencies: dict[str, Agency],
    *,
    by: User,
) -> None:
    """Give each person their grants: the carrier the primary administrators theirs, these the others'.

    Dated 11 days after the contract began, as if the person had registered with it.
    """
    pairs = [
        (users[person.user_name], grant)
        for person in persons
        for grant in [*person.grants, *_clients(person, groups)]
    ]
    for user, data in sorted(pairs, key=lambda pair: pair[1].role != PRIMARY_ADMINISTRATOR.key):
        _give(user, data, groups[data.group_id], agencies.get(user.email), by=by)


def load_invitations(users: dict[str, User], groups: dict[str, EmployerGroup]) -> None:
    """Have Karen invite a colleague whose Access Key waits."""
    group = groups[CEDAR_RIDGE]
    delegation.add_user(
        group,
        first_name="Mark",
        last_name="Johnson",
        email="mjohnson@cedarridgemfg.example",
        role="viewer",
        units=[Subgroup.objects.get(group=group, code="0002").pk],
        last_day=timezone.localdate() + timedelta(days=131),
        by=users[KAREN],
    )


def load_reviews(groups: dict[str, EmployerGroup], today: date) -> None:
    """Store the review of Cedar Ridge for the quarter before, finished by its primary administrator; open the new ones."""
    last_day = date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
    first_day = date(last_day.year, last_day.month - 2, 1)
    zone, group = carrier_clock().zone, groups[CEDAR_RIDGE]
    done = datetime.combine(last_day - timedelta(days=6), time(10, 20), zone)
    primary = Grant.objects.primary_administrators(group)[0]
    review = AccessReview.objects.create(
        group=group,
        quarter=f"{last_day.year}-Q{last_day.month // 3}",
        opened_at=datetime.combine(first_day, time(6), zone),
        due_at=end_of(last_day),
        completed_at=done,
        completed_by=primary.user,
    )
    others = Grant.objects.in_force().filter(group=group).exclude(pk=primary.pk)
    AccessReviewItem.objects.bulk_create(
        AccessReviewItem(
            group=group,
            review=review,
            grant=grant,
            decision=AccessReviewItem.Decision.KEEP,
            held=str(grant.get_role_display()),
            decided_at=done,
            decided_by=primary.user,
        )
        for grant in others
    )
    access_reviews.open_reviews()


def _clients(person: PersonData, groups: dict[str, EmployerGroup]) -> list[GrantData]:
    """Return the further clients of a broker: the first groups in force that are not named."""
    named = {grant.group_id for grant in person.grants}
    others = [
        group_id
        for group_id, group in sorted(groups.items())
        if group_id not in named and group.status != EmployerGroup.Status.TERMINATED
    ]
    return [GrantData(group_id, BROKER_FULL.key) for group_id in others[: person.clients]]


def _give(
    user: User, data: GrantData, group: EmployerGroup, agency: Agency | None, *, by: User
) -> None:
    primary = Grant.objects.primary_administrators(group).first()
    parent = primary if data.role != PRIMARY_ADMINISTRATOR.key else None
    giver = parent.user if parent and parent.user else by
    units = None
    if data.units:
        found = Subgroup.objects.filter(group=group, code__in=data.units)
        units = frozenset(found.values_list("pk", flat=True))
    ends_at = end_of(timezone.localdate() + timedelta(days=data.days)) if data.days else None
    grant = offer_grant(
        group,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        role=data.role,
        access=Access(data.role, preset(data.role).atoms, units, ends_at),
        source=Grant.Source.DELEGATION if parent else Grant.Source.REGISTRATION,
        parent=parent,
        agency=agency,
        by=giver,
    )
    activate_grant(grant, user=user, by=user)
    began = group.effective_date + timedelta(days=11)
    then = datetime.combine(min(began, timezone.localdate()), time(9), carrier_clock().zone)
    Grant.objects.filter(pk=grant.pk).update(created_at=then, activated_at=then)
