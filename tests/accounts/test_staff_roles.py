import io

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.staff_roles import STAFF_ROLES, role_of, sync_staff_roles
from portal import mail
from portal.models import AuditEvent, OutboundEmail
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
FIRST = ["siyer", "samir@evergreen.example", "--first-name=Samir", "--last-name=Iyer"]


def held(group):
    return {
        f"{app}.{codename}"
        for app, codename in group.permissions.values_list("content_type__app_label", "codename")
    }


def test_migrate_leaves_the_roles_of_the_code():
    assert {role.name: set(role.permissions) for role in STAFF_ROLES.values()} == {
        group.name: held(group) for group in Group.objects.filter(name__in=[role.name for role in STAFF_ROLES.values()])
    }  # fmt: skip


def test_what_somebody_changed_by_hand_is_put_right():
    group = Group.objects.get(name="Read only")
    group.permissions.set(Permission.objects.filter(codename="change_user"))

    sync_staff_roles()

    assert held(group) == STAFF_ROLES["read_only"].permissions


def test_nobody_decides_and_manages_staff_alike():
    for role in STAFF_ROLES.values():
        assert not {"accounts.review_registration", "auth.change_group"} <= role.permissions


def test_the_role_of_a_person():
    assert role_of(["Something", "AM supervisor"]) is STAFF_ROLES["am_supervisor"]
    assert role_of([]) is None


def test_the_first_member_of_staff():
    output = io.StringIO()

    call_command("create_staff", *FIRST, "--role=system_admin", stdout=output)

    user = User.objects.get()
    assert (user.username, user.is_staff, user.has_usable_password()) == ("siyer", True, False)
    assert user.has_perm("auth.change_group")
    assert EmailAddress.objects.get(user=user).verified
    assert "samir@evergreen.example" in output.getvalue()
    assert AuditEvent.objects.get(kind="accounts.staff_created").note == "system_admin"
    subject, body, _html = mail.render(OutboundEmail.objects.get())
    assert subject == "Your staff account is ready"
    assert "http://testserver/account/password/reset/" in body


def test_the_first_password_is_set_with_a_code(client):
    call_command("create_staff", *FIRST, "--role=system_admin", stdout=io.StringIO())

    client.post("/account/password/reset/", {"email": "samir@evergreen.example"})

    assert OutboundEmail.objects.filter(template="account/password_reset_code").count() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a!", *FIRST[1:]], "Use at least 4 characters."),
        (["siyer", "nobody", *FIRST[2:]], "Enter a valid email address."),
        (["TAKEN", *FIRST[1:]], "An account has this user name or this email address already."),
        (["siyer", "Taken@cedarworks.example", *FIRST[2:]], "An account has this user name"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments, message):
    UserFactory(username="taken")

    with pytest.raises(CommandError, match=message):
        call_command("create_staff", *arguments, "--role=read_only", stdout=io.StringIO())

    assert User.objects.count() == 1
    assert not OutboundEmail.objects.exists()
