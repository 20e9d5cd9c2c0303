"""The pages of the quarterly review, and its places on other pages."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import access_reviews as actions
from accounts.actions import grants
from accounts.authority import Access
from accounts.models import AccessReview, AccessReviewItem, Grant, User
from groups.atoms import with_needs
from groups.models import Transaction
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import GrantFactory, SubgroupFactory, UserFactory
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(MORNING):
        yield


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def mark(primary):
    user = UserFactory(first_name="Mark", last_name="Johnson")
    return given(primary.group, "viewer", user=user, parent=primary)


@pytest.fixture
def review(primary, mark):
    actions.open_reviews()
    return AccessReview.objects.get()


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


def page(group, end=""):
    return f"/g/{group.slug}/users/review/{end}"


def answer(browser, grant, decision, *, version=None, **headers):
    """Send the form of one row as the page holds it."""
    data = {"grant": grant.key, "decision": decision, "version": version or grant.version}
    return browser.post(page(grant.group, "decide/"), data, headers=headers)


def row(response, grant):
    return text(response, f"[id='review-{grant.key}']")


def test_everybody_else_is_listed_with_what_to_look_at(browser, primary, review):
    unit = SubgroupFactory(group=primary.group, code="0002")
    User.objects.update(last_login=timezone.now() - timedelta(days=1))
    broker = given(
        primary.group, "broker_full", parent=primary, units=[unit.pk], ends_at=MORNING + timedelta(days=9),
        user=UserFactory(first_name="Alicia", last_name="Grant", last_login=MORNING - timedelta(days=91)),
    )  # fmt: skip
    Grant.objects.filter(pk=broker.pk).update(
        activated_at=MORNING - timedelta(days=400), orphaned_at=MORNING
    )
    invited = GrantFactory(group=primary.group, role="viewer", first_name="Ada", last_name="Young")

    response = browser.get(page(primary.group))

    assert [cell.text for cell in select(response, "#review-table tbody th")] == [
        "Ada Young", "Alicia Grant", "Mark Johnson",
    ]  # fmt: skip
    assert text(response, "#review-progress") == "0 of 3 decided"
    flags = [
        item.text_content().strip() for item in select(response, f"[id='review-{broker.key}'] li")
    ]
    assert flags == [
        "Whoever gave this access can no longer give it", "Not signed in for 90 days", "Access ends Nov 29, 2026",
    ]  # fmt: skip
    assert "0002" in row(response, broker)
    assert "Invited" in row(response, invited)
    assert "Due Thursday, December 31, 2026 (in 6 weeks)." in text(response, ".ep-title")


def test_one_click_keeps_a_person(browser, mark, review):
    response = answer(browser, mark, "keep")

    assert response.url == f"{page(mark.group)}#review-{mark.key}"
    shown = browser.get(page(mark.group))
    assert "Keeps access" in row(shown, mark)
    assert text(shown, "#review-progress") == "1 of 1 decided"
    assert text(shown, ".ep-messages") == "Mark Johnson keeps access."
    assert select(shown, f"[id='keep-{mark.key}']") == []


def test_remove_asks_first_and_changes_nothing(browser, mark, review):
    remove = select(browser.get(page(mark.group)), f"[id='remove-{mark.key}']")[0]

    asked = browser.get(remove.get("href"))

    assert "Remove Mark Johnson?" in row(asked, mark)
    assert [
        button.get("value") for button in select(asked, f"[id='review-{mark.key}'] button")
    ] == ["remove"]
    assert select(asked, f"[id='review-{mark.key}'] .ep-review-question[autofocus]")
    back = select(asked, f"[id='remove-{mark.key}']")[0]
    assert back.get("href") == f"{page(mark.group)}#review-{mark.key}"
    assert "Remove Mark Johnson?" not in row(browser.get(back.get("href")), mark)
    mark.refresh_from_db()
    assert mark.state == "active"


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-4000-8000-000000000000", ""])
def test_question_about_nobody_is_the_plain_list(browser, mark, review, key):
    shown = browser.get(f"{page(mark.group)}?remove={key}")

    assert shown.status_code == 200
    assert select(shown, ".ep-review-question") == []


def test_messages_have_a_place_that_an_answer_empties(browser, mark, review):
    answered = answer(browser, mark, "keep", **{"HX-Request": "true"})

    assert select(browser.get(page(mark.group)), "#page-messages")
    assert select(answered, "#page-messages[data-hx-swap-oob='true']")
    assert "delete:" not in answered.content.decode()


def test_removal_says_what_ended(browser, mark, review):
    theirs = Client()
    theirs.force_login(mark.user)
    theirs.get(f"/g/{mark.group.slug}/")

    answer(browser, mark, "remove")

    shown = browser.get(page(mark.group))
    assert text(shown, ".ep-messages") == (
        "Mark Johnson has no access any more. 1 open session ended."
        f" Confirmation {Transaction.objects.get().number}."
    )
    assert "Removed" in row(shown, mark)
    assert select(shown, f"[id='review-{mark.key}'] button") == []
    assert theirs.get(f"/g/{mark.group.slug}/").url.startswith("/sign-in/")


def test_htmx_gets_the_row_the_progress_and_words_for_a_screen_reader(browser, mark, review):
    response = answer(
        browser, mark, "keep", **{"HX-Request": "true", "HX-Target": f"review-{mark.key}"}
    )

    assert response.status_code == 200
    assert select(response, "h1, nav") == []
    assert select(response, ".ep-review-state[autofocus][tabindex='-1']")
    assert text(response, "#review-progress[data-hx-swap-oob]") == "1 of 1 decided"
    assert text(response, "#review-said[data-hx-swap-oob]") == (
        "Mark Johnson keeps access. 1 of 1 decided."
    )


def test_the_row_for_htmx_is_the_row_of_the_page(browser, mark, review):
    fragment = answer(browser, mark, "keep", **{"HX-Request": "true"})

    def words(response):
        return row(response, mark)

    assert words(fragment) == words(browser.get(page(mark.group)))


def test_a_page_that_is_not_up_to_date_changes_nothing(browser, mark, review):
    more = Access("billing_viewer", frozenset(with_needs(["billing_view"])))
    shown_version = mark.version
    grants.change_grant(mark, access=more, by=None)

    answer(browser, mark, "remove", version=shown_version)
    by_htmx = answer(browser, mark, "remove", version=shown_version, **{"HX-Request": "true"})

    mark.refresh_from_db()
    assert mark.state == "active"
    assert by_htmx["HX-Redirect"] == page(mark.group)
    assert "Somebody changed this access in the meantime" in text(
        browser.get(page(mark.group)), ".ep-messages"
    )


def test_what_changed_after_the_answer_is_asked_again(browser, mark, review):
    answer(browser, mark, "keep")
    grants.suspend_grant(mark, by=None, suspension="administrator")

    shown = browser.get(page(mark.group))

    assert "Changed since it was answered" in row(shown, mark)
    assert text(shown, "#review-progress") == "0 of 1 decided"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"grant": "nonsense", "decision": "keep", "version": "1"},
        {"grant": "00000000-0000-4000-8000-000000000000", "decision": "keep", "version": "1"},
        {"decision": "promote"},
        {"version": "-1"},
        {"version": "9" * 30},
    ],
)
def test_hand_made_answers_change_nothing(browser, mark, review, typed):
    data = (
        {"grant": mark.key, "decision": "keep", "version": mark.version, **typed} if typed else {}
    )

    response = browser.post(page(mark.group, "decide/"), data, follow=True)

    assert "not in the list any more" in text(response, ".ep-messages")
    assert AccessReviewItem.objects.count() == 0


def test_a_person_of_another_group_is_not_in_the_list(browser, mark, review):
    other = given(primary_of().group, "viewer")
    data = {"grant": other.key, "decision": "remove", "version": other.version}

    response = browser.post(page(mark.group, "decide/"), data, follow=True)

    other.refresh_from_db()
    assert other.state == "active"
    assert "not in the list any more" in text(response, ".ep-messages")


def test_other_administrators_read_with_the_reason(client, primary, mark, review):
    administrator = given(primary.group, "administrator", parent=primary)
    client.force_login(administrator.user)

    shown = client.get(page(primary.group))
    refused = answer(client, mark, "remove")
    finished = client.post(page(primary.group, "finish/"))

    mark.refresh_from_db()
    assert "Karen Mitchell confirms this list." in text(shown, ".ep-notice")
    assert select(shown, "main form") == []
    assert "No answer yet" in row(shown, mark)
    assert (refused.url, finished.url, mark.state) == (page(primary.group),) * 2 + ("active",)
    assert text(client.get(page(primary.group)), ".ep-messages").startswith(
        "Only a primary administrator confirms who has access."
    )
    assert AuditEvent.objects.filter(kind="accounts.delegation_refused").count() == 2
    assert AccessReview.objects.open().exists()


@pytest.mark.parametrize("end", ["", "decide/", "finish/", "2026-Q3/"])
def test_nobody_else_gets_in(client, primary, review, end):
    def status(user):
        client.force_login(user)
        method = client.post if end in {"decide/", "finish/"} else client.get
        return method(page(primary.group, end)).status_code

    unit = SubgroupFactory(group=primary.group)
    of_one_unit = given(primary.group, atoms=["users_manage"], units=[unit.pk], parent=primary)
    reader = given(primary.group, atoms=["users_view", "audit_view"], parent=primary)
    stranger = primary_of()

    assert [status(grant.user) for grant in (of_one_unit, reader, stranger)] == [403, 403, 404]


def test_confirming_leads_to_the_result(browser, primary, mark, review):
    gone = given(primary.group, "viewer", parent=primary, user=UserFactory(first_name="Ann"))
    answer(browser, mark, "keep")
    early = browser.post(page(primary.group, "finish/"), follow=True)
    answer(browser, gone, "remove")

    response = browser.post(page(primary.group, "finish/"), follow=True)

    assert "1 person still needs an answer" in text(early, ".ep-messages")
    assert response.redirect_chain[-1][0] == page(primary.group, "2026-Q4/")
    assert text(response, "h1") == "Access review to December 31, 2026 Done"
    assert "Karen Mitchell confirmed the list on Friday, November 20, 2026." in text(
        response, ".ep-title"
    )
    decisions = [
        item.text_content().strip() for item in select(response, "td[data-label='Decision']")
    ]
    assert decisions == ["Removed", "Keeps access"]
    assert select(response, "button[data-print]")


def test_a_result_is_there_once_the_review_is_done(browser, primary, review):
    assert browser.get(page(primary.group, "2026-Q4/")).url == page(primary.group)
    assert browser.get(page(primary.group, "2019-Q1/")).status_code == 404
    assert browser.get(page(primary.group, "nonsense/")).status_code == 404


def test_late_reviews_that_were_done_together_say_so(browser, primary, mark):
    for month in (5, 8):
        with time_machine.travel(datetime(2026, month, 1, tzinfo=UTC)):
            actions.open_reviews()
    shown = browser.get(page(primary.group))
    answer(browser, mark, "keep")
    browser.post(page(primary.group, "finish/"), follow=True)

    assert text(shown, "h1") == "Access review Late"
    assert "Was due Tuesday, June 30, 2026 (143 days late)." in text(shown, ".ep-title")
    assert "2026-Q2" in text(browser.get(page(primary.group, "2026-Q3/")), "main .ep-notice")
    listed = [link.text for link in select(browser.get(page(primary.group)), "tbody th a")]
    assert listed == ["September 30, 2026", "June 30, 2026"]


def test_without_a_review_the_page_says_when_one_comes(browser, primary):
    response = browser.get(page(primary.group))

    assert text(response, ".ep-empty h2") == "No review is open"
    assert "begins on Friday, January 1, 2027." in text(response, ".ep-empty")
    assert "finished" in text(
        browser.post(page(primary.group, "finish/"), follow=True), ".ep-messages"
    )


def statements(browser, path):
    """Return how many statements a page takes the second time, and the page."""
    browser.get(path)  # shows the message of the last answer
    with CaptureQueriesContext(connection) as found:
        response = browser.get(path)
    return len(found), response


def test_the_list_is_the_same_work_for_any_number_of_people(browser, primary, review):
    units = [SubgroupFactory(group=primary.group).pk for _ in range(2)]

    def answer_for_two():
        kept, gone = (given(primary.group, "viewer", parent=primary, units=units) for _ in range(2))
        answer(browser, kept, "keep")
        answer(browser, gone, "remove")

    answer_for_two()
    few, _page = statements(browser, page(primary.group))
    for _ in range(4):
        answer_for_two()
    many, response = statements(browser, page(primary.group))

    assert len(select(response, "#review-table tbody tr")) == 11
    assert many == few
    assert few <= 18


# --- The notice --------------------------------------------------------------------------------------


@pytest.fixture
def shown_notice(rf):
    """Return a function that asks for the notice as *user* gets it."""
    from accounts.reviews_due import notice_for
    from groups.access import rights_of

    def ask(user, group):
        request, rights = rf.get("/"), rights_of(user, group)
        request.user, request.group, request.viewed_as = user, group, None
        request.granted, request.units = rights.atoms, rights.units
        return notice_for(request)

    return ask


def test_the_notice_says_until_when_how_many_and_when_it_was_done_last(primary, mark, shown_notice):
    with time_machine.travel(datetime(2026, 9, 24, 16, tzinfo=UTC)):
        actions.open_reviews()
        last = AccessReview.objects.get()
        actions.decide(last, grant=mark, decision="keep", version=mark.version, by=primary.user)
        actions.complete(last, by=primary.user)
    given(primary.group, "viewer", parent=primary)
    actions.open_reviews()

    notice = shown_notice(primary.user, primary.group)

    assert notice.title == "Quarterly review: due Thursday, December 31 (in 6 weeks)"
    assert notice.text == (
        "Confirm that these 2 people still need their access. Last done September 24, 2026 by you."
    )
    assert (notice.tone, notice.button, notice.url) == ("", "Start review", page(primary.group))


def test_the_notice_names_whoever_else_did_it_last(primary, mark, shown_notice):
    other = primary_of(primary.group, user=UserFactory(first_name="Ruth", last_name="Delaney"))
    with time_machine.travel(datetime(2026, 9, 24, 16, tzinfo=UTC)):
        actions.open_reviews()
        last = AccessReview.objects.get()
        for grant in (mark, primary):
            actions.decide(last, grant=grant, decision="keep", version=grant.version, by=other.user)
        actions.complete(last, by=other.user)
    actions.open_reviews()

    notice = shown_notice(primary.user, primary.group)

    assert notice.text.endswith("Last done September 24, 2026 by Ruth Delaney.")


@pytest.mark.parametrize(
    ("now", "tone", "distance"),
    [
        (datetime(2026, 12, 17, 15, tzinfo=UTC), "", "(in 2 weeks)"),
        (datetime(2026, 12, 18, 15, tzinfo=UTC), "warn", "(in 13 days)"),
        (datetime(2026, 12, 30, 15, tzinfo=UTC), "warn", "(tomorrow)"),
        (datetime(2027, 1, 1, 4, tzinfo=UTC), "warn", "(today)"),
        (datetime(2027, 1, 1, 5, tzinfo=UTC), "bad", "was due Thursday, December 31 (1 day late)"),
        (datetime(2027, 1, 21, 15, tzinfo=UTC), "bad", "(21 days late)"),
    ],
)
def test_the_notice_grows_louder(primary, review, shown_notice, now, tone, distance):
    with time_machine.travel(now):
        notice = shown_notice(primary.user, primary.group)

    assert notice.tone == tone
    assert distance in notice.title


def test_the_notice_goes_on_where_one_stopped(browser, primary, mark, review, shown_notice):
    answer(browser, mark, "keep")

    assert shown_notice(primary.user, primary.group).button == "Continue review"


def test_the_notice_is_for_those_who_can_open_the_review(primary, review, shown_notice):
    unit = SubgroupFactory(group=primary.group)
    administrator = given(primary.group, "administrator", parent=primary)
    reader = given(primary.group, atoms=["users_view"], parent=primary)
    of_unit = given(primary.group, atoms=["users_manage"], units=[unit.pk], parent=primary)

    notice = shown_notice(administrator.user, primary.group)

    assert (notice.button, notice.text) == (
        "See the review", "Karen Mitchell confirms who still needs access.",
    )  # fmt: skip
    assert shown_notice(reader.user, primary.group) is None
    assert shown_notice(of_unit.user, primary.group) is None


def test_no_notice_while_nothing_waits(primary, mark, shown_notice):
    assert shown_notice(primary.user, primary.group) is None


# --- Staff -------------------------------------------------------------------------------------------

STAFF_LIST = "/staff/accounts/accessreview/"


def test_staff_see_which_reviews_are_late(primary, mark, review):
    staff = browser_of(staff_with("am_specialist"))
    in_time = staff.get("/staff/")
    with time_machine.travel(review.due_at + timedelta(days=3)):
        staff = browser_of(staff_with("am_specialist"))
        home, listed = staff.get("/staff/"), staff.get(f"{STAFF_LIST}?state=overdue")

    assert "Late access reviews" not in in_time.content.decode()
    assert "4 days late" in text(home, "[aria-labelledby=home-reviews] tbody tr")
    assert primary.group.name in text(home, "[aria-labelledby=home-reviews] tbody tr")
    assert "0 of 1" in text(listed, "tbody tr")
    assert text(listed, ".ep-staff-header a[href$='accessreview/']").endswith("1")


@pytest.mark.parametrize(
    ("state", "found"), [("overdue", 0), ("open", 1), ("done", 0), ("x", 1), ("", 1)]
)
def test_staff_filter_by_state(review, state, found):
    response = browser_of(staff_with("read_only")).get(
        STAFF_LIST, {"state": state} if state else {}
    )

    assert len(select(response, "tbody tr")) == found


def test_staff_read_a_review_that_is_done(primary, mark, review):
    actions.decide(review, grant=mark, decision="keep", version=mark.version, by=primary.user)
    actions.complete(review, by=primary.user)
    staff = browser_of(staff_with("read_only"))

    listed, shown = (
        staff.get(f"{STAFF_LIST}?state=done"),
        staff.get(f"{STAFF_LIST}{review.pk}/change/"),
    )

    assert "1 kept, 0 removed" in text(listed, "tbody tr")
    assert (
        "Mark Johnson: Keeps access (Viewer; billing units: ALL). Decided by Karen Mitchell."
        in text(shown, "main")
    )
    assert select(shown, "main form button[name=_save]") == []


def test_the_list_for_staff_is_the_same_work_for_any_number(review):
    staff = browser_of(staff_with("read_only"))
    few, _page = statements(staff, STAFF_LIST)
    for _ in range(4):
        given(primary_of().group, "viewer")
    actions.open_reviews()

    many, response = statements(staff, STAFF_LIST)

    assert len(select(response, "tbody tr")) == 5
    assert many == few


def test_staff_without_the_right_see_none(review):
    staff = browser_of(staff_with("billing_staff"))

    assert staff.get(STAFF_LIST).status_code == 403
    assert "Late access reviews" not in staff.get("/staff/").content.decode()
