import pytest

from accounts.access_codes import normalize
from accounts.models import AccessCode, Grant, User
from portal.models import OutboundEmail
from tests.factories import EmployerGroupFactory, GrantFactory, UserFactory, issued_key
from tests.html import errors, text

pytestmark = pytest.mark.django_db

ACCOUNT = {
    "username": "tquinn",
    "password": "four quiet loons 7",
    "password_again": "four quiet loons 7",
    "picture": "lighthouse",
    "phrase": "Two loons on the lake",
    "first_name": "Teresa",
    "last_name": "Quinn",
    "company": "Cedar Works",
    "region": "MA",
    "terms": "on",
}


def wrong_digits(key):
    """Return another key with a right check digit."""
    from stdnum import luhn

    digits = normalize(key)
    body = digits[:-2] + str((int(digits[-2]) + 1) % 10)
    return body + luhn.calc_check_digit(body)


def enter(client, group, key):
    client.post(
        "/register/", {"identified_by": "group_id", "identifier": group.group_id, "has_key": "yes"}
    )
    return client.post("/register/key/", {"access_key": key}, follow=True)


def test_from_key_to_account_and_signed_in(client):
    code, key = issued_key()

    review = enter(client, code.group, key)
    account = client.post("/register/key/review/", follow=True)
    check = client.post("/register/account/", ACCOUNT, follow=True)
    done = client.post("/register/account/review/", follow=True)

    assert code.group.name in text(review, ".ep-review")
    assert text(account, "h1") == "Create your account"
    assert "Two loons on the lake" in text(check, ".ep-seal")
    assert text(done, "h1") == "Your account is ready"
    assert "Continue to Manage User Accounts" in text(done, ".ep-actions")
    assert client.get(f"/g/{code.group.slug}/users/").status_code == 200


def test_the_password_never_waits_in_clear(client):
    code, key = issued_key()
    enter(client, code.group, key)
    client.post("/register/account/", ACCOUNT)

    assert ACCOUNT["password"] not in str(dict(client.session))


def test_mistyped_key_is_told_apart_and_counts_nothing(client):
    code, key = issued_key()
    digits = normalize(key)
    swapped = digits[:-1] + str((int(digits[-1]) + 1) % 10)

    response = enter(client, code.group, swapped)

    assert errors(response) == ["One of the digits is mistyped. Compare them with your email."]
    code.refresh_from_db()
    assert code.wrong_tries == 0


def test_too_few_digits(client):
    code, _key = issued_key()

    assert errors(enter(client, code.group, "1234-5678")) == [
        "An Access Key has 16 digits. You entered 8."
    ]


def test_five_wrong_keys_lock_and_the_right_one_says_so(client):
    code, key = issued_key()
    for _ in range(5):
        response = enter(client, code.group, wrong_digits(key))
    locked = enter(client, code.group, key)

    assert errors(response) == [
        "This Access Key does not fit this group. Compare both with your email and enter them again."
    ]
    assert errors(locked) == [
        "This Access Key is locked after too many wrong tries. Ask for a new one."
    ]


def test_ten_wrong_keys_slow_the_visitor_down(client):
    code, key = issued_key()
    other = EmployerGroupFactory()
    for _ in range(10):
        assert enter(client, other, wrong_digits(key)).status_code == 200
    response = enter(client, code.group, key)

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 900


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("expired", "This Access Key has expired. Ask for a new one."),
        (
            "revoked",
            "This Access Key was replaced or withdrawn. Use the key in our latest email to you.",
        ),
    ],
)
def test_each_dead_key_has_its_own_words(client, state, words):
    code, key = issued_key()
    AccessCode.objects.update(state=state)

    assert errors(enter(client, code.group, key)) == [words]


def test_unknown_group_and_wrong_key_sound_the_same(client):
    code, key = issued_key()
    known = errors(enter(client, code.group, wrong_digits(key)))
    client.post(
        "/register/", {"identified_by": "group_id", "identifier": "QQ999A", "has_key": "yes"}
    )
    unknown = errors(client.post("/register/key/", {"access_key": wrong_digits(key)}))

    assert known == unknown


def test_a_person_with_an_account_signs_in_and_redeems_there(client):
    code, key = issued_key()
    user = UserFactory(email=code.email)
    enter(client, code.group, key)
    leads_to = client.post("/register/key/review/")["Location"]
    client.force_login(user)
    response = client.post("/enter-access-code/", {"access_key": key}, follow=True)

    assert leads_to == "/enter-access-code/"
    assert code.group.name in text(response, "h1")
    assert Grant.objects.get().user == user
    assert OutboundEmail.objects.filter(template="accounts/access_key_used").count() == 1


def test_somebody_elses_key_opens_nothing(client):
    _code, key = issued_key()
    client.force_login(UserFactory())

    response = client.post("/enter-access-code/", {"access_key": key})

    assert "another email address" in errors(response)[0]
    assert Grant.objects.get().state == Grant.State.PENDING


def test_key_used_between_review_and_submit(client):
    code, key = issued_key()
    enter(client, code.group, key)
    client.post("/register/account/", ACCOUNT)
    AccessCode.objects.update(state="revoked")

    response = client.post("/register/account/review/", follow=True)

    assert "replaced or withdrawn" in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"password_again": "something else"}, "The two passwords are different."),
        ({"password": "password1234", "password_again": "password1234"}, "too common"),
        ({"username": "a b"}, "Use letters, digits"),
        ({"picture": ""}, "Choose a picture"),
        ({"phrase": ""}, "Write a phrase"),
        ({"terms": ""}, "Read and accept"),
    ],
)
def test_account_form_says_what_is_wrong(client, changes, message):
    code, key = issued_key()
    enter(client, code.group, key)
    response = client.post("/register/account/", {**ACCOUNT, **changes})

    assert message in " ".join(errors(response))


def test_a_password_like_the_address_of_the_key_is_refused(client):
    code, key = issued_key(GrantFactory(email="lanternsbythepond@cedar.example"))
    enter(client, code.group, key)
    password = {"password": "lanternsbythepond1", "password_again": "lanternsbythepond1"}
    response = client.post("/register/account/", {**ACCOUNT, **password})

    assert "too similar to the email" in " ".join(errors(response))
