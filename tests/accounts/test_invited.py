"""Who was invited: address and code, then an account that opens exactly what was given."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.access_codes import normalize
from accounts.actions.codes import issue_code
from accounts.actions.delegation import add_user, resend_invitation
from accounts.actions.grants import offer_grant, revoke_grant, suspend_grant
from accounts.authority import Access
from accounts.models import AccessCode, Grant, User
from groups.atoms import with_needs
from portal import mail
from portal.models import OutboundEmail
from portal.tasks import tidy_up
from tests.access import given, primary_of
from tests.accounts.steps import secret
from tests.accounts.test_key_views import ACCOUNT, wrong_digits
from tests.factories import SubgroupFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
ADDRESS = "mark.johnson@cedarworks.example"


@pytest.fixture
def boss():
    return primary_of()


@pytest.fixture
def unit(boss):
    return SubgroupFactory(group=boss.group, code="0002", name="Plant")


@pytest.fixture
def key(boss, unit):
    """Return the code that the boss had sent to Mark, who may see the bills of one billing unit."""
    return invite(boss, units=[unit.pk])


def invite(boss, *, email=ADDRESS, role="custom", atoms=("billing_view",), **more):
    grant = add_user(
        boss.group,
        first_name="Mark",
        last_name="Johnson",
        email=email,
        role=role,
        atoms=atoms,
        by=boss.user,
        **more,
    )
    letter = OutboundEmail.objects.get(key=f"accounts.access_key:{grant.codes.get().pk}")
    return secret(letter)["access_key"]


def enter(client, key, email=ADDRESS):
    return client.post("/register/invited/", {"email": email, "access_key": key}, follow=True)


def redeem(client, key):
    return client.post("/enter-access-code/", {"access_key": key}, follow=True)


def test_from_the_letter_to_exactly_what_was_given(client, boss, key):
    review = enter(client, key.replace("-", " "), ADDRESS.upper())
    form = client.post("/register/key/review/", follow=True)
    check = client.post("/register/account/", ACCOUNT, follow=True)
    done = client.post("/register/account/review/", follow=True)

    assert "See bills" in text(review, ".ep-review")
    assert "0002 Plant" in text(review, ".ep-review")
    assert text(form, "h1") == "Create your account"
    assert "Massachusetts" in text(check, ".ep-review")
    assert text(done, "h1") == "Your account is ready"
    assert "See bills" in text(done, ".ep-review")
    assert "Continue to your group" in text(done, ".ep-actions")
    for page in (review, form, check, done):  # colleagues send codes, the carrier sends keys
        assert not re.search(r"\bkeys?\b", text(page, "main"), re.IGNORECASE)
    home = client.get("/home/", follow=True)
    assert home.redirect_chain[-1][0] == f"/g/{boss.group.slug}/"
    assert client.get(f"/g/{boss.group.slug}/users/").status_code == 403


def test_the_account_holds_what_the_seed_asks_for(client, key):
    enter(client, key)
    typed = {**ACCOUNT, "middle_initial": "J", "company": "Summit Brokers", "region": "MA"}
    client.post("/register/account/", typed)
    client.post("/register/account/review/")

    user = User.objects.get(email=ADDRESS)
    assert (user.middle_initial, user.company, user.region) == ("J", "Summit Brokers", "MA")


def test_what_the_inviter_typed_fills_the_form_and_the_address_is_shown_masked(client, boss, key):
    enter(client, key)

    page = client.get("/register/account/")

    filled = {
        name: select(page, f"#id_{name}")[0].get("value")
        for name in ("first_name", "last_name", "company")
    }
    assert filled == {
        "first_name": "Mark",
        "last_name": "Johnson",
        "company": boss.group.name,
    }
    assert select(page, "#id_region option[selected]")[0].get("value") == boss.group.region
    assert "m•••••@cedarworks.example" in text(page, ".ep-readonly")
    assert ADDRESS not in page.content.decode()


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("region", "Choose your region."),
        ("company", "Enter the name of your company, or of your brokerage firm."),
    ],
)
def test_region_and_company_are_required(client, key, missing, message):
    enter(client, key)

    assert errors(client.post("/register/account/", {**ACCOUNT, missing: ""})) == [message]


def test_a_code_of_another_address_sounds_like_no_code(client, key):
    other = errors(enter(client, key, "other@cedarworks.example"))
    none = errors(enter(client, wrong_digits(key)))

    assert other == none
    assert " ".join(other) == (
        "This email address and this access code do not fit together."
        " Compare both with the email that brought the code."
    )


def guess_from(addresses, key, tries=1):
    """Enter *tries* wrong codes from each of *addresses*, each in a new browser."""
    for address in addresses:
        for _ in range(tries):
            assert enter(Client(REMOTE_ADDR=address), wrong_digits(key)).status_code == 200


def test_one_stranger_cannot_lock_an_invitation(client, key):
    guess_from(["198.51.100.7"], key, tries=9)

    assert text(enter(client, key), "h1") == "Your code fits"


def test_nor_from_the_many_addresses_of_one_line(client, key):
    guess_from([f"2001:db8::{number}" for number in range(1, 8)], key)

    assert text(enter(client, key), "h1") == "Your code fits"


def test_nor_day_after_day(client, key):
    start = timezone.now()
    for day in range(7):
        with time_machine.travel(start + timedelta(days=day, minutes=-1), tick=False):
            guess_from(["198.51.100.7"], key, tries=4)
            tidy_up()

    with time_machine.travel(start + timedelta(days=6, hours=23), tick=False):
        assert text(enter(client, key), "h1") == "Your code fits"


def test_who_is_locked_out_is_told_and_gets_a_new_code(client, boss, key):
    guess_from([f"198.51.100.{number}" for number in range(5)], key)
    letter = OutboundEmail.objects.get(template="accounts/access_key_locked")
    _subject, body, _html = mail.render(letter)
    grant = Grant.objects.get(email=ADDRESS)
    resend_invitation(grant, version=grant.version, by=boss.user)
    again = OutboundEmail.objects.filter(template="accounts/invitation").latest("pk")

    assert letter.to == ADDRESS
    assert "The administrator who invited you can send a new one." in body
    assert text(enter(client, secret(again)["access_key"]), "h1") == "Your code fits"


def test_wrong_codes_from_five_places_lock_the_invitation_of_that_address_alone(client, boss, key):
    second = invite(boss, email="second@cedarworks.example")
    guess_from([f"198.51.100.{number}" for number in range(5)], key)

    assert " ".join(errors(enter(client, key))) == (
        "This access code is locked after too many wrong tries."
        " Ask the primary administrator of the group for a new one."
    )
    assert text(enter(client, second, "second@cedarworks.example"), "h1") == "Your code fits"


def test_ten_wrong_codes_slow_the_visitor_down_wherever_they_are_entered(client, key):
    for number in range(10):
        enter(client, wrong_digits(key), f"nobody{number}@cedarworks.example")

    assert enter(client, key).status_code == 429
    client.force_login(UserFactory())
    assert redeem(client, key).status_code == 429


def test_wrong_codes_of_one_visitor_do_not_slow_down_another(client, key):
    for number in range(10):
        enter(client, wrong_digits(key), f"nobody{number}@cedarworks.example")

    elsewhere = client.__class__(REMOTE_ADDR="198.51.100.7")
    assert text(enter(elsewhere, key), "h1") == "Your code fits"


def test_too_few_digits_and_no_address(client):
    page = enter(client, "1234", "")

    assert errors(page) == [
        "Enter the email address that the code was sent to.",
        "An access code has 16 digits. You entered 4.",
    ]
    assert select(page, "#id_access_key")[0].get("value") == "1234"


def test_who_has_an_account_signs_in_and_enters_the_code_there(client, boss, key):
    user = UserFactory(email=ADDRESS)
    review = enter(client, key)
    leads_to = client.post("/register/key/review/").url
    client.force_login(user)
    page = redeem(client, key)

    assert "has an account" in text(review, "main form")
    assert leads_to == "/enter-access-code/"
    assert text(page, ".ep-notice--ok, [role=status]").endswith(
        f"In {boss.group.name} you can see bills for 0002 Plant."
    )
    assert page.redirect_chain[-1][0] == f"/g/{boss.group.slug}/"


def test_a_deactivated_account_is_sent_to_the_phone(client, key):
    UserFactory(email=ADDRESS, is_active=False)

    page = enter(client, key)
    again = client.post("/register/key/review/")

    assert "is deactivated" in text(page, ".ep-notice[role=alert]")
    assert again.status_code == 200
    assert select(page, "form[action='/register/account/'], main form button") == []
    client.post("/register/account/", ACCOUNT)
    refused = client.post("/register/account/review/")
    assert "is deactivated" in text(refused, ".ep-notice[role=alert]")


def test_signed_in_people_enter_the_code_alone(client):
    client.force_login(UserFactory())

    assert client.get("/register/invited/").url == "/enter-access-code/"


def test_the_way_back_is_the_way_they_came(client, boss, key):
    enter(client, key)
    AccessCode.objects.update(state=AccessCode.State.REVOKED)

    assert client.get("/register/key/review/").url == "/register/invited/"


def test_a_code_is_good_by_group_id_too(client, boss, key):
    client.post(
        "/register/",
        {"identified_by": "group_id", "identifier": boss.group.group_id, "has_key": "yes"},
    )
    page = client.post("/register/key/", {"access_key": key}, follow=True)

    assert text(page, "h1") == "Your key fits"
    AccessCode.objects.update(state=AccessCode.State.REVOKED)
    assert client.get("/register/key/review/").url == "/register/key/"


def test_another_code_forgets_what_was_typed_for_the_first(client, boss, key):
    enter(client, key)
    client.post("/register/account/", ACCOUNT)
    second = invite(boss, email="second@cedarworks.example")
    enter(client, second, "second@cedarworks.example")

    assert client.get("/register/account/review/").url == "/register/account/"


def test_an_account_typed_before_the_form_asked_for_the_region(client, key):
    enter(client, key)
    client.post("/register/account/", ACCOUNT)
    session = client.session
    del session["key_account"]["region"]
    session.save()

    assert client.get("/register/account/review/").url == "/register/account/"


def test_the_letter_says_where_to_register(boss, key):
    letter = OutboundEmail.objects.get(template="accounts/invitation")

    _subject, body, _html = mail.render(letter)
    assert "/register/invited/" in body
    assert "/enter-access-code/" in body
    assert ADDRESS not in body


# --- Redeeming with an account: every refusal in words at the field, and nothing changed


def signed_in(client, **more):
    user = UserFactory(email=ADDRESS, **more)
    client.force_login(user)
    return user


def is_refused(client, key, words):
    page = redeem(client, key)
    assert page.status_code == 200
    assert words in errors(page)[0]
    assert AccessCode.objects.filter(state=AccessCode.State.REDEEMED).count() == 0


def test_older_access_is_replaced_and_the_message_says_what_holds_now(client, boss, unit):
    older = given(boss.group, "viewer", user=signed_in(client), parent=boss)
    key = invite_again(boss, unit)

    page = redeem(client, key)

    assert f"In {boss.group.name} you can see bills for 0002 Plant." in page.content.decode()
    older.refresh_from_db()
    assert older.state == Grant.State.REVOKED


def invite_again(boss, unit):
    """Return a code for somebody who got access by another way after they were invited."""
    access = Access("custom", with_needs({"billing_view"}), frozenset({unit.pk}))
    grant = offer_grant(
        boss.group,
        email=ADDRESS,
        role="custom",
        access=access,
        source=Grant.Source.DELEGATION,
        parent=boss,
        by=boss.user,
    )
    code = issue_code(grant, by=boss.user)
    return secret(OutboundEmail.objects.get(key=f"accounts.access_key:{code.pk}"))["access_key"]


def test_the_last_primary_administrator_keeps_the_role(client):
    unit = SubgroupFactory()
    boss = primary_of(unit.group, user=signed_in(client))
    key = invite_again(boss, unit)

    is_refused(client, key, "You are the last primary administrator of this group")


def test_deactivated_access_stays_deactivated(client, boss, unit):
    user = signed_in(client)
    held = given(boss.group, "viewer", user=user, parent=boss)
    key = invite_again(boss, unit)
    suspend_grant(held, by=boss.user, suspension=Grant.Suspension.ADMINISTRATOR)

    is_refused(client, key, "Your access to this group is deactivated")


def test_access_that_ended_while_it_waited(client, boss):
    signed_in(client)
    tomorrow = timezone.localdate() + timedelta(days=1)
    key = invite(boss, last_day=tomorrow)

    with time_machine.travel(timezone.now() + timedelta(days=3)):
        client.force_login(User.objects.get(email=ADDRESS))
        is_refused(client, key, "has ended already")


def test_an_invitation_that_was_taken_back(client, boss, key):
    signed_in(client)
    revoke_grant(Grant.objects.get(email=ADDRESS), by=boss.user)

    is_refused(client, key, "was replaced or withdrawn")


def test_a_code_sent_to_another_address(client, key):
    client.force_login(UserFactory())

    is_refused(client, key, "another email address")


def test_used_twice(client, key):
    signed_in(client)
    redeem(client, key)

    page = redeem(client, key)

    assert errors(page) == ["This access code has been used. Sign in with the account it opened."]
    assert normalize(key) not in page.content.decode().replace(key, "")
