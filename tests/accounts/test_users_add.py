"""*Add user*: three steps, one invitation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import grants
from accounts.actions.agencies import stop_agency
from accounts.actions.delegation import add_user
from accounts.models import Agency, Broker, Grant, end_of
from accounts.roles import ADMINISTRATOR, VIEWER
from groups.atoms import with_needs
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import StaffFactory, SubgroupFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "plain-words"}
WHO = {
    "first_name": "Priscilla",
    "last_name": "Vance",
    "email": "pvance@cedarworks.example",
    "email_again": "PVance@CedarWorks.example",
}
VIEW = {"role": "viewer", "reach": "all"}


@pytest.fixture
def primary(client):
    grant = primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))
    client.force_login(grant.user)
    return grant


@pytest.fixture
def units(primary):
    return SubgroupFactory.create_batch(2, group=primary.group)


def url(grant, step=""):
    return f"/g/{grant.group.slug}/users/add/{step}"


def fill(client, grant, access, **who):
    """Go to the review; return the answer of the access level's page."""
    client.post(url(grant), WHO | who)
    return client.post(url(grant, "access/"), access)


def submit(client, grant):
    """Send the review as it is shown; return what the browser ends on."""
    shown = select(client.get(url(grant, "review/")), "[name=shown]")[0].get("value")
    return client.post(url(grant, "review/"), {"shown": shown}, follow=True)


def invited(grant):
    return Grant.objects.filter(group=grant.group, state="pending")


def offered(response, name):
    return {field.get("value") for field in select(response, f"[name={name}]")}


def ticked(response, name):
    return {field.get("value") for field in select(response, f"[name={name}][checked]")}


def refusals(grant):
    return AuditEvent.objects.filter(
        kind="accounts.delegation_refused", actor_key=grant.user_id, group_key=grant.group_id
    ).count()


def test_from_the_name_to_the_email(client, primary, units):
    last_day = timezone.localdate() + timedelta(days=90)
    access = {
        "role": "custom", "atoms": ["idcard_order", "billing_view"], "reach": "some",
        "units": [units[0].pk], "last_day": last_day.isoformat(),
    }  # fmt: skip

    assert client.post(url(primary), WHO)["Location"] == url(primary, "access/")
    assert client.post(url(primary, "access/"), access)["Location"] == url(primary, "review/")
    review = client.get(url(primary, "review/"))
    done = submit(client, primary)

    assert "Priscilla can order ID cards and see bills for Main" in text(
        review, ".ep-access__words"
    )
    assert (
        "Comes with it, because the rest is of no use without: See the roster, See members and See ID cards."
        in text(review, ".ep-access__words")
    )
    assert text(done, ".ep-messages").startswith(
        "User added successfully. An email has been sent to Priscilla Vance at pvance@cedarworks.example."
        " Confirmation TX-"
    )
    assert done.redirect_chain == [(f"/g/{primary.group.slug}/users/", 302)]
    grant = invited(primary).get()
    assert set(grant.atoms) == with_needs({"idcard_order", "billing_view"})
    assert (grant.role, grant.unit_ids(), grant.last_day, grant.parent_id) == (
        "custom", {units[0].pk}, last_day, primary.pk,
    )  # fmt: skip
    assert (
        OutboundEmail.objects.filter(template="accounts/invitation", to=WHO["email"]).count() == 1
    )
    assert "add_user" not in client.session or not client.session["add_user"]


def test_ticks_beyond_a_preset_are_not_dropped_without_a_word(client, primary):
    """Without JavaScript a tick does not move the role to Custom."""
    typed = VIEW | {"atoms": ["payment_make", "roster_view"], "last_day": "2029-06-30"}
    response = fill(client, primary, typed)

    problem = (
        "Viewer does not include what you ticked: Make payments."
        " Choose Custom and tick everything the person needs, or untick this."
    )
    assert errors(response) == [problem]
    assert ticked(response, "role") == {"viewer"}
    assert ticked(response, "atoms") == {"payment_make", "roster_view"}
    assert select(response, "[name=last_day]")[0].get("value") == "2029-06-30"
    assert refusals(primary) == 0
    assert not invited(primary).exists()


@pytest.mark.parametrize("atoms", [["roster_view"], sorted(ADMINISTRATOR.atoms - {"group_view"})])
def test_ticks_within_a_preset_and_those_another_one_left_give_the_preset(client, primary, atoms):
    fill(client, primary, VIEW | {"atoms": atoms})
    submit(client, primary)

    assert set(invited(primary).get().atoms) == VIEWER.atoms


