import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.actions import profile as actions
from accounts.models import SignInSeal, TermsAcceptance, User
from portal.models import AuditEvent
from tests.accounts.steps import confirm_person, latest_code, letters, secret, sign_in
from tests.factories import PASSWORD, StaffFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db

PARTICULARS = {
    "first_name": "Teresa",
    "middle_initial": "M",
    "last_name": "Quinn-O'Neil",
    "title": "Benefits manager",
    "phone": "(413) 555-0114",
    "company": "Cedar Ridge Logistics",
}


@pytest.fixture
def user():
    return UserFactory(username="tquinn")


@pytest.fixture
def inside(client, user):
    sign_in(client, user)
    return client


def last_event():
    return AuditEvent.objects.first()


def test_profile_is_saved_and_written_down_without_personal_values(inside, user):
    page = inside.post("/profile/", PARTICULARS, follow=True)
    user.refresh_from_db()
    event = last_event()

    assert "Your profile is saved." in text(page, ".ep-messages")
    assert (user.last_name, user.phone, user.company) == (
        "Quinn-O'Neil",
        "4135550114",
        "Cedar Ridge Logistics",
    )
    assert event.kind == "accounts.profile_edited"
    assert event.changes["company"] == ["…", "…"]
    assert event.changes["last_name"] == ["…", "…"]
    assert "first_name" not in event.changes


def test_nothing_changed_writes_nothing(user):
    same = {field: getattr(user, field) for field in actions.PROFILE_FIELDS}

    actions.edit_profile(user, **same, by=user)

    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("first_name", "", "Enter your first name."),
        ("last_name", "<b>Quinn</b>", "Use letters, spaces, apostrophes, hyphens and periods."),
        ("middle_initial", "7", "Enter one letter."),
        ("phone", "555", "Enter a US phone number with 10 digits, such as 413-555-0114."),
        (
            "title",
            "Boss\u202e",
            "Remove the invisible characters: copy the text without its formatting.",
        ),
    ],
)
def test_profile_says_what_is_wrong_and_keeps_what_was_typed(inside, field, value, problem):
    page = inside.post("/profile/", {**PARTICULARS, field: value})

    assert errors(page) == [problem]
    assert select(page, "#id_company")[0].get("value") == "Cedar Ridge Logistics"
    assert text(page, "title").startswith("Error:")


@pytest.mark.parametrize(
    "junk", ["", "a\x00b", "\u202eabc", "<script>alert(1)</script>", "😀", "a" * 100_000]
)
@pytest.mark.parametrize(
    "path",
    ["/profile/", "/account/email/", "/account/password/change/", "/account/reauthenticate/"],
)
def test_junk_is_answered_with_a_page(inside, path, junk):
    fields = [
        *PARTICULARS,
        "email",
        "oldpassword",
        "password1",
        "password2",
        "password",
        "action_add",
    ]
    response = inside.post(path, dict.fromkeys(fields, junk))

    assert response.status_code in {200, 302}


# --- Sign-in Seal ------------------------------------------------------------------------------


def test_seal_is_changed_after_the_password_was_asked_for_again(inside, user):
    asked = inside.get("/profile/seal/")
    page = confirm_person(inside, "/profile/seal/")
    inside.post("/profile/seal/", {"picture": "owl", "phrase": "Owls at midnight"})
    seal = SignInSeal.objects.get(user=user)

    assert asked.url.startswith("/account/reauthenticate/")
    assert text(page, "h1") == "Your Sign-in Seal"
    assert (seal.picture, seal.phrase) == ("owl", "Owls at midnight")
    assert "owl" not in str(last_event().__dict__).lower().replace("unknown", "")
    assert letters("seal_changed")[0].to == user.email


def test_seal_page_offers_at_least_24_pictures_with_words(inside):
    page = confirm_person(inside, "/profile/seal/")
    pictures = select(page, ".ep-tiles--pictures img")

    assert len(pictures) >= 24
    assert all(len(picture.get("alt")) > 10 for picture in pictures)
    assert select(page, "input[name=picture][checked]")[0].get("value") == "lighthouse"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"picture": "no-such"}, "Select a valid choice"),
        ({"picture": ""}, "Choose a picture."),
        ({"phrase": "ab"}, "at least 3 characters"),
        ({"phrase": "a" * 61}, "at most 60 characters"),
    ],
)
def test_bad_seal_changes_nothing(inside, user, change, problem):
    confirm_person(inside, "/profile/seal/")
    page = inside.post("/profile/seal/", {"picture": "owl", "phrase": "Owls", **change})

    assert problem in errors(page)[0]
    assert SignInSeal.objects.get(user=user).picture == "lighthouse"


# --- Password ----------------------------------------------------------------------------------


def change_password(client, **change):
    new = "seven brown owls 3"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new, **change}
    return client.post("/account/password/change/", data, follow=True)


