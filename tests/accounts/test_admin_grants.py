"""Grants on the staff side: what is shown, and taking one away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import agencies
from accounts.actions.emergency import break_glass
from accounts.actions.grants import offer_grant
from accounts.actions.imports import commit_import, prepare_import
from accounts.models import AccessCode, Grant
from accounts.old_users import OldUser
from accounts.tasks import take_over_imports
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory, SubgroupFactory, UserFactory, issued_key
from tests.html import select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
GRANTS = "/staff/accounts/grant/"
REASON = "Left the company in October."


@pytest.fixture
def boss():
    return staff_with("am_supervisor", first_name="Ben", last_name="Whitaker")


@pytest.fixture
def browser(boss):
    return browser_of(boss)


@pytest.fixture
def cedar():
    return EmployerGroupFactory(group_id="20418A", name="Cedar Ridge")


def page_of(grant):
    return f"{GRANTS}{grant.pk}/change/"


def facts(page):
    terms, values = select(page, "dt"), select(page, "dd")
    return {
        term.text_content(): " ".join(value.text_content().split())
        for term, value in zip(terms, values, strict=True)
    }


def take_away(browser, grant, reason=REASON, **typed):
    grant.refresh_from_db()
    data = {"reason": reason, "version": grant.version, **typed}
    return browser.post(f"{GRANTS}{grant.pk}/revoke/", data, follow=True)


def test_the_page_says_everything(browser, cedar):
    primary = primary_of(
        cedar, UserFactory(username="karen", first_name="Karen", last_name="Mitchell")
    )
    unit = SubgroupFactory(group=cedar, code="0002", name="Plant")
    grant = given(
        cedar, "custom", atoms={"billing_view", "messages_read"}, units=[unit.pk], parent=primary,
        ends_at=timezone.now() + timedelta(days=5), user=UserFactory(username="mjohnson"),
    )  # fmt: skip
    Grant.objects.filter(pk=grant.pk).update(orphaned_at=timezone.now())

    page = browser.get(page_of(grant))

    shown = facts(page)
    assert text(page, "h1") == "Teresa Quinn: Custom, Cedar Ridge"
    assert (shown["State"], shown["Person"], shown["Billing units"]) == (
        "Active",
        "Teresa Quinn",
        "0002 Plant",
    )
    assert (shown["Answers for it"], shown["Given by"]) == ("Karen Mitchell", "Karen Mitchell")
    assert (shown["Source"], shown["Agency"]) == ("Given by a colleague", "–")
    assert shown["Review"].startswith("Whoever gave it has less access since ")
    assert shown["Review"].endswith("keeps, changes or removes it.")
    rights = [" ".join(" ".join(row.itertext()).split()) for row in select(page, "tbody tr")]
    assert rights == ["Billing See bills", "Messages Read messages"]
    assert select(page, f"a[href='{GRANTS}{grant.pk}/history/']")
    above = browser.get(page_of(primary))
    assert "Teresa Quinn Custom Active" in " ".join(
        " ".join(select(above, "main")[0].itertext()).split()
    )
    assert facts(above)["Answers for it"] == "We do"


def test_a_stopped_agency_and_an_emergency_say_why(browser, boss, cedar):
    harbor = agencies.create_agency(name="Harbor", npn="", city="", state="", by=boss)
    broker = given(cedar, "broker_view", agency=harbor)
    emergency = break_glass(cedar, reason="The file came in twice.", by=boss)
    agencies.stop_agency(harbor, reason=REASON, by=boss)

    page = browser.get(page_of(broker))

    assert facts(page)["State"] == "Deactivated with all access of the agency"
    assert facts(page)["Agency"] == "Harbor"
    page = browser.get(page_of(emergency))
    assert "The file came in twice." in text(page, ".ep-notice")
    assert select(page, "form[action$='/end-emergency/']")


def test_the_list_is_narrowed(browser, boss, cedar):
    harbor = agencies.create_agency(name="Harbor", npn="", city="", state="", by=boss)
    mark = given(cedar, "viewer", user=UserFactory(first_name="Mark", last_name="Johnson"))
    given(EmployerGroupFactory(), "broker_full", agency=harbor)
    offer_grant(cedar, email="new@cedar.example", role="viewer", last_name="Novak", by=None)
    given(cedar, "viewer", ends_at=timezone.now() + timedelta(seconds=5))
    users = [
        OldUser(line=2, name="Ann Lee", email="o@c.example", group="20418A", old_role="Wizard")
    ]
    commit_import(prepare_import("x.csv", users=users, by=boss), by=boss)
    take_over_imports()
    Grant.objects.filter(ends_at__isnull=False).update(
        created_at=timezone.now() - timedelta(days=2), ends_at=timezone.now() - timedelta(days=1)
    )

    def found(**query):
        return len(select(browser.get(GRANTS, query), "tbody tr"))

    assert found() == 5
    assert found(q="Mark Johnson") == found(q="mark") == 1
    assert found(q="Novak") == found(q="new@ced") == 1
    assert found(q="20418a") == found(group="20418A") == 4
    assert (found(state="expired"), found(state="active"), found(state="pending")) == (1, 2, 2)
    assert (found(source="import"), found(review="open")) == (1, 1)
    assert (found(role__exact="broker_full"), found(agency=harbor.pk)) == (1, 1)
    assert found(person=mark.user.pk) == 1
    for odd in ("x", "-1", "9" * 30, "%00", "²"):
        assert found(agency=odd) in {0, 5}
        assert found(person=odd) in {0, 5}
        assert found(group=odd) in {0, 5}


def test_taking_access_away(browser, boss, cedar):
    primary, grant = primary_of(cedar), given(cedar, "viewer")
    theirs = browser_of(grant.user)
    theirs.get(f"/g/{cedar.slug}/")
    asked = browser.get(f"{GRANTS}{grant.pk}/revoke/")
    assert "1 open session ends." in text(asked, ".ep-effect")

    page = take_away(browser, grant)

    grant.refresh_from_db()
    assert grant.state == "revoked"
    assert text(page, ".ep-messages") == "Taken away. 1 session ended."
    assert theirs.get(f"/g/{cedar.slug}/").url.startswith("/sign-in/")
    event = AuditEvent.objects.get(kind="accounts.access_revoked")
    assert (event.note, event.group_key, event.actor_key) == (REASON, cedar.pk, boss.pk)
    letters = {letter.template: letter.to for letter in OutboundEmail.objects.all()}
    assert letters["accounts/access_revoked"] == grant.user.email
    assert letters["accounts/access_notice"] == primary.user.email
    for letter in OutboundEmail.objects.all():
        assert REASON not in "".join(mail.render(letter))
    assert not select(page, "a[href$='/revoke/']")


def test_an_invitation_dies_with_its_key(browser, cedar):
    grant = offer_grant(cedar, email="new@cedar.example", role="viewer", by=None)
    code, _key = issued_key(grant)

    take_away(browser, grant)

    code.refresh_from_db()
    assert code.state == AccessCode.State.REVOKED


def test_the_last_primary_administrator_stays(browser, cedar):
    primary = primary_of(cedar)

    asked = browser.get(f"{GRANTS}{primary.pk}/revoke/")
    page = take_away(browser, primary)

    assert "last primary administrator" in text(asked, ".ep-notice")
    assert not select(asked, "main form textarea")
    assert "last primary administrator" in text(page, "[data-error-summary]")
    assert REASON in text(page, "textarea")
    primary.refresh_from_db()
    assert primary.state == "active"


def test_one_of_two_primary_administrators_may_go(browser, cedar):
    first, _second = primary_of(cedar), primary_of(cedar)

    take_away(browser, first)

    first.refresh_from_db()
    assert first.state == "revoked"


@pytest.mark.parametrize("version", ["", "0", "x", "99", "9" * 40])
def test_a_stale_page_is_refused_and_can_be_sent_again(browser, cedar, version):
    grant = given(cedar, "viewer")

    page = take_away(browser, grant, version=version)

    grant.refresh_from_db()
    assert grant.state == "active"
    assert text(page, "title").startswith("Error:")
    assert REASON in text(page, "textarea")
    assert select(page, "main input[name=version]")[0].get("value") == str(grant.version)


def test_a_reason_is_needed(browser, cedar):
    grant = given(cedar, "viewer")

    page = take_away(browser, grant, reason="bye")

    assert "Write at least 10 characters" in text(page, "[data-error-summary]")
    grant.refresh_from_db()
    assert grant.state == "active"


def test_taken_away_twice(browser, cedar):
    grant = given(cedar, "viewer")
    take_away(browser, grant)

    page = take_away(browser, grant)

    assert "Nothing was done twice." in text(page, "[data-error-summary]")
    assert OutboundEmail.objects.filter(template="accounts/access_revoked").count() == 1


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "billing_staff"])
def test_who_may_not(role, cedar):
    grant = given(cedar, "viewer")
    browser = browser_of(staff_with(role))

    page = browser.get(page_of(grant))

    assert page.status_code == 200
    assert not select(page, "a[href$='/revoke/']")
    assert browser.get(f"{GRANTS}{grant.pk}/revoke/").status_code == 403
    assert take_away(browser, grant).status_code == 403
    grant.refresh_from_db()
    assert grant.state == "active"


def test_system_administrators_may(cedar):
    grant = given(cedar, "viewer")

    take_away(browser_of(staff_with("system_admin")), grant)

    grant.refresh_from_db()
    assert grant.state == "revoked"


def test_a_key_of_an_invitation_is_sent_again_as_an_invitation(cedar):
    grant = offer_grant(cedar, email="n@c.example", role="viewer", source="delegation", by=None)
    code, _key = issued_key(grant)

    browser_of(staff_with("am_specialist")).post(f"/staff/accounts/accesscode/{code.pk}/replace/")

    assert (
        list(OutboundEmail.objects.values_list("template", flat=True))
        == ["accounts/invitation"] * 2
    )
