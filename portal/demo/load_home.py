"""Writes what stands on the home pages of the demo's groups: their account teams, and announcements."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from accounts.clock import carrier_clock
from accounts.models import User
from groups.models import Announcement, EmployerGroup, TeamMember
from portal.demo.announcements_data import ANNOUNCEMENTS, AnnouncementData

Duty = TeamMember.Duty


def load_teams(groups: Iterable[EmployerGroup], *, manager: User, supervisor: User) -> None:
    """Let *manager* look after every group with coverage, and *supervisor* after its bills."""
    TeamMember.objects.bulk_create(
        TeamMember(group=group, duty=duty, person=person)
        for group in groups
        if group.status != EmployerGroup.Status.TERMINATED
        for duty, person in ((Duty.ACCOUNT_MANAGER, manager), (Duty.BILLING, supervisor))
    )


def load_announcements(*, by: User, today: date) -> None:
    """Store what *by* announced; letters of what is published have been written."""
    Announcement.objects.bulk_create(_announcement(data, by, today) for data in ANNOUNCEMENTS)


def _announcement(data: AnnouncementData, by: User, today: date) -> Announcement:
    starts_on = today + timedelta(days=data.starts)
    morning = datetime.combine(starts_on, time(9), carrier_clock().zone)
    return Announcement(
        title=data.title,
        text=data.text,
        markets=list(data.markets),
        regions=list(data.regions),
        statuses=list(data.statuses),
        starts_on=starts_on,
        ends_on=None if data.ends is None else today + timedelta(days=data.ends),
        by_email=data.by_email,
        published_at=None if data.is_draft else morning,
        published_by=None if data.is_draft else by,
        mailed_at=morning if data.by_email and not data.is_draft else None,
    )