def test_single_rights_that_are_a_preset_are_the_preset(client, primary):
    fill(client, primary, {"role": "custom", "atoms": sorted(VIEWER.atoms - {"group_view"})})
    submit(client, primary)

    assert invited(primary).get().role == "viewer"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"email_again": "other@cedarworks.example"}, "The two email addresses are different."),
        ({"first_name": ""}, "Enter the first name."),
        ({"email": "", "email_again": ""}, "Enter the email address."),
        ({"last_name": "Rober\u202et"}, "Remove the invisible characters: copy the text without its formatting."),
    ],
)  # fmt: skip
def test_mistakes_are_said_and_nothing_is_lost(client, primary, typed, problem):
    response = client.post(url(primary), WHO | typed)

    assert problem in errors(response)
    assert text(response, "title").startswith("Error:")
    assert select(response, "#id_first_name")[0].get("value", "") == (WHO | typed)["first_name"]


def test_what_was_typed_waits_for_the_way_back(client, primary, units):
    fill(
        client,
        primary,
        {"role": "custom", "atoms": ["billing_view"], "reach": "some", "units": [units[1].pk]},
    )

    who, level = client.get(url(primary)), client.get(url(primary, "access/"))

    assert select(who, "#id_email_again")[0].get("value") == WHO["email"]
    assert ticked(level, "role") == {"custom"}
    assert ticked(level, "atoms") == {"billing_view"}
    assert (ticked(level, "reach"), ticked(level, "units")) == ({"some"}, {str(units[1].pk)})


def test_cancel_forgets_what_was_typed(client, primary):
    fill(client, primary, VIEW)

    response = client.post(url(primary), {"cancel": "1"})

    assert response["Location"] == f"/g/{primary.group.slug}/users/"
    assert select(client.get(url(primary)), "#id_email")[0].get("value") is None


def test_two_groups_do_not_mix(client, primary):
    second = primary_of(user=primary.user)
    client.post(url(primary), WHO)

    assert select(client.get(url(second)), "#id_email")[0].get("value") is None
    assert client.get(url(second, "access/"))["Location"] == url(second)


def test_later_steps_lead_to_the_first(client, primary):
    assert client.get(url(primary, "access/"))["Location"] == url(primary)
    assert client.get(url(primary, "review/"))["Location"] == url(primary, "access/")


@pytest.mark.parametrize(
    ("access", "problem"),
    [
        ({"reach": "all"}, "Choose a role, or Custom."),
        ({"role": "custom", "reach": "all"}, "Tick at least one right, or choose a role."),
        ({"role": "viewer", "reach": "some"}, "Choose at least one billing unit."),
        ({"role": "viewer"}, "Choose all billing units or only some."),
        (VIEW | {"last_day": "2020-01-01"}, "Access cannot end before today."),
        (VIEW | {"last_day": "9999-12-31"}, "Choose a day within 10 years, or leave it empty."),
        (VIEW | {"last_day": "soon"}, "Enter a date, such as 06/30/2027."),
    ],
)
def test_access_levels_that_make_no_sense(client, primary, units, access, problem):
    response = fill(client, primary, access)

    assert errors(response) == [problem]
    assert refusals(primary) == 0
    assert ticked(response, "role") == {access.get("role")} - {None}


def test_an_address_with_access_leads_to_a_change(client, primary):
    luis = UserFactory(first_name="Luis", last_name="Ortega")
    grant = given(primary.group, "viewer", user=luis, parent=primary)

    response = client.post(url(primary), WHO | {"email": luis.email, "email_again": luis.email})

    assert errors(response) == [
        "Luis Ortega has access here already, as Viewer. Change it instead."
    ]
    assert select(response, ".ep-users__instead a")[0].get("href") == (
        f"/g/{primary.group.slug}/users/{grant.key}/access/"
    )


def test_an_address_with_an_invitation_leads_to_a_change(client, primary):
    add_user(
        primary.group,
        **{name: WHO[name] for name in ("first_name", "last_name", "email")},
        role="viewer",
        by=primary.user,
    )

    assert errors(client.post(url(primary), WHO)) == [
        "Priscilla Vance has access here already, as Viewer. Change it instead."
    ]