def test_password_is_changed_and_told_by_mail(inside, user):
    page = change_password(inside)

    assert "Your password is changed." in text(page, ".ep-messages")
    assert User.objects.get().check_password("seven brown owls 3")
    assert letters("password_changed")[0].to == user.email
    assert last_event().kind == "accounts.password_changed"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"oldpassword": "wrong"}, "This is not your current password."),
        ({"password2": "something else 99"}, "You must type the same password each time."),
    ],
)
def test_password_is_not_changed_by_mistake(inside, change, problem):
    page = change_password(inside, **change)

    assert errors(page) == [problem]
    assert User.objects.get().check_password(PASSWORD)


# --- E-mail address ----------------------------------------------------------------------------


def ask_for_address(client, email):
    """Ask for another address; the password is asked for first, then the request goes on by itself."""
    asked = client.post("/account/email/", {"email": email, "action_add": "1"})
    return client.post(asked.url, {"password": PASSWORD}, follow=True)


def test_new_address_is_confirmed_by_code_and_told_to_the_old_one(inside, user):
    page = ask_for_address(inside, "teresa@cedarworks.example")
    letter = letters("email_confirmation")[0]
    before = User.objects.get().email
    inside.post("/account/confirm-email/", {"code": secret(letter)["code"]})

    assert text(page, "h1") == "Enter the code from your email"
    assert letter.to == "teresa@cedarworks.example"
    assert before == "tquinn@cedarworks.example"
    assert User.objects.get().email == "teresa@cedarworks.example"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("teresa@cedarworks.example", True, True)
    ]
    told = letters("email_changed")[0]
    assert told.to == "tquinn@cedarworks.example"
    assert "teresa" not in str(told.context)
    assert last_event().kind == "accounts.email_changed"


def test_wrong_code_leaves_the_address(inside):
    ask_for_address(inside, "teresa@cedarworks.example")
    page = inside.post("/account/confirm-email/", {"code": "BBBB-BBBB"})

    assert errors(page) == ["This code is not right. Check it, or ask for a new one."]
    assert User.objects.get().email == "tquinn@cedarworks.example"


def test_address_of_somebody_else_is_not_taken_over(inside):
    other = UserFactory(username="other")
    ask_for_address(inside, other.email)
    page = inside.post("/account/confirm-email/", {"code": latest_code("email_confirmation")})

    assert errors(page) == ["This email address belongs to another account."]


def test_own_address_again_is_refused(inside, user):
    page = inside.post("/account/email/", {"email": user.email, "action_add": "1"})

    assert errors(page) == ["This is your email address already."]


# --- Terms -------------------------------------------------------------------------------------


@pytest.fixture
def late(client):
    """Give a person who accepted an older version."""
    user = UserFactory(username="late", terms="2025-01")
    sign_in(client, user)
    return client


def test_new_terms_are_asked_for_before_anything_else(late, settings):
    response = late.get("/profile/")
    page = late.get(response.url)
    accepted = late.post(response.url, {"accepted": "on", "next": "/profile/"})

    assert response.url == "/terms/accept/?next=/profile/"
    assert settings.TERMS_VERSION in text(page, "main")
    assert accepted.url == "/profile/"
    assert late.get("/profile/").status_code == 200
    assert list(TermsAcceptance.objects.values_list("version", flat=True).order_by("pk")) == [
        "2025-01",
        settings.TERMS_VERSION,
    ]
    assert last_event().kind == "accounts.terms_accepted"


def test_terms_need_the_box(late):
    page = late.post("/terms/accept/", {})

    assert errors(page) == ["Check the box to agree, or decline to sign out."]
    assert late.get("/profile/").status_code == 302


def test_next_page_of_others_is_dropped_after_the_terms(late):
    assert late.post("/terms/accept/", {"accepted": "on", "next": "//evil.example"}).url == "/home/"


def test_ways_out_stay_open_without_the_terms(late):
    assert late.get("/sign-in/forgot-username/").status_code == 200
    assert late.post("/session/extend/").url == "/home/"
    assert late.post("/account/logout/").url == "/sign-in/ended/"


def test_acceptance_is_looked_up_once_a_session(inside, django_assert_max_num_queries):
    inside.get("/profile/")
    with django_assert_max_num_queries(20) as queries:
        inside.get("/profile/")

    assert not any("termsacceptance" in query["sql"] for query in queries)


def test_version_raised_while_signed_in_is_asked_for(inside, settings):
    inside.get("/profile/")
    settings.TERMS_VERSION = "2099-01"

    assert inside.get("/profile/").url == "/terms/accept/?next=/profile/"


def test_staff_are_not_asked():
    client = Client()
    sign_in(client, StaffFactory(terms=False))

    assert client.get("/profile/").status_code == 200


def test_accepting_twice_is_recorded_once(user):
    first = actions.accept_terms(user, version="2099-01", by=user)
    second = actions.accept_terms(user, version="2099-01", by=user)

    assert first == second
    assert AuditEvent.objects.filter(kind="accounts.terms_accepted").count() == 1


def test_account_without_a_password_chooses_one(client, user):
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    page = client.get("/account/password/change/", follow=True)
    new = {"password1": "seven brown owls 3", "password2": "seven brown owls 3"}
    client.post("/account/password/set/", new)

    assert text(page, "h1") == "Choose a password"
    assert User.objects.get().check_password("seven brown owls 3")
    assert letters("password_set")[0].to == user.email
