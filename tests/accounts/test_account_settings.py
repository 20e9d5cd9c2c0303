"""Account settings: which letters about a group somebody wants, and that the letters respect it."""

import pytest
from django.test import Client

from accounts.actions.preferences import choose_letters
from accounts.models import GroupPreference
from accounts.notices import COPIES, write_to_primaries
from accounts.preferences import Letters, muted_by, wants
from groups.access import VIEW_AS
from groups.actions import transactions
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import EmployerGroupFactory, StaffFactory, TransactionFactory
from tests.html import select, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def primary():
    return primary_of()


@pytest.fixture
def group(primary):
    return primary.group


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def page(grant):
    return f"/g/{grant.group.slug}/settings/"


def boxes(response):
    return {
        box.get("name"): box.get("checked") is not None
        for box in select(response, "main input[type=checkbox]")
    }


def receivers(letter):
    return set(OutboundEmail.objects.filter(template=letter).values_list("to", flat=True))


# --- The page


def test_everything_is_on_until_somebody_switches_it_off(primary, group):
    viewer = given(group, "viewer", parent=primary)

    assert boxes(browser(primary.user).get(page(primary))) == {"announcements": True, "decisions": True, "access_copies": True}  # fmt: skip
    assert boxes(browser(viewer.user).get(page(viewer))) == {
        "announcements": True,
        "decisions": True,
    }


def test_saved_settings_stand_there_again_and_in_the_history(primary, group):
    client = browser(primary.user)

    saved = client.post(page(primary), {"announcements": "on", "access_copies": "on"}, follow=True)

    assert text(saved, ".ep-messages") == "Your settings are saved."
    assert boxes(saved) == {"announcements": True, "decisions": False, "access_copies": True}
    assert AuditEvent.objects.get(kind="accounts.preferences_changed").changes == {
        "muted": ["", "decisions"]
    }


def test_same_settings_again_change_nothing(primary):
    client = browser(primary.user)
    typed = {"announcements": "on", "decisions": "on", "access_copies": "on"}

    saved = client.post(page(primary), typed, follow=True)

    assert text(saved, ".ep-messages") == "Nothing was different."
    assert not AuditEvent.objects.filter(kind="accounts.preferences_changed").exists()


def test_each_group_has_its_own(primary, group):
    other = primary_of(EmployerGroupFactory(), user=primary.user)

    browser(primary.user).post(page(primary), {})

    assert not any(boxes(browser(primary.user).get(page(primary))).values())
    assert all(boxes(browser(primary.user).get(page(other))).values())


def test_each_person_has_their_own(primary, group):
    colleague = given(group, "viewer", parent=primary)

    browser(primary.user).post(page(primary), {})

    assert all(boxes(browser(colleague.user).get(page(colleague))).values())
    assert GroupPreference.objects.get().user == primary.user


def test_what_was_not_asked_stays_as_it_was(primary, group):
    viewer = given(group, "viewer", parent=primary)
    choose_letters(group, muted=[Letters.ACCESS_COPIES], by=viewer.user)

    browser(viewer.user).post(page(viewer), {"announcements": "on", "access_copies": "on"})

    assert GroupPreference.objects.get().muted == ["access_copies", "decisions"]


def test_page_says_what_always_comes(primary, group):
    viewer = given(group, "viewer", parent=primary)

    assert "emergency access" in text(browser(primary.user).get(page(primary)), "aside")
    assert "emergency access" not in text(browser(viewer.user).get(page(viewer)), "aside")
    assert "password" in text(browser(viewer.user).get(page(viewer)), "aside")


def test_nobody_sees_or_changes_the_settings_of_another(primary, group):
    viewer = given(group, "viewer", parent=primary)
    client = browser(primary.user)
    session = client.session
    session[VIEW_AS] = {group.slug: viewer.user_id}
    session.save()

    shown, sent = client.get(page(primary)), client.post(page(primary), {})

    assert "Everybody sees and changes only their own settings." in text(shown, "main")
    assert not select(shown, "main form")
    assert sent.status_code == 403
    assert not GroupPreference.objects.exists()


# --- What the letters make of it


def test_wants_is_of_one_kind_one_person_and_one_group(primary, group):
    choose_letters(group, muted=["decisions"], by=primary.user)

    assert not wants(primary.user, group, "decisions")
    assert wants(primary.user, group, "announcements")
    assert wants(primary.user, EmployerGroupFactory(), "decisions")
    assert muted_by("decisions", groups=[group.pk], users=[primary.user_id]) == {
        (primary.user_id, group.pk)
    }


@pytest.mark.parametrize("letter", sorted(COPIES))
def test_copies_go_to_the_primaries_who_want_them(primary, group, letter):
    second = primary_of(group)
    choose_letters(group, muted=["access_copies"], by=primary.user)

    write_to_primaries([group.pk], letter, key="test")

    assert receivers(letter) == {second.user.email}


def test_somebody_gets_the_copies_even_if_nobody_wants_them(primary, group):
    second, elsewhere = primary_of(group), primary_of()
    for grant in (primary, second):
        choose_letters(group, muted=["access_copies"], by=grant.user)

    write_to_primaries([group.pk, elsewhere.group_id], "accounts/access_notice", key="test")

    assert receivers("accounts/access_notice") == {
        primary.user.email,
        second.user.email,
        elsewhere.user.email,
    }


@pytest.mark.parametrize("letter", ["accounts/access_asked", "accounts/emergency_access", "accounts/review_due", "accounts/hand_over_notice"])  # fmt: skip
def test_what_must_be_known_comes_whatever_is_switched_off(primary, group, letter):
    primary_of(group)
    choose_letters(group, muted=Letters.values, by=primary.user)

    write_to_primaries([group.pk], letter, key="test")

    assert primary.user.email in receivers(letter)


@pytest.mark.parametrize(
    ("muted", "letters"), [([], 1), (["decisions"], 0), (["announcements"], 1)]
)
def test_decision_about_ones_change_is_written_to_whoever_wants_it(primary, group, muted, letters):
    waiting = TransactionFactory(group=group, status="pending", submitted_by=primary.user)
    choose_letters(group, muted=muted, by=primary.user)

    transactions.reject(
        waiting, reason="No such street.", by=StaffFactory(), version=waiting.version
    )

    assert OutboundEmail.objects.filter(template="groups/transaction_rejected").count() == letters