def test_ones_own_address_leads_nowhere(client, primary):
    email = primary.user.email

    response = client.post(url(primary), WHO | {"email": email, "email_again": email})

    assert errors(response) == ["This is your own email address: you have access already."]
    assert select(response, ".ep-users__instead") == []


def test_nobody_beyond_ones_units_is_named(client, primary, units):
    boss = given(primary.group, atoms=["users_manage"], units=[units[0].pk], parent=primary)
    given(
        primary.group,
        "viewer",
        user=UserFactory(email=WHO["email"]),
        units=[units[1].pk],
        parent=primary,
    )
    client.force_login(boss.user)

    response = client.post(url(primary), WHO)

    assert errors(response) == [
        "This address has access to this group already, beyond your billing units."
    ]
    assert "Teresa" not in text(response, "main")


def test_a_broker_is_authorized_instead(client, primary):
    agency = Agency.objects.create(name="Summit Benefit Partners")
    Broker.objects.create(
        agency=agency, first_name="Alicia", last_name="Grant", email=WHO["email"], npn="1234567"
    )

    assert errors(client.post(url(primary), WHO)) == [
        "This is the address of a broker, Alicia Grant of Summit Benefit Partners. Authorize a broker instead."
    ]


def test_a_broker_of_a_stopped_agency_is_not_sent_in_a_circle(client, primary):
    agency = Agency.objects.create(name="Summit Benefit")
    Broker.objects.create(
        agency=agency, first_name="Tom", last_name="Beckett", npn="4711", email=WHO["email"]
    )
    stop_agency(agency, reason="x", by=StaffFactory())

    response = client.post(url(primary), WHO)

    (problem,) = errors(response)
    assert problem.startswith(
        "This is the address of a broker, Tom Beckett of Summit Benefit."
        " We have stopped all access of this agency. Call "
    )
    assert not select(response, f"a[href='/g/{primary.group.slug}/users/broker/']")


def test_where_no_role_can_be_given_custom_is_chosen_already(client, primary):
    boss = given(primary.group, atoms=["users_manage", "roster_view"], parent=primary)
    client.force_login(boss.user)
    client.post(url(boss), WHO)

    response = client.get(url(boss, "access/"))

    assert offered(response, "role") == ticked(response, "role") == {"custom"}
    assert text(response, "#access-role legend").startswith("Role")


def test_only_what_one_holds_is_on_the_page(client, primary, units):
    boss = given(
        primary.group, atoms=["users_manage", "billing_view", "roster_view"], units=[units[0].pk],
        ends_at=end_of(timezone.localdate() + timedelta(days=30)), parent=primary,
    )  # fmt: skip
    client.force_login(boss.user)
    client.post(url(primary), WHO)

    response = client.get(url(primary, "access/"))

    assert offered(response, "role") == {"custom"}
    assert offered(response, "atoms") == {"billing_view", "roster_view", "users_view"}
    assert offered(response, "reach") == set()
    assert offered(response, "units") == {str(units[0].pk)}
    assert [line.text_content().strip() for line in select(response, ".ep-areas__absent")] == [
        "You can give only access that you hold yourself.",
        "Only the primary administrator can let others manage users.",
    ]
    assert "this one cannot last longer" in text(response, "#id_last_day_helptext")


def test_a_primary_administrator_finds_everything(client, primary):
    client.post(url(primary), WHO)

    response = client.get(url(primary, "access/"))

    assert offered(response, "role") == {
        "administrator", "enrollment_manager", "billing_manager", "billing_viewer", "viewer", "custom",
    }  # fmt: skip
    assert len(offered(response, "atoms")) == 34
    assert select(response, ".ep-areas__absent") == []
    assert offered(response, "reach") == offered(response, "units") == set()  # no billing units


FORGED = {
    "a right": {"role": "custom", "atoms": ["billing_view", "payment_make"]},
    "the right to manage users": {"role": "custom", "atoms": ["users_manage"]},
    "a right nobody knows": {"role": "custom", "atoms": ["everything"]},
    "a preset": {"role": "enrollment_manager"},
    "the primary role": {"role": "primary_administrator"},
    "emergency access": {"role": "emergency"},
    "no role": {"role": "emperor"},
    "no end": {"last_day": ""},
    "a later end": {"last_day": (timezone.localdate() + timedelta(days=31)).isoformat()},
}


