"""Staff write announcements, see whom they reach, publish and take them back; and say who looks after a group."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from groups.actions.team import set_team
from groups.models import Announcement, TeamMember
from portal.models import AuditEvent
from tests.factories import AnnouncementFactory, EmployerGroupFactory, StaffFactory, UserFactory
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/groups/announcement/"
TODAY = timezone.localdate()


@pytest.fixture
def supervisor():
    return browser_of(staff_with("am_supervisor"))


def typed(**more):
    return {"title": "New rates", "text": "They are here.", "starts_on": TODAY.isoformat(), **more}


def kinds():
    found = AuditEvent.objects.filter(kind__startswith="groups.announcement").order_by("pk")
    return [
        kind.removeprefix("groups.announcement_") for kind in found.values_list("kind", flat=True)
    ]


def hidden(page):
    return {one.get("name"): one.get("value") for one in select(page, "main input[type=hidden]")}


def test_from_draft_to_published_and_back(supervisor):
    EmployerGroupFactory.create_batch(2, market="small")
    EmployerGroupFactory(market="large")

    draft = supervisor.post(f"{LIST}add/", typed(markets=["small"], by_email="on"), follow=True)
    row = Announcement.objects.get()
    published = supervisor.post(f"{LIST}{row.pk}/publish/", hidden(draft), follow=True)
    back = supervisor.post(f"{LIST}{row.pk}/take-back/", follow=True)

    assert text(draft, "#reach") == "2 groups"
    assert "2 groups see it on their home page." in text(draft, ".ep-effect")
    assert "Publish for 2 groups" in draft.content.decode()
    assert "Published." in text(published, ".ep-messages")
    assert not select(published, "main form button.usa-button:not(.ep-button--secondary)")
    assert "It is a draft again" in text(back, ".ep-messages")
    assert kinds() == ["drafted", "published", "taken_back"]


def test_draft_is_changed_with_what_stands_in_it(supervisor):
    group = EmployerGroupFactory()
    row = AnnouncementFactory(published_at=None, group_ids=[group.group_id], regions=["MA"])

    form = supervisor.get(f"{LIST}{row.pk}/edit/")
    supervisor.post(f"{LIST}{row.pk}/edit/", typed(title="Other", regions=["CT"], version=1))
    row.refresh_from_db()

    assert text(form, "[name=group_ids]") == group.group_id
    assert (row.title, row.regions, row.group_ids) == ("Other", ["CT"], [])
    assert kinds() == ["changed"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": ""}, "Enter a title."),
        ({"text": ""}, "Write what you want to announce."),
        ({"starts_on": ""}, "Enter the first day."),
        ({"ends_on": (TODAY - timedelta(days=1)).isoformat()}, "This is before the first day."),
        ({"starts_on": "0001-01-01"}, "Check the year."),
        ({"ends_on": "9999-12-31"}, "Check the year."),
        ({"group_ids": "ZZ999Z, yy888y"}, "We know no groups with these IDs: YY888Y, ZZ999Z."),
    ],
)
def test_wrong_input_is_said_at_its_field_and_nothing_is_lost(supervisor, wrong, message):
    page = supervisor.post(f"{LIST}add/", typed(**wrong))

    assert errors(page) == [message]
    assert not Announcement.objects.exists()
    assert "They are here." in page.content.decode() or not wrong.get("text", "x")


def test_group_ids_are_read_however_they_are_separated(supervisor):
    first, second = EmployerGroupFactory.create_batch(2)
    ids = f"{first.group_id.lower()};\r\n{second.group_id}, {first.group_id}"

    supervisor.post(f"{LIST}add/", typed(group_ids=ids))

    assert Announcement.objects.get().group_ids == sorted([first.group_id, second.group_id])


def test_an_older_form_does_not_widen_a_draft(supervisor):
    group = EmployerGroupFactory()
    row = AnnouncementFactory(published_at=None)
    shown = hidden(supervisor.get(f"{LIST}{row.pk}/edit/"))
    narrow = typed(group_ids=group.group_id, **shown)
    supervisor.post(f"{LIST}{row.pk}/edit/", narrow)

    older = supervisor.post(f"{LIST}{row.pk}/edit/", typed(title="Other", **shown))

    row.refresh_from_db()
    assert errors(older) == [
        "Somebody has changed this in the meantime. Copy what you need, then open it again."
    ]
    assert "Other" in older.content.decode()
    assert (row.group_ids, row.version) == ([group.group_id], 2)


def test_nobody_publishes_what_they_have_not_seen(supervisor):
    row = AnnouncementFactory(published_at=None, group_ids=["ZZ999Z"])
    shown = hidden(supervisor.get(f"{LIST}{row.pk}/change/"))
    supervisor.post(f"{LIST}{row.pk}/edit/", typed(version=1))

    for data in (shown, {}, {"version": "x"}, {"version": "9" * 5000}):
        page = supervisor.post(f"{LIST}{row.pk}/publish/", data, follow=True)
        assert "Somebody has changed this" in text(page, ".ep-messages")

    row.refresh_from_db()
    assert row.published_at is None


@pytest.mark.parametrize(
    ("traits", "constraint"),
    [
        ({"published_by": None}, "announcement_published_by_somebody"),
        ({"starts_on": date(1999, 12, 31)}, "announcement_days_of_our_calendar"),
        ({"ends_on": date(2200, 1, 1)}, "announcement_days_of_our_calendar"),
    ],
)
def test_what_postgresql_refuses(traits, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        AnnouncementFactory(**traits)


def test_published_one_is_not_changed_under_its_readers(supervisor):
    row = AnnouncementFactory()

    page = supervisor.post(f"{LIST}{row.pk}/edit/", typed(version=1))

    assert "It is published already. Take it back first." in errors(page)
    assert supervisor.post(f"{LIST}{row.pk}/publish/", follow=True).status_code == 200
    assert kinds() == []


@pytest.mark.parametrize("role", ["am_specialist", "read_only"])
def test_others_look_only(role):
    row, client = AnnouncementFactory(published_at=None), browser_of(staff_with(role))

    shown = client.get(f"{LIST}{row.pk}/change/")

    assert shown.status_code == client.get(LIST).status_code == 200
    assert not select(shown, "main form")
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{row.pk}/publish/").status_code == 403
    assert client.post(f"{LIST}{row.pk}/edit/", typed()).status_code == 403


def test_list_says_where_each_stands(supervisor):
    day = timedelta(days=1)
    AnnouncementFactory(starts_on=TODAY)
    AnnouncementFactory(starts_on=TODAY - day, published_at=None)
    AnnouncementFactory(starts_on=TODAY - 5 * day, ends_on=TODAY - day)
    AnnouncementFactory(starts_on=TODAY + day)

    page = supervisor.get(LIST)

    states = [cell.text_content().strip() for cell in select(page, "td[data-label=State]")]
    assert states == ["From its first day", "Shown", "Draft", "Over"]


# --- Account team


@pytest.fixture
def group():
    return EmployerGroupFactory()


def test_team_is_chosen_on_a_page_of_the_group(supervisor, group):
    nora = StaffFactory(first_name="Nora", last_name="Castellanos")
    page = f"/staff/groups/employergroup/{group.pk}/"

    supervisor.post(f"{page}team/", {"account_manager": nora.pk})
    shown = supervisor.get(f"{page}change/")
    form = supervisor.get(f"{page}team/")
    again = supervisor.post(f"{page}team/", {"account_manager": nora.pk}, follow=True)
    emptied = supervisor.post(f"{page}team/", {}, follow=True)

    assert "Nora Castellanos" in text(shown, "[aria-labelledby=team]")
    assert text(form, "[name=account_manager] option[selected]") == "Nora Castellanos"
    assert "Nothing was different." in text(again, ".ep-messages")
    assert "Saved." in text(emptied, ".ep-messages")
    assert not TeamMember.objects.exists()
    events = AuditEvent.objects.filter(kind="groups.team_changed").order_by("pk")
    assert [event.changes for event in events] == [
        {"account_manager": ["", "Nora Castellanos"]},
        {"account_manager": ["Nora Castellanos", ""]},
    ]


def test_only_open_accounts_of_staff_look_after_a_group(supervisor, group):
    page = f"/staff/groups/employergroup/{group.pk}/team/"

    for person in (UserFactory(), StaffFactory(is_active=False)):
        assert errors(supervisor.post(page, {"billing": person.pk}))

    assert not TeamMember.objects.exists()


def test_staff_see_who_is_not_named_to_the_group_any_more(supervisor, group):
    set_team(group, {"billing": StaffFactory(), "enrollment": StaffFactory()}, by=StaffFactory())
    User.objects.filter(pk=TeamMember.objects.get(duty="billing").person_id).update(is_active=False)

    page = supervisor.get(f"/staff/groups/employergroup/{group.pk}/change/")

    [_, enrollment, billing] = select(page, "[aria-labelledby=team] dd")
    assert "not shown to the group" not in enrollment.text_content()
    assert "not shown to the group" in billing.text_content()


def test_team_is_not_for_everybody_to_change(group):
    page = f"/staff/groups/employergroup/{group.pk}/"
    client = browser_of(staff_with("am_specialist"))

    assert client.get(f"{page}team/").status_code == 403
    assert "Account team" in text(client.get(f"{page}change/"), "[aria-labelledby=team]")


def test_team_keeps_what_is_not_changed(group):
    nora, ben, staff = StaffFactory(), StaffFactory(), StaffFactory()
    set_team(group, {"account_manager": nora, "billing": nora}, by=staff)

    changed = set_team(
        group, {"account_manager": nora, "billing": ben, "enrollment": None}, by=staff
    )

    assert changed
    found = dict(TeamMember.objects.filter(group=group).values_list("duty", "person"))
    assert found == {"account_manager": nora.pk, "billing": ben.pk}
