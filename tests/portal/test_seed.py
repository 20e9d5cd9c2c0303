"""Loading the demo into the real database: once, whole, and like daily use."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import access_codes
from accounts.actions import codes, review
from accounts.evidence import score_of
from accounts.models import (
    AccessCode,
    Grant,
    GroupPermissionLine,
    RegistrationRequest,
    SubgroupPermissionLine,
    User,
)
from accounts.roles import ROLES
from accounts.staff_roles import STAFF_ROLES
from groups.access import rights_of
from groups.models import EmployerGroup
from portal.demo.load_requests import steps_of
from portal.demo.persons_data import PERSONS
from portal.demo.requests_data import REQUESTS
from portal.demo.seed import seed_demo
from portal.models import AuditEvent, OutboundEmail
from portal.sealed import unseal
from portal.tenancy import person_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded():
    seed_demo()


def request_of(last_name):
    return RegistrationRequest.objects.get(last_name=last_name)


def all_rows():
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.managed and model._meta.label != "guardian.GroupObjectPermission"
    }


def test_second_run_changes_nothing(seeded):
    before = all_rows()

    assert seed_demo() is False

    assert all_rows() == before


def test_second_run_only_looks_for_the_marker(seeded, django_assert_num_queries):
    with django_assert_num_queries(6):  # savepoint, scope, lock, marker, scope back, release
        seed_demo()


def test_an_interrupted_run_leaves_nothing(monkeypatch):
    monkeypatch.setattr("portal.demo.seed.REQUESTS", [object()])

    with pytest.raises(AttributeError):
        seed_demo()

    assert EmployerGroup.objects.count() == User.objects.count() == 0


def test_at_least_forty_groups_with_addresses_and_contacts(seeded):
    groups = EmployerGroup.objects.all()

    assert groups.count() >= 40
    assert not groups.filter(address=None).exists()
    assert not groups.exclude(contact__kind="contract_signer").exists()
    assert not groups.exclude(subgroup__code="0001").exists()
    assert set(groups.values_list("status", flat=True)) == set(EmployerGroup.Status)


def test_group_ids_of_one_company_mean_its_main_group(seeded):
    units = EmployerGroup.objects.exclude(main_group=None)
    assert units.filter(group_id="21150B", main_group__group_id="21150A").exists()

    found = EmployerGroup.objects.identified_by("group_id", "21150B")
    assert [group.group_id for group in found] == ["21150A"]


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.user_name)
def test_every_person_can_sign_in(seeded, rf, person):
    user = authenticate(rf.post("/"), username=person.user_name, password=person.password)

    assert user is not None
    assert (str(user), user.is_staff, user.is_superuser) == (
        f"{person.first_name} {person.last_name}",
        person.is_staff,
        False,
    )
    assert user.seal.phrase == person.seal_phrase
    assert EmailAddress.objects.filter(
        user=user, email=person.email, verified=True, primary=True
    ).exists()
    assert user.terms_acceptances.count() == 1


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.user_name)
def test_every_person_sees_exactly_their_groups(seeded, person):
    user = User.objects.get(username=person.user_name)

    with person_scope(user.pk):
        visible = {group.group_id for group in EmployerGroup.objects.all()}

    named = {grant.group_id for grant in person.grants}
    assert named <= visible
    assert len(visible) == len(named) + person.clients
    for group in EmployerGroup.objects.filter(group_id__in=visible):
        assert rights_of(user, group).atoms


def test_lines_are_those_of_the_role_on_the_units_of_the_grant(seeded):
    lines = SubgroupPermissionLine.objects.filter(
        user__username="lortega", group__group_id="20418A"
    )

    found = {(line.permission.codename, line.content_object.code) for line in lines}

    atoms = ROLES["enrollment_manager"].atoms
    assert found == {(atom, code) for atom in atoms for code in ("0001", "0002")}
    assert not GroupPermissionLine.objects.filter(user__username="lortega").exists()


@pytest.mark.parametrize(
    ("user_name", "may_review"),
    [("ncastellanos", True), ("bwhitaker", True), ("glindholm", False), ("siyer", False)],
)
def test_staff_levels(seeded, user_name, may_review):
    user = User.objects.get(username=user_name)
    person = next(person for person in PERSONS if person.user_name == user_name)

    assert user.get_all_permissions() == STAFF_ROLES[person.staff_role].permissions
    assert user.has_perm("accounts.review_registration") is may_review


def test_employers_have_no_staff_rights(seeded):
    for user in User.objects.filter(is_staff=False):
        assert user.get_all_permissions() == set()


def test_requests_stand_where_the_story_left_them(seeded):
    stored = RegistrationRequest.objects.values_list("last_name", "state")

    assert sorted(stored) == sorted((data.last_name, data.decision.state) for data in REQUESTS)
    assert list(
        RegistrationRequest.objects.filter(group=None).values_list("last_name", flat=True)
    ) == ["Tran"]


def test_numbers_rise_with_time(seeded):
    numbers = RegistrationRequest.objects.order_by("submitted_at").values_list("number", flat=True)

    assert list(numbers) == sorted(numbers)


def test_every_move_is_an_allowed_one():
    moves, moved_to = RegistrationRequest.MOVES, {
        "taken": "in_review", "question_asked": "needs_info", "answered": "submitted",
        "approved": "approved", "declined": "declined", "withdrawn": "withdrawn", "expired": "expired",
    }  # fmt: skip
    for data in REQUESTS:
        state = "submitted"
        for step in steps_of(data):
            if step.kind in moved_to:
                assert moved_to[step.kind] in moves[state], (data.last_name, step.kind)
                state = moved_to[step.kind]
        assert state == data.decision.state, data.last_name


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-18 14:00-05:00",
        "2026-11-18 00:00-05:00",
        "2026-11-20 17:00-05:00",
        "2026-11-21 09:00-05:00",  # Saturday
        "2026-11-26 12:00-05:00",  # Thanksgiving
        "2027-01-01 00:30-05:00",
        "2028-02-29 23:59-05:00",
    ],
)
def test_history_is_in_order_and_past(now):
    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        seed_demo()

        for request in RegistrationRequest.objects.all():
            history = AuditEvent.objects.filter(
                target_type="accounts.registrationrequest", target_key=str(request.pk)
            ).order_by("pk")
            moments = [event.at for event in history]
            assert moments == sorted(moments)
            assert moments[-1] <= timezone.now()
            assert history[0].kind == "accounts.registration_submitted"
            assert moments[0] == request.submitted_at < request.due_at
        assert review.escalate_overdue_requests() >= 1
        assert request_of("Doherty").escalated_at is not None
        assert request_of("Quinn").due_at > timezone.now()


def test_teresa_quinn_is_the_one_of_the_picture(seeded):
    request = request_of("Quinn")
    score = score_of(request)

    assert (request.company_legal_name, request.group.group_id) == (
        "Cedar Ridge Logistics, LLC",
        "20533A",
    )
    assert request.assigned_to.username == "ncastellanos"
    assert score.points == 86
    assert score.lowest.name == "phone"


def test_doubts_show_in_the_score(seeded):
    points = {part.name: part.points for part in score_of(request_of("Eklund")).parts}

    assert points["fein"] == 0
    assert points["email_domain"] == 20
    assert score_of(request_of("Lê")).free_domain


def test_two_keys_wait_in_the_outbox_and_one_notice(seeded):
    letters = OutboundEmail.objects.order_by("to").values_list("template", "to", "state")

    assert list(letters) == [
        ("accounts/access_key", "ebruckner@penasohne.example", "queued"),
        ("accounts/access_notice", "kmitchell@cedarridgemfg.example", "queued"),
        ("accounts/invitation", "mjohnson@cedarridgemfg.example", "queued"),
    ]
    states = AccessCode.objects.order_by("email").values_list("email", "state")
    assert list(states) == [
        ("ebruckner@penasohne.example", "issued"),
        ("mjohnson@cedarridgemfg.example", "issued"),
        ("oblackwood@tamarackfreight.example", "expired"),
        ("tgoodwin@otterbrook.example", "expired"),
    ]
    assert AccessCode.objects.open_at(timezone.now()).count() == 2
    assert Grant.objects.get(email="oblackwood@tamarackfreight.example").state == "revoked"


def test_clock_and_queue_find_only_the_overdue_request(seeded):
    """What beat does in its first minute changes nothing else."""
    assert codes.expire_codes() == 0
    assert codes.remind_of_expiring_codes() == 0
    assert review.close_unused_requests() == 0
    assert review.escalate_overdue_requests() >= 1
    assert request_of("Doherty").escalated_at is not None


def test_the_waiting_key_opens_the_group(seeded):
    letter = OutboundEmail.objects.get(template="accounts/access_key")

    secret = json.loads(unseal(letter.sealed, place=f"mail:{letter.key}"))

    digits = access_codes.normalize(secret["access_key"])
    group = EmployerGroup.objects.get(group_id="207143")
    assert codes.find_code(group, digits).email == letter.to


def test_command_tells_what_it_did():
    out = StringIO()

    call_command("seed_demo", stdout=out)
    call_command("seed_demo", stdout=out)

    assert out.getvalue().splitlines() == ["Demo data loaded.", "Demo data is there already."]


def test_another_seed_gives_other_groups_and_the_same_people():
    call_command("seed_demo", seed=8, companies=20, stdout=StringIO())

    assert EmployerGroup.objects.filter(main_group=None).count() == 20
    assert User.objects.get(username="kmitchell").grants.count() == 2


def test_too_few_companies_are_refused():
    with pytest.raises(CommandError, match="16"):
        call_command("seed_demo", companies=5, stdout=StringIO())


def test_production_refuses(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="not for production"):
        call_command("seed_demo", stdout=StringIO())

    assert EmployerGroup.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_seeders_at_once_seed_once():
    def run(_number):
        try:
            return seed_demo()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(run, range(2)))

    assert done == [False, True]
    assert AuditEvent.objects.filter(kind="demo.seeded").count() == 1
