"""Staff resolve a report, once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.staff_roles import sync_staff_roles
from messaging import actions
from messaging.models import IssueReport
from portal.models import AuditEvent, OutboundEmail
from tests.factories import StaffFactory
from tests.html import errors, select, text

LIST = "/staff/messaging/issuereport/"


def report(number="ISS-261117-0001", hours=5, **fields):
    return IssueReport.objects.create(
        number=number,
        category="page",
        description="<b>White</b> page",
        name="Teresa Quinn",
        email="tquinn@cedarworks.example",
        due_at=timezone.now() + timedelta(hours=hours),
        **fields,
    )


def staff(role="am_specialist", **fields):
    user = StaffFactory(**fields)
    user.groups.add(sync_staff_roles()[role])
    return user


@pytest.fixture
def specialist(client, db):
    user = staff()
    client.force_login(user)
    return user


def test_resolving_closes_notes_and_tells_the_reporter(client, specialist):
    found = report()

    page = client.post(f"{LIST}{found.pk}/resolve/", {"note": "Cache emptied."}, follow=True)

    found.refresh_from_db()
    assert (found.state, found.resolved_by, found.staff_note) == (
        "resolved",
        specialist,
        "Cache emptied.",
    )
    assert "ISS-261117-0001 is resolved" in text(page, ".ep-messages")
    letter = OutboundEmail.objects.get()
    assert (letter.to, letter.template, letter.context) == (
        found.email,
        "messaging/issue_resolved",
        {"number": found.number},
    )
    event = AuditEvent.objects.get(kind="messaging.issue_resolved")
    assert (event.actor_key, event.changes, event.note) == (
        specialist.pk,
        {"state": ["open", "resolved"]},
        "",
    )


def test_second_staff_member_is_told_who_was_first(client, specialist):
    found = report()
    first = staff(first_name="Bea", last_name="Hart")
    actions.resolve_issue(found, note="Done.", by=first)

    page = client.post(f"{LIST}{found.pk}/resolve/", {"note": "Mine."}, follow=True)

    found.refresh_from_db()
    assert "Bea Hart resolved ISS-261117-0001 on" in text(page, ".ep-messages")
    assert (found.resolved_by, found.staff_note) == (first, "Done.")
    assert OutboundEmail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_one_succeeds():
    found, people, together, results = report(), [staff(), staff()], Barrier(2), []

    def act(person):
        together.wait()
        try:
            actions.resolve_issue(found, note=str(person.pk), by=person)
            results.append("done")
        except ValidationError as error:
            results.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=act, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["done", "resolved"]
    assert AuditEvent.objects.filter(kind="messaging.issue_resolved").count() == 1
    assert OutboundEmail.objects.count() == 1


def test_a_note_is_required(client, specialist):
    found = report()

    page = client.post(f"{LIST}{found.pk}/resolve/", {"note": " "})

    assert errors(page) == ["Say what was done"]
    assert IssueReport.objects.get().state == "open"


def test_readers_see_but_do_not_resolve(client, db):
    found = report()
    client.force_login(staff("read_only"))

    assert not select(client.get(f"{LIST}{found.pk}/change/"), "a[href$='/resolve/']")
    assert client.post(f"{LIST}{found.pk}/resolve/", {"note": "x"}).status_code == 403
    assert IssueReport.objects.get().state == "open"


def test_staff_without_the_right_see_nothing(client, db):
    client.force_login(StaffFactory())

    assert client.get(LIST).status_code == 403


def test_list_is_sorted_by_the_promise_with_marks(client, specialist):
    report("ISS-1", hours=100)
    report("ISS-2", hours=-30)
    done = report("ISS-3", hours=-50)
    actions.resolve_issue(done, note="x", by=specialist)

    page = client.get(LIST)

    assert [link.text_content() for link in select(page, "main tbody th a")] == [
        "ISS-2",
        "ISS-1",
        "ISS-3",
    ]
    marks = [cell.text_content() for cell in select(page, "main td[data-label='Answer due']")]
    assert "late" in marks[0]
    assert marks[2].strip() in {"", "–"}


@pytest.mark.parametrize(
    ("chosen", "numbers"), [("late", ["ISS-2"]), ("later", ["ISS-1"]), ("today", [])]
)
def test_filter_by_due(client, specialist, chosen, numbers):
    report("ISS-1", hours=100)
    report("ISS-2", hours=-30)
    report("ISS-3", hours=-50, state="resolved")

    page = client.get(LIST, {"due": chosen})

    found = [link.text_content() for link in select(page, "main tbody th a")]
    assert found == numbers


def test_search_finds_by_number(client, specialist):
    report("ISS-1")
    report("ISS-2")

    page = client.get(LIST, {"q": "ISS-2"})

    assert [link.text_content() for link in select(page, "main tbody th a")] == ["ISS-2"]


def test_report_is_shown_escaped_and_cannot_be_edited(client, specialist):
    found = report()

    page = client.get(f"{LIST}{found.pk}/change/")

    assert b"&lt;b&gt;White&lt;/b&gt; page" in page.content
    assert not select(page, "textarea, input[type=text]")
    assert select(page, "a[href$='/resolve/']")


def test_staff_home_lists_what_is_due_first(client, specialist):
    report("ISS-1", hours=9)
    report("ISS-2", hours=3)

    page = client.get("/staff/")

    assert [link.text_content() for link in select(page, "[aria-labelledby=issues] tbody a")] == [
        "ISS-2",
        "ISS-1",
    ]


def test_list_takes_the_same_queries_for_one_and_for_three(client, specialist):
    client.get(LIST)  # what a process asks once
    counts = []
    for count in (1, 3):
        for number in range(count):
            report(f"ISS-{count}{number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))

    assert counts[0] == counts[1]