@pytest.mark.parametrize("what", FORGED)
def test_hand_made_requests_for_more_are_refused_and_on_record(client, primary, units, what):
    boss = given(
        primary.group, atoms=["users_manage", "billing_view"], units=[units[0].pk],
        ends_at=end_of(timezone.localdate() + timedelta(days=30)), parent=primary,
    )  # fmt: skip
    client.force_login(boss.user)
    honest = {
        "role": "custom", "atoms": ["billing_view"], "units": [units[0].pk],
        "last_day": timezone.localdate().isoformat(),
    }  # fmt: skip

    response = fill(client, primary, honest | FORGED[what])

    assert len(errors(response)) == 1
    assert refusals(boss) == 1
    assert client.post(url(primary, "review/"), {}).status_code == 200  # nor by the next step
    assert not invited(primary).exists()
    assert fill(client, primary, honest).status_code == 302


def test_units_beyond_ones_own_are_refused_and_on_record(client, primary, units):
    boss = given(
        primary.group, atoms=["users_manage", "billing_view"], units=[units[0].pk], parent=primary
    )
    foreign = SubgroupFactory()
    client.force_login(boss.user)

    for unit in (units[1].pk, foreign.pk, 10**30, "x", -1):
        response = fill(
            client, primary, {"role": "custom", "atoms": ["billing_view"], "units": [unit]}
        )
        assert errors(response) == ["You can give only billing units that you hold yourself."]

    assert refusals(boss) == 5
    assert not invited(primary).exists()


def test_reach_all_is_nothing_to_somebody_limited_to_units(client, primary, units):
    boss = given(
        primary.group, atoms=["users_manage", "billing_view"], units=[units[0].pk], parent=primary
    )
    client.force_login(boss.user)

    fill(
        client,
        primary,
        {"role": "custom", "atoms": ["billing_view"], "reach": "all", "units": [units[0].pk]},
    )
    submit(client, primary)

    assert invited(primary).get().unit_ids() == {units[0].pk}


def test_units_of_another_group_are_refused_for_a_primary_too(client, primary, units):
    foreign = SubgroupFactory()

    response = fill(client, primary, {"role": "viewer", "reach": "some", "units": [foreign.pk]})

    assert errors(response) == ["You can give only billing units that you hold yourself."]
    assert refusals(primary) == 1


def test_fields_nobody_asked_for_change_nothing(client, primary):
    more = {
        "state": "active",
        "source": "registration",
        "user": primary.user_id,
        "group": 1,
        "parent": "",
        "all_units": "on",
    }
    client.post(url(primary), WHO | more)
    client.post(url(primary, "access/"), VIEW | more)
    submit(client, primary)

    grant = invited(primary).get()
    assert (grant.group_id, grant.user_id, grant.source, grant.parent_id) == (
        primary.group_id, None, "delegation", primary.pk,
    )  # fmt: skip


def test_sent_twice_it_invites_once(client, primary):
    fill(client, primary, VIEW)
    shown = select(client.get(url(primary, "review/")), "[name=shown]")[0].get("value")

    client.post(url(primary, "review/"), {"shown": shown})
    again = client.post(url(primary, "review/"), {"shown": shown}, follow=True)

    assert "Nothing was sent twice." in text(again, ".ep-messages")
    assert invited(primary).count() == 1
    assert OutboundEmail.objects.filter(template="accounts/invitation").count() == 1


def test_two_requests_with_the_same_session_invite_once(client, primary):
    """As a double click: the second request has read the session before the first one was done."""
    fill(client, primary, VIEW)
    waiting = client.session["add_user"]
    submit(client, primary)
    session = client.session
    session["add_user"] = waiting
    session.save()

    again = submit(client, primary)

    assert "has access here already" in text(again, "[role=alert]") or "has access already" in text(
        again, "[role=alert]"
    )
    assert select(again, ".ep-users__instead a")[0].get("href").endswith("/access/")
    assert invited(primary).count() == 1
    assert OutboundEmail.objects.filter(template="accounts/invitation").count() == 1


def test_what_another_tab_changed_is_shown_first(client, primary):
    fill(client, primary, VIEW)
    shown = select(client.get(url(primary, "review/")), "[name=shown]")[0].get("value")
    client.post(url(primary, "access/"), {"role": "billing_manager", "reach": "all"})

    response = client.post(url(primary, "review/"), {"shown": shown})

    assert "You changed something in another tab." in text(response, "[role=alert]")
    assert "Billing manager" in text(response, "main")
    assert not invited(primary).exists()


