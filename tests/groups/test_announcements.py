"""Announcements as employers read them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from groups.actions import announcements as actions
from groups.models import Announcement, AnnouncementRead, EmployerGroup
from tests.access import given, primary_of
from tests.factories import AnnouncementFactory, EmployerGroupFactory, StaffFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def primary():
    return primary_of(EmployerGroupFactory(market="small", region="MA", status="active"))


@pytest.fixture
def inside(primary):
    client = Client()
    client.force_login(primary.user)
    return client


def listed(client, group):
    page = client.get(f"/g/{group.slug}/announcements/")
    return [link.text_content() for link in select(page, "main tbody th a")]


# --- For whom


FILTERS = [
    ({}, True),
    ({"markets": ["small", "large"]}, True),
    ({"markets": ["large"]}, False),
    ({"regions": ["MA"]}, True),
    ({"regions": ["CT"]}, False),
    ({"statuses": ["active"]}, True),
    ({"statuses": ["grace"]}, False),
    ({"markets": ["small"], "regions": ["CT"]}, False),
]


@pytest.mark.parametrize(("filters", "passes"), FILTERS)
def test_filters_let_groups_pass_from_both_sides(primary, filters, passes):
    found = AnnouncementFactory(**filters)

    assert Announcement.objects.meant_for(primary.group).filter(pk=found.pk).exists() is passes
    assert found.reached().filter(pk=primary.group_id).exists() is passes


def test_single_groups_by_their_ids(primary):
    other = EmployerGroupFactory()
    found = AnnouncementFactory(group_ids=[primary.group.group_id])

    assert list(found.reached()) == [primary.group]
    assert not Announcement.objects.meant_for(other).exists()


def test_announcement_for_others_is_not_there(inside, primary):
    found = AnnouncementFactory(markets=["large"])
    page = f"/g/{primary.group.slug}/announcements/{found.pk}/"

    assert listed(inside, primary.group) == []
    assert inside.get(page).status_code == 404
    assert inside.post(f"{page}dismiss/").status_code == 404
    assert not AnnouncementRead.objects.exists()


@pytest.mark.parametrize("traits", [{"published_at": None}, {"starts_on": TODAY + DAY}])
def test_drafts_and_those_to_come_are_not_there(inside, primary, traits):
    found = AnnouncementFactory(**traits)

    assert listed(inside, primary.group) == []
    assert inside.get(f"/g/{primary.group.slug}/announcements/{found.pk}/").status_code == 404


# --- The pages


def test_list_keeps_what_is_over_and_says_where_each_stands(inside, primary):
    over = AnnouncementFactory(title="Over", starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
    read = AnnouncementFactory(title="Read", starts_on=TODAY - 3 * DAY, ends_on=TODAY)
    AnnouncementFactory(title="New")
    actions.put_away(read, by=primary.user)

    page = inside.get(f"/g/{primary.group.slug}/announcements/")

    assert listed(inside, primary.group) == ["New", "Read", "Over"]
    assert [cell.text_content().strip() for cell in select(page, "tbody td:last-child")] == [
        "Shown",
        "Put away",
        "Over",
    ]
    assert inside.get(f"/g/{primary.group.slug}/announcements/{over.pk}/").status_code == 200


def test_page_escapes_what_staff_typed_and_keeps_paragraphs(inside, primary):
    found = AnnouncementFactory(text="<b>Bold</b>\n\nSecond")

    page = inside.get(f"/g/{primary.group.slug}/announcements/{found.pk}/")

    assert [line.text_content() for line in select(page, ".ep-reading p")] == [
        "<b>Bold</b>",
        "Second",
    ]


def test_put_away_twice_is_once(inside, primary):
    found = AnnouncementFactory()
    page = f"/g/{primary.group.slug}/announcements/{found.pk}/"

    first = inside.post(f"{page}dismiss/", follow=True)
    inside.post(f"{page}dismiss/")

    assert text(first, ".ep-messages") == "Put away. It stays under All announcements."
    assert AnnouncementRead.objects.count() == 1
    assert not select(inside.get(page), "main form")


def test_nothing_to_tell(inside, primary):
    page = inside.get(f"/g/{primary.group.slug}/announcements/")

    assert text(page, "main h2") == "No announcements yet"


def test_put_away_in_one_group_it_is_put_away_in_all(inside, primary):
    other = given(EmployerGroupFactory(), "viewer", user=primary.user)
    found = AnnouncementFactory()

    inside.post(f"/g/{primary.group.slug}/announcements/{found.pk}/dismiss/")

    assert not select(inside.get(f"/g/{other.group.slug}/"), ".ep-news")


# --- What becomes of one


def test_only_a_draft_is_changed(primary):
    staff, found = StaffFactory(), AnnouncementFactory()
    values = {name: getattr(found, name) for name in actions.FIELDS} | {"title": "Other"}

    with pytest.raises(ValidationError, match="published already"):
        actions.redraft(found, values, version=1, by=staff)
    draft = actions.take_back(found, by=staff)
    changed = actions.redraft(draft, values, version=draft.version, by=staff)

    assert changed.title == "Other"
    assert Announcement.objects.get().published_at is None


def test_one_whose_last_day_has_passed_is_not_published():
    found = AnnouncementFactory(published_at=None, starts_on=TODAY - 3 * DAY, ends_on=TODAY - DAY)

    with pytest.raises(ValidationError, match="last day has passed"):
        actions.publish(found, version=1, by=StaffFactory())


def test_what_is_published_or_not_is_not_so_twice():
    staff, found = StaffFactory(), AnnouncementFactory()

    with pytest.raises(ValidationError, match="published already"):
        actions.publish(found, version=1, by=staff)
    actions.take_back(found, by=staff)
    with pytest.raises(ValidationError, match="not published"):
        actions.take_back(found, by=staff)


def test_every_group_is_reached_by_an_empty_filter():
    EmployerGroupFactory.create_batch(2, status="terminated")

    assert AnnouncementFactory().reached().count() == EmployerGroup.objects.count()
