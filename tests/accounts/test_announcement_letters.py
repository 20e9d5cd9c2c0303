"""Announcements by email: to whoever wants them, a batch at a time, to nobody twice."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actions.announcement_letters import write_announcements
from accounts.actions.grants import revoke_grant
from accounts.actions.preferences import choose_letters
from accounts.tasks import write_announcements as task
from groups.actions import announcements
from groups.models import Announcement
from portal import mail
from portal.models import OutboundEmail
from portal.tenancy import carrier_scope
from tests.access import given, primary_of
from tests.factories import AnnouncementFactory, EmployerGroupFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def primary():
    return primary_of(EmployerGroupFactory(name="Alder Works"))


def letters():
    return OutboundEmail.objects.filter(template="groups/announcement").order_by("pk")


def receivers():
    return sorted(letters().values_list("to", flat=True))


def everything_written():
    while write_announcements():
        pass


def test_everybody_with_access_gets_one_letter(primary):
    viewer = given(primary.group, "viewer", parent=primary)
    given(EmployerGroupFactory(name="Birch Works"), "viewer", user=primary.user)
    AnnouncementFactory(by_email=True, title="New rates & plans")

    everything_written()

    assert receivers() == sorted([primary.user.email, viewer.user.email])
    subject, body, _html = mail.render(letters().get(to=primary.user.email))
    assert subject == "New rates & plans"
    assert f"/g/{primary.group.slug}/announcements/" in body
    assert f"/g/{primary.group.slug}/settings/" in body


def test_only_of_groups_that_the_filters_let_pass(primary):
    primary_of(EmployerGroupFactory(market="large"))
    AnnouncementFactory(by_email=True, markets=["small"])

    everything_written()

    assert receivers() == [primary.user.email]


def test_whoever_switched_them_off_gets_none(primary):
    choose_letters(primary.group, muted=["announcements"], by=primary.user)
    AnnouncementFactory(by_email=True)

    everything_written()

    assert receivers() == []


def test_switched_off_in_one_group_it_comes_for_the_other(primary):
    second = given(EmployerGroupFactory(name="Birch Works"), "viewer", user=primary.user)
    choose_letters(primary.group, muted=["announcements"], by=primary.user)
    AnnouncementFactory(by_email=True)

    everything_written()

    assert f"/g/{second.group.slug}/" in letters().get().context["page"]


def test_no_letter_to_lost_access_and_closed_accounts(primary):
    gone = given(primary.group, "viewer", parent=primary)
    revoke_grant(gone, by=None)
    given(primary.group, "viewer", parent=primary, user=UserFactory(is_active=False))
    AnnouncementFactory(by_email=True)

    everything_written()

    assert receivers() == [primary.user.email]


@pytest.mark.parametrize(
    "traits",
    [
        {"by_email": False},
        {"published_at": None},
        {"starts_on": timezone.localdate() + timedelta(days=1)},
        {"starts_on": timezone.localdate() - timedelta(days=9), "ends_on": timezone.localdate() - timedelta(days=1)},
    ],
)  # fmt: skip
def test_nothing_goes_out_that_is_not_shown_today_or_not_by_email(primary, traits):
    AnnouncementFactory(**{"by_email": True, **traits})

    assert write_announcements() is False
    assert receivers() == []


def test_one_that_fails_does_not_hold_up_the_others(primary):
    odd = given(EmployerGroupFactory(slug="a b"), "viewer").group  # no address leads there
    broken = AnnouncementFactory(by_email=True, group_ids=[odd.group_id])
    found = AnnouncementFactory(by_email=True, group_ids=[primary.group.group_id])

    everything_written()

    found.refresh_from_db()
    broken.refresh_from_db()
    assert receivers() == [primary.user.email]
    assert found.mailed_at is not None
    assert (broken.mailed_to, broken.mailed_at) == (0, None)


def test_batches_reach_everybody_once(primary):
    people = [primary, *(given(primary.group, "viewer", parent=primary) for _ in range(4))]
    found = AnnouncementFactory(by_email=True)

    turns = [write_announcements(batch=2) for _ in range(4)]

    assert turns == [True, True, True, False]
    assert receivers() == sorted(one.user.email for one in people)
    found.refresh_from_db()
    assert found.mailed_at is not None


def test_published_again_it_is_written_to_nobody_twice(primary):
    found = AnnouncementFactory(by_email=True)
    everything_written()
    staff = StaffFactory()

    draft = announcements.take_back(found, by=staff)
    announcements.publish(draft, version=draft.version, by=staff)
    newcomer = given(primary.group, "viewer", parent=primary)
    everything_written()

    assert receivers() == sorted([primary.user.email, newcomer.user.email])


def test_task_asks_for_the_next_batch_after_its_commit(primary, django_capture_on_commit_callbacks):
    AnnouncementFactory(by_email=True)

    with django_capture_on_commit_callbacks(execute=True):
        task()

    assert Announcement.objects.get().mailed_at is not None
    assert receivers() == [primary.user.email]


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_to_nobody_twice(primary):
    for _ in range(6):
        given(primary.group, "viewer", parent=primary)
    AnnouncementFactory(by_email=True)

    def work():
        try:
            for _ in range(10):
                with carrier_scope():
                    write_announcements(batch=2)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    everything_written()

    assert len(receivers()) == len(set(receivers())) == 7