def test_rights_lost_since_the_review_was_shown(client, primary):
    boss = given(primary.group, "administrator", parent=primary)
    client.force_login(boss.user)
    fill(client, primary, {"role": "custom", "atoms": ["billing_view", "plans_view"]})
    grants.change_grant(
        boss, access=grants.Access("custom", with_needs({"users_manage", "plans_view"})), by=primary.user
    )  # fmt: skip

    response = client.post(url(primary, "review/"), {})

    assert errors(response) == ["You can give only access that you hold yourself."]
    assert ticked(response, "atoms") == {"plans_view"}
    assert not invited(primary).exists()


def test_access_lost_on_the_way_closes_the_page(client, primary):
    boss = given(primary.group, "administrator", parent=primary)
    client.force_login(boss.user)
    fill(client, primary, VIEW)
    grants.revoke_grant(boss, by=primary.user)

    assert client.post(url(primary, "review/"), {}).status_code == 404
    assert not invited(primary).exists()


@pytest.mark.parametrize(
    ("typed", "role", "atoms"),
    [
        ({"role": "viewer", "changed": "role"}, "viewer", VIEWER.atoms - {"group_view"}),
        (
            {"role": "viewer", "atoms": ["idcard_order"], "changed": "atoms"}, "custom",
            {"roster_view", "member_view", "idcard_view", "idcard_order"},
        ),
        (
            {"role": "custom", "atoms": sorted(VIEWER.atoms), "changed": "atoms"}, "viewer",
            VIEWER.atoms - {"group_view"},
        ),
        ({"role": "custom", "atoms": ["plans_view"], "changed": "reach"}, "custom", {"plans_view"}),
        ({"role": "custom", "changed": "role"}, "custom", set()),
        ({"role": "viewer", "atoms": [], "changed": "atoms"}, "viewer", set()),
        ({"atoms": ["nonsense"], "role": "nonsense", "changed": "nonsense"}, None, set()),
    ],
)  # fmt: skip
def test_role_and_boxes_follow_each_other(client, primary, typed, role, atoms):
    client.post(url(primary), WHO)

    response = client.post(url(primary, "access/"), typed | {"reach": "all"}, headers=HTMX)

    assert ticked(response, "role") == ({role} if role else set())
    assert ticked(response, "atoms") == atoms
    assert errors(response) == []
    assert refusals(primary) == 0


def test_partial_says_the_same_as_the_page(client, primary, units):
    access = {"role": "viewer", "reach": "some", "units": [units[0].pk], "last_day": "2029-06-30"}
    fill(client, primary, access)

    page = client.get(url(primary, "access/"))
    partial = client.post(url(primary, "access/"), access | {"changed": "reach"}, headers=HTMX)

    words = [" ".join(one.text_content().split()) for one in select(partial, "p")][:2]
    assert words == [" ".join(one.text_content().split()) for one in select(page, "#plain-words p")]
    assert words[0].endswith(f"for Main ({units[0].code}) until Saturday, June 30, 2029.")
    assert "see other billing units" in words[1]


def test_the_preview_keeps_nothing(client, primary):
    client.post(url(primary), WHO)
    client.post(url(primary, "access/"), VIEW | {"changed": "role"}, headers=HTMX)

    assert ticked(client.get(url(primary, "access/")), "role") == set()


@pytest.mark.parametrize("count", [1, 40])
def test_statements_do_not_grow_with_the_units(client, primary, count, django_assert_num_queries):
    SubgroupFactory.create_batch(count, group=primary.group)
    fill(client, primary, VIEW)

    with django_assert_num_queries(13):
        client.get(url(primary, "access/"))
    with django_assert_num_queries(13):
        client.get(url(primary, "review/"))


def test_names_are_escaped(client, primary):
    session = client.session
    session["add_user"] = {
        primary.group.slug: {"who": WHO | {"first_name": "<b>P"}, "access": VIEW}
    }
    session.save()

    for step in ("access/", "review/"):
        source = client.get(url(primary, step)).content.decode()
        assert "&lt;b&gt;P" in source
        assert "<b>P " not in source.replace("<b>P</b>", "")


def test_adding_needs_the_right(client, primary):
    looker = given(primary.group, atoms=["users_view"], parent=primary)
    client.force_login(looker.user)

    for step in ("", "access/", "review/"):
        assert client.get(url(primary, step)).status_code == 403
        assert client.post(url(primary, step), WHO).status_code == 403
