"""Who did what in a group: the list, its words, and the file."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import delegation, grants
from accounts.activity import change_in_words
from accounts.authority import Access
from accounts.models import end_of
from accounts.refusals import TRIED
from accounts.views import activity as activity_views
from groups.atoms import with_needs
from portal import audit
from portal.audit import MASK
from portal.keyset import Cursor
from portal.models import AuditEvent
from portal.request_info import RequestInfo, current
from tests.access import given, primary_of
from tests.factories import RegistrationRequestFactory, StaffFactory, SubgroupFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
STAFF = "Evergreen Health Plan staff"


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def mark(primary):
    user = UserFactory(first_name="Mark", last_name="Johnson")
    return given(primary.group, "viewer", user=user, parent=primary)


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


def page(group, **query):
    return f"/g/{group.slug}/activity/", query


def happened(group, at=NOON, *, kind="accounts.grant_changed", by=None, target=None, **more):
    """Write one event of *group* as if it were *at*."""
    with time_machine.travel(at, tick=False):
        audit.record(kind, by=by, target=target or group, group_id=group.pk, **more)
    return AuditEvent.objects.latest("pk")


def column(response, label):
    return [
        " ".join(cell.text_content().split())
        for cell in select(response, f"td[data-label='{label}']")
    ]


def rows(response):
    """Return the list as (who, what, about)."""
    return list(zip(*(column(response, label) for label in ("Who", "What", "About")), strict=True))


# --- Words -------------------------------------------------------------------------------------------


def test_what_people_did_reads_as_sentences(browser, primary, mark):
    delegation.deactivate_user(mark, version=mark.version, by=primary.user)

    shown = rows(browser.get(*page(primary.group)))

    assert shown[:2] == [
        ("Karen Mitchell", "Ended sessions", "Mark Johnson, Viewer"),
        ("Karen Mitchell", "Deactivated the access", "Mark Johnson, Viewer"),
    ]


def test_changes_are_told_before_and_after(browser, primary, mark):
    unit = SubgroupFactory(group=primary.group, code="0002")
    atoms = frozenset(with_needs(["billing_view"]))
    access = Access("custom", atoms, frozenset([unit.pk]), end_of(datetime(2027, 6, 30).date()))
    grants.change_grant(mark, access=access, by=primary.user)

    (details,) = column(browser.get(*page(primary.group)), "Details")[:1]

    for words in (
        "Role: Viewer, now Custom",
        "Rights taken: See members, See plans, See the roster, See transactions",
        "Rights given: See bills",
        "Billing units: ALL, now 0002",
        "Last day: no last day, now June 30, 2027",
    ):
        assert words in details


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("email", MASK, MASK, "Email changed"),
        ("state", "pending", "active", "State: Invited, now Active"),
        (
            "source",
            "delegation",
            "hand_over",
            "Where it comes from: Given by a colleague, now Handed over",
        ),
        ("last day asked", "", "2027-06-30", "Last day: June 30, 2027"),
        ("for", "", "Summit Benefit", "For: a broker of Summit Benefit"),
        ("is_active", "True", "False", "Is active: True, now False"),
        ("ends", "2027-07-01 04:00:00+00:00", "None", "Last day: June 30, 2027, now no last day"),
        ("ends", "soon", "later", "Last day: soon, now later"),
        ("role", "gone_role", "viewer", "Role: gone_role, now Viewer"),
        ("rights given", "", "billing_view, gone_right", "Rights given: See bills, gone_right"),
    ],
)
def test_a_change_in_words(name, old, new, words):
    assert change_in_words(name, old, new) == words


def test_a_refusal_says_what_was_tried_and_for_whom(browser, primary, mark):
    unit = SubgroupFactory(group=primary.group, code="0002")
    wanted = {
        "role": "custom", "atoms": ["payment_make", "everything"], "units": [unit.pk, 0], "last_day": None,
    }  # fmt: skip
    luis = given(primary.group, atoms=["users_manage"], parent=primary)
    for attempt in (
        lambda: delegation.add_user(
            primary.group, first_name="Ann", last_name="Lee", email="ann@lee.example", by=luis.user, **wanted
        ),
        lambda: delegation.remove_user(mark, version=mark.version, by=luis.user),
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            attempt()

    shown = browser.get(*page(primary.group))
    details = column(shown, "Details")[:2]
    file = b"".join(browser.get(f"/g/{primary.group.slug}/activity.csv")).decode()

    assert details[0] == "Tried to remove the access"
    for words in (
        "Tried to add a user",
        "For: somebody new",
        "Role: Custom",
        "Rights: Make payments, something we do not know",
        "Billing units: 0002, one that is not of this group",
        "Last day: no last day",
    ):
        assert words in details[1]
        assert words in file
    assert "Mark Johnson, Viewer" in rows(shown)[0]
    assert "Ann" not in file + str(
        AuditEvent.objects.values_list("changes", "note", "target_label")
    )


def test_every_refusal_has_words():
    """An action that goes on record when it is refused is named in words."""
    source = "".join(path.read_text() for path in Path("accounts/actions").glob("*.py"))
    actions = re.findall(r"@refusals_on_record\n(?:@.+\n)*def (\w+)", source)

    assert len(actions) > 15
    assert set(actions) <= set(TRIED)


def test_staff_stand_under_the_name_of_the_carrier(browser, primary, mark):
    staff = StaffFactory()
    grants.suspend_grant(mark, by=staff, suspension="administrator")
    emergency = given(
        primary.group, "emergency", user=staff, source="emergency", reason="Call 7",
        ends_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    audit.record(
        "accounts.emergency_opened",
        by=staff,
        target=emergency,
        group_id=primary.group.pk,
        note="Call 7",
    )

    response = browser.get(*page(primary.group))

    assert rows(response)[0] == (STAFF, "Opened emergency access", f"{STAFF}, Emergency access")
    assert column(response, "Details")[0] == "Call 7"
    assert (STAFF, "Deactivated the access", "Mark Johnson, Viewer") in rows(response)
    assert "Castellanos" not in response.content.decode()


def test_staff_are_not_found_by_their_names(browser, primary):
    staff = StaffFactory()
    happened(primary.group, kind="accounts.profile_edited", target=staff)
    given(
        primary.group, "emergency", user=staff, source="emergency", reason="Call 7",
        ends_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip

    everything = rows(browser.get(*page(primary.group)))
    by_name = rows(browser.get(*page(primary.group, about="Castellanos")))
    options = [
        option.text for option in select(browser.get(*page(primary.group)), "#id_who option")
    ]

    assert ("The portal", "Changed the profile", STAFF) in everything
    assert by_name == []
    assert options.count(STAFF) == 1
    assert not any("Castellanos" in option for option in options)


def test_nobody_and_the_applicant_have_a_name(browser, primary):
    request = RegistrationRequestFactory(group=primary.group)
    happened(primary.group, kind="accounts.grant_expired")
    happened(primary.group, kind="accounts.registration_submitted", target=request)

    assert [who for who, _what, _about in rows(browser.get(*page(primary.group)))][-2:] == [
        "The applicant", "The portal",
    ]  # fmt: skip


def test_what_is_between_us_and_the_applicant_stays_there(browser, primary):
    request, other = RegistrationRequestFactory(group=primary.group), primary_of().group
    happened(primary.group, kind="accounts.registration_note_added", target=request)
    happened(
        primary.group,
        kind="accounts.registration_linked",
        target=request,
        changes={"group": (other, primary.group)},
    )
    happened(
        primary.group,
        kind="accounts.registration_corrected",
        target=request,
        changes={"region": ("MA", "CT")},
    )

    response = browser.get(*page(primary.group))

    assert (
        request.number in response.content.decode(),
        other.name in response.content.decode(),
    ) == (True, False)
    assert [what for _who, what, _about in rows(response) if "request" in what] == [
        "Corrected the request"
    ]
    assert "MA" not in "".join(column(response, "Details"))


def test_where_people_sat_is_nobodys_business(browser, primary):
    token = current.set(RequestInfo("an-id", "203.0.113.9", "Lynx/2.8"))
    happened(primary.group, note="said in private")
    current.reset(token)

    body = browser.get(*page(primary.group)).content.decode()
    exported = b"".join(
        browser.get(f"/g/{primary.group.slug}/activity.csv").streaming_content
    ).decode()

    for secret in ("203.0.113.9", "Lynx", "an-id", "said in private"):
        assert secret not in body + exported


# --- The list ----------------------------------------------------------------------------------------


def test_other_groups_and_people_without_the_right_see_nothing(client, primary, mark):
    unit = SubgroupFactory(group=primary.group)
    of_unit = given(primary.group, atoms=["audit_view"], units=[unit.pk], parent=primary)
    reader = given(primary.group, atoms=["audit_view"], parent=primary)
    stranger = primary_of()

    def statuses(user):
        client.force_login(user)
        return [
            client.get(f"/g/{primary.group.slug}/{end}").status_code
            for end in ("activity/", "activity.csv")
        ]

    assert [statuses(grant.user) for grant in (mark, of_unit, stranger, reader)] == [
        [403, 403], [403, 403], [404, 404], [200, 200],
    ]  # fmt: skip


def test_the_list_holds_this_group_alone(browser, primary):
    other = primary_of(user=primary.user)
    happened(other.group, kind="accounts.hand_over_offered")

    assert "Offered the primary role" not in [
        what for _who, what, _about in rows(browser.get(*page(primary.group)))
    ]


def test_navigation_leads_there_for_those_who_may(client, primary, mark):
    unit = SubgroupFactory(group=primary.group)
    of_unit = given(primary.group, atoms=["audit_view"], units=[unit.pk], parent=primary)

    def links(user):
        client.force_login(user)
        return select(
            client.get(f"/g/{primary.group.slug}/"), ".ep-shell__nav a[href$='/activity/']"
        )

    assert [len(links(grant.user)) for grant in (primary, mark, of_unit)] == [1, 0, 0]


def test_pages_go_back_and_forth_without_a_gap(browser, primary):
    marks = [
        happened(
            primary.group, NOON - timedelta(minutes=number // 3), kind=f"accounts.made_up_{number}"
        )
        for number in range(130)
    ]
    newest_first = [
        event.pk for event in sorted(marks, key=lambda event: (event.at, event.pk), reverse=True)
    ]

    def shown(response):
        return [line.what for line in response.context["lines"] if line.what.startswith("made up")]

    wanted = [
        f"made up {AuditEvent.objects.get(pk=pk).kind.rpartition('_')[2]}" for pk in newest_first
    ]
    first = browser.get(*page(primary.group, about=primary.group.name))
    second = browser.get(
        f"/g/{primary.group.slug}/activity/{select(first, '.ep-pager a[rel=next]')[0].get('href')}"
    )
    third = browser.get(
        f"/g/{primary.group.slug}/activity/{select(second, '.ep-pager a[rel=next]')[0].get('href')}"
    )
    back = browser.get(
        f"/g/{primary.group.slug}/activity/{select(third, '.ep-pager a[rel=prev]')[0].get('href')}"
    )
    begin = browser.get(
        f"/g/{primary.group.slug}/activity/{select(back, '.ep-pager a[rel=prev]')[0].get('href')}"
    )

    assert shown(first) + shown(second) + shown(third) == wanted
    assert (shown(back), shown(begin)) == (shown(second), shown(first))
    assert select(begin, ".ep-pager a[rel=prev]") == select(third, ".ep-pager a[rel=next]") == []


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1-", "-1", "1-2-3", "9" * 30 + "-1", "1-" + "9" * 30, "\u0661-\u0661"]
)
@pytest.mark.parametrize("way", ["before", "after"])
def test_hand_made_places_do_no_harm(browser, primary, way, cursor):
    response = browser.get(*page(primary.group, **{way: cursor}), follow=True)

    assert response.status_code == 200
    assert rows(response)


def test_a_place_survives_being_written():
    event = AuditEvent(pk=7, at=datetime(2026, 11, 20, 17, 0, 0, 123457, tzinfo=UTC))

    assert Cursor.parse(str(Cursor.of(event, "at"))) == Cursor(event.at, 7)


def test_the_list_is_the_same_work_for_any_number_of_events(browser, primary):
    def act():
        colleague = given(primary.group, "viewer", parent=primary)
        grants.suspend_grant(colleague, by=StaffFactory(), suspension="administrator")

    def statements():
        with CaptureQueriesContext(connection) as found:
            response = browser.get(*page(primary.group))
        return len(found), len(rows(response))

    act()
    statements()
    few = statements()
    for _ in range(5):
        act()
    many = statements()

    assert many[0] == few[0] <= 14
    assert many[1] >= few[1] + 10


# --- Filters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_day", "last_day", "found"),
    [
        ("2026-03-08", "2026-03-08", 2),  # a day of 23 hours in New York
        ("2026-03-09", "", 1),
        ("", "2026-03-07", 1),
        ("03/08/2026", "03/09/2026", 3),
        ("", "", 4),
    ],
)
def test_days_are_the_carriers_and_both_count(browser, primary, first_day, last_day, found):
    for at in [
        datetime(2026, 3, 8, 4, 59, 59, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC),
        datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC),
    ]:  # fmt: skip
        happened(primary.group, at, kind="accounts.hand_over_offered")

    response = browser.get(*page(primary.group, first_day=first_day, last_day=last_day))

    assert [what for _who, what, _about in rows(response)].count(
        "Offered the primary role"
    ) == found


def test_filters_by_person_staff_and_nobody(browser, primary, mark):
    happened(primary.group, by=primary.user, kind="accounts.hand_over_offered")
    happened(primary.group, by=StaffFactory(), kind="accounts.hand_over_offered")
    happened(primary.group, kind="accounts.hand_over_offered")

    def found(who):
        return {who for who, _what, _about in rows(browser.get(*page(primary.group, who=who)))}

    first = browser.get(*page(primary.group))
    options = {option.text: option.get("value") for option in select(first, "#id_who option")}

    assert list(options) == [
        "Everybody",
        "Karen Mitchell",
        "Mark Johnson",
        STAFF,
        "Nobody signed in",
    ]
    assert found(options["Karen Mitchell"]) == {"Karen Mitchell"}
    assert found("staff") == {STAFF}
    assert found("nobody") == {"The portal"}


def test_a_person_of_another_group_cannot_be_chosen(browser, primary):
    other = primary_of()

    response = browser.get(*page(primary.group, who=str(other.key)))

    assert len(errors(response)) == 1
    assert other.user.last_name not in text(response, "#id_who")


@pytest.mark.parametrize(
    ("area", "kinds"),
    [
        ("review", {"Confirmed the list of the access review"}),
        ("keys", {"Issued an access code"}),
        ("registration", {"Sent the request"}),
        ("activity", {"Exported the activity"}),
        ("access", {"Offered the primary role"}),
    ],
)
def test_filters_by_area_and_each_kind_has_one(browser, primary, area, kinds):
    for kind in (
        "accounts.access_review_completed", "accounts.access_code_issued", "accounts.registration_submitted",
        "accounts.activity_exported", "accounts.hand_over_offered",
    ):  # fmt: skip
        happened(primary.group, datetime(2020, 1, 2, 17, tzinfo=UTC), kind=kind)

    response = browser.get(*page(primary.group, area=area, last_day="2020-12-31"))

    assert {what for _who, what, _about in rows(response)} == kinds


def test_the_filter_offers_everybody_once_however_often_they_came_back(browser, primary, mark):
    for role in ("administrator", "viewer"):
        given(primary.group, role, user=mark.user, parent=primary)

    shown = browser.get(*page(primary.group))

    options = [option.text for option in select(shown, "select[name=who] option")]
    assert options.count("Mark Johnson") == 1
    assert len(shown.context["filters"].people) == 2  # Karen and Mark: no grant is read but theirs


def test_finds_also_whom_the_filter_offers_no_more(browser, primary, mark, monkeypatch):
    monkeypatch.setattr(activity_views, "MOST_PEOPLE", 1)
    given(primary.group, "viewer", user=UserFactory(first_name="Luis"), parent=primary)

    shown = browser.get(*page(primary.group, about="mark"))

    assert [option.text for option in select(shown, "select[name=who] option")].count(
        "Mark Johnson"
    ) == 0
    assert ("Mark Johnson, Viewer") in {about for _who, _what, about in rows(shown)}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mark", True),
        ("johnson", True),
        ("Mark Johnson", True),
        ("ohnson", False),
        ("view", True),
        ("%", False),
    ],
)
def test_finds_whom_it_was_about_by_how_the_name_begins(browser, primary, mark, typed, found):
    about = {about for _who, _what, about in rows(browser.get(*page(primary.group, about=typed)))}

    assert ("Mark Johnson, Viewer" in about) is found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first_day": "tomorrow"}, "Enter a date, such as 11/17/2026."),
        ({"last_day": "2026-02-30"}, "Enter a date, such as 11/17/2026."),
        ({"first_day": "0002-01-01"}, "Check the year."),
        ({"last_day": "9999-12-31"}, "Check the year."),
        (
            {"first_day": "2026-05-02", "last_day": "2026-05-01"},
            "Choose a day on or after the first one.",
        ),
        (
            {"about": "a\u202eb"},
            "Remove the invisible characters: copy the text without its formatting.",
        ),
    ],
)
def test_what_makes_no_sense_is_said_at_the_field_and_not_lost(browser, primary, typed, said):
    response = browser.get(*page(primary.group, **typed))
    by_htmx = browser.get(
        *page(primary.group, **typed), headers={"HX-Request": "true", "HX-Target": "activity-list"}
    )

    assert errors(response) == [said]
    assert text(response, "title").startswith("Error:")
    assert select(response, f"[name={next(iter(typed))}]")[0].get("value") == next(
        iter(typed.values())
    )
    assert by_htmx["HX-Redirect"].startswith(f"/g/{primary.group.slug}/activity/?")


def test_htmx_gets_the_list_alone(browser, primary, mark):
    response = browser.get(
        *page(primary.group, about="mark"),
        headers={"HX-Request": "true", "HX-Target": "activity-list"},
    )

    assert select(response, "h1, form") == []
    assert text(response, "#activity-said[data-hx-swap-oob]").endswith("shown.")
    whole = browser.get(*page(primary.group, about="mark"))
    assert rows(response) == rows(whole)


def test_nothing_found_says_how_to_go_on(browser, primary):
    response = browser.get(*page(primary.group, about="zzz"))

    assert text(response, ".ep-empty h2") == "Nothing fits"
    assert select(response, f"#activity-list a[href='/g/{primary.group.slug}/activity/']")
