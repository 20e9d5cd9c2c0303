"""Remove, deactivate, reset the password, write again, update the profile: what the pages do."""

import pytest
from django.test import Client

from accounts.actions import colleagues, delegation
from accounts.actions.emergency import break_glass
from accounts.authority import is_only_theirs
from accounts.middleware import SIGNED_OUT_BECAUSE
from accounts.models import AccessCode, EndedSession, Grant, User
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.accounts.steps import sign_in
from tests.factories import PASSWORD, EmployerGroupFactory, StaffFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db

PROFILE = {
    "first_name": "Luisa", "middle_initial": "M", "last_name": "Ortega", "title": "Head of HR",
    "phone": "413-555-0120", "company": "Cedar Works",
}  # fmt: skip


@pytest.fixture
def group():
    return EmployerGroupFactory()


@pytest.fixture
def primary(group):
    return primary_of(group, user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def inside(client, primary):
    client.force_login(primary.user)
    return client


@pytest.fixture
def luis(group, primary):
    return given(
        group, "viewer", user=UserFactory(first_name="Luis", last_name="Ortega"), parent=primary
    )


@pytest.fixture
def invited(group, primary):
    return delegation.add_user(
        group, first_name="Mark", last_name="Johnson", email="mark@cedarworks.example",
        role="viewer", by=primary.user,
    )  # fmt: skip


@pytest.fixture
def broker(primary):
    """Somebody with another client, whom the primary administrator does not manage there."""
    grant = given(primary.group, "broker_full", user=UserFactory(), parent=primary)
    given(EmployerGroupFactory(), "broker_full", user=grant.user)
    return grant


def page(grant, deed=""):
    return f"/g/{grant.group.slug}/users/{grant.key}/{deed}"


def submit(client, grant, deed, *, follow=True, **typed):
    return client.post(page(grant, deed), {"version": grant.version, **typed}, follow=follow)


def state_of(grant):
    return Grant.objects.get(pk=grant.pk).state


def kinds(grant):
    events = AuditEvent.objects.filter(target_type="accounts.grant", target_key=str(grant.pk))
    return list(events.values_list("kind", flat=True))


def letters_to(user):
    return set(OutboundEmail.objects.filter(to=user.email).values_list("template", flat=True))


def message(response):
    return text(response, ".ep-messages")


def confirmed(response):
    """Return what a change of access says before its confirmation number, which leads to the transaction."""
    words, _word, number = message(response).rpartition(" Confirmation ")
    (link,) = select(response, ".ep-messages a")
    assert f"{link.text_content()}." == number
    assert link.get("href").endswith(f"/transactions/{link.text_content()}/")
    return words


# --- Remove


def test_remove_page_says_what_will_happen(inside, luis):
    sign_in(Client(), luis.user)

    response = inside.get(page(luis, "remove/"))

    assert text(response, "h1") == "Remove Luis Ortega"
    assert "1 open session ends now." in text(response, ".ep-effect")
    assert text(response, "main form button") == "Remove access for Luis Ortega"


def test_removed_user_is_out_with_the_next_click_and_told_why(inside, luis):
    theirs, second = Client(), Client()
    sign_in(theirs, luis.user)
    sign_in(second, luis.user)

    response = submit(inside, luis, "remove/")
    after = theirs.get(f"/g/{luis.group.slug}/")

    assert confirmed(response) == "Luis Ortega is removed. 2 open sessions ended."
    assert response.redirect_chain[-1][0] == f"/g/{luis.group.slug}/users/"
    assert state_of(luis) == "revoked"
    assert after.url.startswith("/sign-in/")
    assert theirs.session[SIGNED_OUT_BECAUSE] == EndedSession.Reason.ACCESS_REMOVED
    assert {"accounts.grant_revoked", "accounts.sessions_ended"} <= set(kinds(luis))
    assert "accounts/access_removed" in letters_to(luis.user)


@pytest.mark.parametrize(
    ("deed", "done"), [("remove/", "removed."), ("deactivate/", "deactivated.")]
)
def test_nobody_counts_the_sessions_of_somebody_with_other_groups(inside, broker, deed, done):
    theirs = Client()
    sign_in(theirs, broker.user)

    shown = inside.get(page(broker, deed))
    response = submit(inside, broker, deed)

    assert "Open sessions end now. The next click leads to the sign-in page." in text(
        shown, ".ep-effect"
    )
    assert confirmed(response).endswith(f" is {done}")
    assert "session" not in message(response)
    assert theirs.get("/home/").status_code == 302
    event = AuditEvent.objects.get(kind="accounts.sessions_ended", target_key=str(broker.pk))
    assert event.note == ""


def test_removal_counts_only_sessions_that_were_open(inside, luis):
    theirs = Client()
    sign_in(theirs, luis.user)
    theirs.post("/account/logout/")

    assert confirmed(submit(inside, luis, "remove/")) == "Luis Ortega is removed."


def test_invitation_is_cancelled_with_its_code(inside, invited):
    shown = inside.get(page(invited, "remove/"))
    response = submit(inside, invited, "remove/")

    assert text(shown, "h1") == "Cancel the invitation of Mark Johnson"
    assert "1 unused access code stops working." in text(shown, ".ep-effect")
    assert confirmed(response) == (
        "The invitation of Mark Johnson is canceled. 1 unused access code withdrawn."
    )
    assert not AccessCode.objects.filter(grant=invited, state="issued").exists()
    assert OutboundEmail.objects.filter(
        to=invited.email, template="accounts/invitation_cancelled"
    ).exists()


def test_second_click_on_remove_does_nothing_twice(inside, luis):
    submit(inside, luis, "remove/")
    response = submit(inside, luis, "remove/")

    assert "Nothing was done twice." in message(response)
    assert kinds(luis).count("accounts.grant_revoked") == 1


@pytest.mark.parametrize("version", [{"version": "0"}, {"version": "x"}, {"version": ""}])
@pytest.mark.parametrize("deed", ["remove/", "deactivate/"])
def test_page_without_the_version_of_today_changes_nothing(inside, luis, deed, version):
    response = submit(inside, luis, deed, **version)

    assert "Nothing was done twice." in message(response)
    assert state_of(luis) == "active"


def test_removed_user_keeps_those_they_invited(inside, group, primary):
    head = given(group, "administrator", user=UserFactory(), parent=primary)
    below = given(group, "viewer", user=UserFactory(), parent=head)

    shown = text(inside.get(page(head, "remove/")), ".ep-effect")
    submit(inside, head, "remove/")

    assert "1 person got access" in shown
    assert state_of(below) == "active"
    assert Grant.objects.get(pk=below.pk).parent == primary


# --- Deactivate, reactivate


def test_deactivate_page_says_what_will_happen(inside, luis):
    response = inside.get(page(luis, "deactivate/"))

    assert text(response, "h1") == "Deactivate Luis Ortega"
    assert "No session is open." in text(response, ".ep-effect")


def test_deactivated_user_is_out_and_comes_back(inside, luis):
    theirs = Client()
    sign_in(theirs, luis.user)

    down = submit(inside, luis, "deactivate/")
    meanwhile = theirs.get(f"/g/{luis.group.slug}/").url
    luis.refresh_from_db()
    up = submit(inside, luis, "reactivate/")
    sign_in(theirs, luis.user)

    assert confirmed(down) == "Luis Ortega is deactivated. 1 open session ended."
    assert text(down, "h1") == "Luis Ortega Deactivated"
    assert meanwhile.startswith("/sign-in/")
    assert text(up, "h1") == "Luis Ortega Active"
    assert theirs.get(f"/g/{luis.group.slug}/").status_code == 200
    assert {"accounts/access_suspended", "accounts/access_resumed"} <= letters_to(luis.user)


def test_what_is_not_possible_now_has_no_page(inside, invited, luis):
    submit(inside, luis, "deactivate/")

    for grant, deed in [
        (luis, "deactivate/"), (invited, "deactivate/"), (invited, "reset-password/"),
    ]:  # fmt: skip
        response = inside.get(page(grant, deed), follow=True)

        assert response.redirect_chain[-1][0] == page(grant)
        assert message(response) == "This cannot be done with the access as it is now."


@pytest.mark.parametrize(
    ("deed", "typed"),
    [("deactivate/", {}), ("reset-password/", {"effect": "reset"}), ("profile/", PROFILE)],
)
def test_somebody_invited_has_no_account_to_change(inside, invited, deed, typed):
    response = submit(inside, invited, deed, **typed)

    assert "Nothing was done twice." in response.content.decode()
    assert state_of(invited) == "pending"


# --- Reset password


def test_password_of_ones_own_people_stops_working(inside, primary, luis):
    second = primary_of(luis.group, user=UserFactory())
    theirs = Client()
    sign_in(theirs, luis.user)

    shown = inside.get(page(luis, "reset-password/"))
    response = submit(inside, luis, "reset-password/", effect="reset")
    luis.user.refresh_from_db()

    assert "The password stops working now." in text(shown, ".ep-effect")
    assert message(response) == (
        "Password reset. We have emailed how to set a new one. 1 open session ended."
    )
    assert not luis.user.has_usable_password()
    assert theirs.get("/profile/").url.startswith("/sign-in/")
    assert theirs.session[SIGNED_OUT_BECAUSE] == EndedSession.Reason.PASSWORD_RESET
    assert "accounts/password_reset" in letters_to(luis.user)
    assert "accounts/password_notice" in letters_to(primary.user) & letters_to(second.user)
    assert "accounts.password_reset" in kinds(luis)


def test_password_can_be_set_anew_by_code(inside, luis):
    submit(inside, luis, "reset-password/", effect="reset")
    theirs = Client()

    theirs.post("/account/password/reset/", {"email": luis.user.email})

    assert OutboundEmail.objects.filter(
        to=luis.user.email, template="account/password_reset_code"
    ).exists()


def test_password_of_a_broker_with_other_clients_is_only_suggested(inside, broker):
    theirs = Client()
    sign_in(theirs, broker.user)

    shown = inside.get(page(broker, "reset-password/"))
    response = submit(inside, broker, "reset-password/", effect="suggest")
    broker.user.refresh_from_db()

    assert "Nothing else changes" in text(shown, ".ep-effect")
    assert "Nothing else was changed." in message(response)
    assert broker.user.check_password(PASSWORD)
    assert theirs.get("/profile/").status_code == 200
    assert "accounts/password_suggested" in letters_to(broker.user)
    assert kinds(broker)[0] == "accounts.password_suggested"


def test_only_what_the_page_said_happens(inside, broker, luis):
    for grant, said in [(broker, "reset"), (luis, "suggest"), (luis, ""), (luis, "wipe")]:
        response = submit(inside, grant, "reset-password/", effect=said)

        assert "Nothing was done twice." in message(response)
    for user in User.objects.filter(pk__in=[broker.user_id, luis.user_id]):
        assert user.check_password(PASSWORD)


def test_second_click_on_reset_does_nothing(inside, luis):
    submit(inside, luis, "reset-password/", effect="reset")
    response = submit(inside, luis, "reset-password/", effect="reset")

    assert "Nothing was done twice." in message(response)
    assert kinds(luis).count("accounts.password_reset") == 1


def test_who_manages_all_groups_of_a_person_may_reset(primary, luis):
    other = primary_of(user=primary.user)
    given(other.group, "viewer", user=luis.user, parent=other)

    assert is_only_theirs(luis.user, by=primary.user)


@pytest.mark.parametrize("role", ["administrator", "viewer"])
def test_administrator_of_one_group_does_not_reach_into_the_other(primary, luis, role):
    other = primary_of()
    given(other.group, "administrator", user=primary.user, parent=other)
    wider = given(other.group, role, user=luis.user, parent=other)

    assert is_only_theirs(luis.user, by=primary.user) is (wider.role == "viewer")


def test_account_of_staff_is_nobodys(primary):
    staff = break_glass(primary.group, reason="Nobody at the group answers", by=StaffFactory()).user

    assert not is_only_theirs(staff, by=primary.user)


def test_too_many_letters_about_one_person_are_refused(inside, luis):
    for _ in range(10):
        luis.refresh_from_db()
        submit(inside, luis, "reset-password/", effect="reset")
    luis.refresh_from_db()

    response = submit(inside, luis, "reset-password/", effect="reset")

    assert response.status_code == 429
    assert kinds(luis).count("accounts.password_reset") == 10


# --- Resend


def test_new_code_replaces_the_old_one_once(inside, invited):
    first = invited.codes.get()

    submit(inside, invited, "resend/")
    response = submit(inside, invited, "resend/")  # the same page again

    states = list(invited.codes.order_by("pk").values_list("state", flat=True))
    assert states == ["revoked", "issued"]
    assert first.pk != invited.codes.get(state="issued").pk
    assert "Nothing was done twice." in message(response)


def test_who_never_came_gets_the_welcome_letter_again(inside, luis):
    response = submit(inside, luis, "resend/")

    assert message(response) == "The welcome email is on its way again."
    assert "accounts/welcome" in letters_to(luis.user)
    assert "accounts.welcome_resent" in kinds(luis)


def test_who_came_gets_no_welcome_letter(inside, luis):
    sign_in(Client(), luis.user)

    response = submit(inside, luis, "resend/")

    assert "Nothing was done twice." in message(response)
    assert "accounts/welcome" not in letters_to(luis.user)


# --- Profile


def test_profile_is_changed_masked_and_told(inside, primary, luis):
    response = submit(inside, luis, "profile/", **PROFILE)
    luis.user.refresh_from_db()
    event = AuditEvent.objects.get(kind="accounts.profile_edited")

    assert text(response, "h1") == "Luisa Ortega Active"
    assert (luis.user.first_name, luis.user.phone) == ("Luisa", "4135550120")
    assert event.group_key == luis.group_id
    assert set(map(tuple, event.changes.values())) == {("…", "…")}
    assert "changed the profile" in text(response, ".ep-history")
    assert "accounts/profile_changed" in letters_to(luis.user)
    assert "accounts/profile_notice" in letters_to(primary.user)


def test_user_name_and_address_cannot_be_typed_along(inside, luis):
    before = (luis.user.username, luis.user.email)

    submit(inside, luis, "profile/", **PROFILE, username="boss", email="boss@x.example", is_staff=1)
    luis.user.refresh_from_db()

    assert (luis.user.username, luis.user.email) == before
    assert not luis.user.is_staff


def test_nothing_changed_writes_nothing(inside, luis):
    user = luis.user
    same = {field: getattr(user, field) for field in PROFILE}

    submit(inside, luis, "profile/", **same)

    assert not AuditEvent.objects.filter(kind="accounts.profile_edited").exists()
    assert "accounts/profile_changed" not in letters_to(user)


def test_wrong_profile_is_said_and_kept(inside, luis):
    response = submit(inside, luis, "profile/", **{**PROFILE, "first_name": "", "phone": "12"})

    assert errors(response) == [
        "Enter the first name.",
        "Enter a US phone number with 10 digits, such as 413-555-0114.",
    ]
    assert text(response, "title").startswith("Error:")
    assert select(response, "[name=phone]")[0].get("value") == "12"


def test_stale_profile_page_keeps_what_was_typed_and_can_be_sent_again(inside, luis):
    old = luis.version
    submit(inside, luis, "profile/", **PROFILE)

    stale = submit(inside, luis, "profile/", **{**PROFILE, "title": "Director"}, version=old)
    fresh = select(stale, "main form [name=version]")[0].get("value")
    again = submit(inside, luis, "profile/", **{**PROFILE, "title": "Director"}, version=fresh)

    assert "Nothing was done twice." in errors(stale)[0]
    assert select(stale, "[name=title]")[0].get("value") == "Director"
    assert "The profile is saved." in message(again)


def test_profile_of_a_broker_with_other_clients_is_theirs(inside, broker):
    shown = inside.get(page(broker, "profile/"))
    response = submit(inside, broker, "profile/", **PROFILE)
    broker.user.refresh_from_db()

    assert "Only they can change their profile" in text(shown, ".ep-notice")
    assert not select(shown, "main form.ep-form")
    assert response.status_code == 403
    assert broker.user.first_name == "Teresa"
    assert "accounts.delegation_refused" in kinds(broker)


# --- Authority: whatever was sent, the action refuses and writes it down

DEEDS = [
    ("remove/", {}),
    ("deactivate/", {}),
    ("reactivate/", {}),
    ("reset-password/", {"effect": "reset"}),
    ("resend/", {}),
    ("profile/", PROFILE),
    ("hand-over/", {"keeps_role": "administrator"}),
    ("view-as/", {}),
]


@pytest.mark.parametrize(("deed", "typed"), DEEDS)
@pytest.mark.parametrize("role", ["primary_administrator", "administrator"])
def test_wider_access_is_refused_and_written_down(client, group, primary, role, deed, typed):
    wider = given(group, role, user=UserFactory(), parent=primary)
    head = given(group, "administrator", user=UserFactory(), parent=primary)
    client.force_login(head.user)

    response = submit(client, wider, deed, **typed)
    event = AuditEvent.objects.get(kind="accounts.delegation_refused")

    assert response.status_code == 403
    assert (event.actor_key, event.target_key) == (head.user_id, str(wider.pk))
    assert state_of(wider) == "active"
    assert Grant.objects.get(pk=wider.pk).version == wider.version
    assert User.objects.get(pk=wider.user_id).check_password(PASSWORD)


@pytest.mark.parametrize(("deed", "typed"), DEEDS)
def test_colleague_without_the_right_is_refused(client, group, primary, luis, deed, typed):
    reader = given(group, atoms=["users_view"], user=UserFactory(), parent=primary)
    client.force_login(reader.user)

    assert submit(client, luis, deed, **typed).status_code == 403
    assert state_of(luis) == "active"
    assert Grant.objects.get(pk=luis.pk).version == luis.version


@pytest.mark.parametrize(("deed", "typed"), DEEDS)
def test_access_of_another_group_is_not_there(inside, group, deed, typed):
    elsewhere = given(EmployerGroupFactory(), "viewer", user=UserFactory())
    smuggled = f"/g/{group.slug}/users/{elsewhere.key}/{deed}"

    assert submit(inside, elsewhere, deed, **typed).status_code == 404
    assert inside.post(smuggled, {"version": elsewhere.version, **typed}).status_code == 404
    assert state_of(elsewhere) == "active"


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        (colleagues.reset_password, {"effect": "reset"}),
        (colleagues.resend_welcome, {}),
        (colleagues.update_profile, PROFILE),
    ],
)
def test_actions_ask_for_the_right_themselves(group, primary, luis, action, typed):
    reader = given(group, atoms=["users_view"], user=UserFactory(), parent=primary)
    for nobody in (reader.user, primary_of().user):
        with pytest.raises(Exception, match="may not manage") as refused:
            action(luis, **typed, version=luis.version, by=nobody)
        assert refused.value.code == delegation.NOT_YOURS

    assert kinds(luis).count("accounts.delegation_refused") == 2


def test_last_primary_administrator_stays(inside, group, primary):
    second = primary_of(group, user=UserFactory(is_active=False))

    assert submit(inside, primary, "remove/").status_code == 403
    assert submit(inside, second, "remove/").status_code == 200
    assert state_of(primary) == "active"


@pytest.mark.parametrize("deed", ["profile/", "hand-over/"])
@pytest.mark.parametrize("role", ["primary_administrator", "administrator"])
def test_empty_form_about_wider_access_is_refused_before_it_is_read(
    client, group, primary, role, deed
):
    wider = given(group, role, user=UserFactory(), parent=primary)
    head = given(group, "administrator", user=UserFactory(), parent=primary)
    client.force_login(head.user)

    response = submit(client, wider, deed)

    assert response.status_code == 403
    assert not select(response, "main form.ep-form")
    assert kinds(wider).count("accounts.delegation_refused") == 1


def test_empty_profile_of_a_broker_with_other_clients_is_refused(inside, broker):
    assert submit(inside, broker, "profile/").status_code == 403
    assert kinds(broker).count("accounts.delegation_refused") == 1
