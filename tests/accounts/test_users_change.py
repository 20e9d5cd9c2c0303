"""*Change access*: prefilled, compared, refused when stale."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import grants
from accounts.actions.delegation import add_user, change_access
from accounts.models import Grant, end_of
from accounts.roles import BILLING_VIEWER, VIEWER
from groups.atoms import with_needs
from portal.models import AuditEvent, OutboundEmail
from tests.access import given, primary_of
from tests.factories import SubgroupFactory, UserFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "plain-words"}


@pytest.fixture
def primary(client):
    grant = primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))
    client.force_login(grant.user)
    return grant


@pytest.fixture
def unit(primary):
    return SubgroupFactory(group=primary.group, code="0001")


@pytest.fixture
def luis(primary, unit):
    return given(
        primary.group, "viewer", units=[unit.pk], parent=primary,
        user=UserFactory(first_name="Luis", last_name="Ortega"),
    )  # fmt: skip


def url(grant, step=""):
    return f"/g/{grant.group.slug}/users/{grant.key}/access/{step}"


def values(response, name):
    return {field.get("value") for field in select(response, f"[name={name}][checked]")}


def version(client, grant):
    return select(client.get(url(grant)), "[name=version]")[0].get("value")


def choose(client, grant, access):
    return client.post(url(grant), {"version": version(client, grant), **access})


def submit(client, grant):
    shown = select(client.get(url(grant, "review/")), "[name=shown]")[0].get("value")
    return client.post(url(grant, "review/"), {"shown": shown}, follow=True)


def fresh(grant):
    return Grant.objects.with_units().get(pk=grant.pk)


def refusals(grant):
    return AuditEvent.objects.filter(
        kind="accounts.delegation_refused", actor_key=grant.user_id, target_type="accounts.grant"
    ).count()


def test_prefilled_with_what_is_in_force(client, luis, unit):
    last_day = timezone.localdate() + timedelta(days=9)
    Grant.objects.filter(pk=luis.pk).update(ends_at=end_of(last_day))

    response = client.get(url(luis))

    assert text(response, "h1") == "What may Luis Ortega do?"
    assert values(response, "role") == {"viewer"}
    assert values(response, "atoms") == VIEWER.atoms - {"group_view"}
    assert (values(response, "reach"), values(response, "units")) == ({"some"}, {str(unit.pk)})
    assert select(response, "#id_last_day")[0].get("value") == last_day.isoformat()
    assert "Luis can see members with masked IDs" in text(response, "#plain-words")


def test_compared_and_changed(client, primary, luis):
    assert choose(client, luis, {"role": "billing_viewer", "reach": "all"})["Location"] == url(
        luis, "review/"
    )
    review = client.get(url(luis, "review/"))
    done = submit(client, luis)

    assert [
        [cell.text_content() for cell in row] for row in select(review, ".ep-compare tbody tr")
    ] == [
        ["Role", "Viewer", "Billing viewer"],
        ["Can do", VIEWER.hint, BILLING_VIEWER.hint],
        ["Billing units", "0001", "ALL"],
        ["Last day", "No end", "No end"],
    ]
    assert text(review, ".ep-access__differences") == (
        "Comes newSee bills, Download invoices, See payments"
        " Is taken awaySee the roster, See members, See plans, See transactions"
    )
    assert "The access of Luis Ortega is changed." in text(done, ".ep-messages")
    changed = fresh(luis)
    assert (changed.role, changed.all_units, changed.parent_id) == (
        "billing_viewer",
        True,
        primary.pk,
    )
    assert (
        OutboundEmail.objects.filter(template="accounts/access_changed", to=luis.user.email).count()
        == 1
    )


def test_units_and_end_are_compared_too(client, luis):
    second = SubgroupFactory(group=luis.group, code="0002", name="Depot")
    day = timezone.localdate() + timedelta(days=30)
    choose(
        client,
        luis,
        {"role": "viewer", "reach": "some", "units": [second.pk], "last_day": day.isoformat()},
    )
    review = client.get(url(luis, "review/"))
    submit(client, luis)

    assert select(review, ".ep-access__differences") == []
    assert text(review, ".ep-compare").endswith(
        f"Billing units00010002Last dayNo end{day:%b} {day.day}, {day.year}"
    )
    assert (fresh(luis).unit_ids(), fresh(luis).last_day) == ({second.pk}, day)


def test_an_invitation_is_changed_with_its_key(client, primary):
    grant = add_user(
        primary.group, first_name="Mark", last_name="Johnson", email="mark@cedarworks.example", role="viewer",
        by=primary.user,
    )  # fmt: skip
    choose(client, grant, {"role": "billing_viewer", "reach": "all"})
    submit(client, grant)

    assert (fresh(grant).state, fresh(grant).role) == ("pending", "billing_viewer")
    assert grant.codes.get().state == "issued"


def test_deactivated_access_is_changed_and_stays_deactivated(client, luis):
    grants.suspend_grant(luis, by=None, suspension="administrator")
    choose(client, luis, {"role": "billing_viewer", "reach": "all"})
    submit(client, luis)

    assert (fresh(luis).state, fresh(luis).role) == ("suspended", "billing_viewer")


def test_nothing_changed_is_said(client, luis, unit):
    response = choose(client, luis, {"role": "viewer", "reach": "some", "units": [unit.pk]})

    assert errors(response) == ["This is the access that is in force. Change something, or cancel."]


def test_a_page_older_than_the_access_shows_what_is_now(client, primary, luis, unit):
    old = version(client, luis)
    change_access(luis, role="billing_viewer", version=luis.version, by=primary.user)

    response = client.post(
        url(luis), {"version": old, "role": "enrollment_manager", "reach": "all"}
    )

    now = text(response, "[role=alert]")
    assert "Somebody changed this access in the meantime." in now
    assert "Role Billing viewer" in now.replace("RoleBilling", "Role Billing")
    assert values(response, "role") == {"enrollment_manager"}  # what was typed
    assert select(response, "[name=version]")[0].get("value") == str(fresh(luis).version)
    assert fresh(luis).role == "billing_viewer"


def test_a_review_older_than_the_access_shows_what_is_now(client, primary, luis):
    choose(client, luis, {"role": "enrollment_manager", "reach": "all"})
    shown = select(client.get(url(luis, "review/")), "[name=shown]")[0].get("value")
    change_access(luis, role="billing_viewer", version=luis.version, by=primary.user)

    response = client.post(url(luis, "review/"), {"shown": shown})

    assert "Somebody changed this access in the meantime." in text(response, "[role=alert]")
    assert values(response, "role") == {"enrollment_manager"}
    assert fresh(luis).role == "billing_viewer"
    assert client.get(url(luis, "review/"))["Location"] == url(luis)


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 30])
def test_versions_that_are_none_count_as_old(client, luis, odd):
    response = client.post(url(luis), {"version": odd, "role": "billing_viewer", "reach": "all"})

    assert "in the meantime" in text(response, "[role=alert]")


def test_sent_twice_it_changes_once(client, luis):
    choose(client, luis, {"role": "billing_viewer", "reach": "all"})
    shown = select(client.get(url(luis, "review/")), "[name=shown]")[0].get("value")
    client.post(url(luis, "review/"), {"shown": shown})

    again = client.post(url(luis, "review/"), {"shown": shown}, follow=True)

    assert "Nothing was changed twice." in text(again, ".ep-messages")
    assert AuditEvent.objects.filter(kind="accounts.grant_changed").count() == 1


def test_what_another_tab_changed_is_shown_first(client, luis):
    choose(client, luis, {"role": "billing_viewer", "reach": "all"})
    shown = select(client.get(url(luis, "review/")), "[name=shown]")[0].get("value")
    choose(client, luis, {"role": "enrollment_manager", "reach": "all"})

    response = client.post(url(luis, "review/"), {"shown": shown})

    assert "You changed something in another tab." in text(response, "[role=alert]")
    assert fresh(luis).role == "viewer"


def test_cancel_forgets_what_was_typed(client, luis):
    choose(client, luis, {"role": "billing_viewer", "reach": "all"})

    assert client.post(url(luis), {"cancel": "1"})["Location"] == f"/g/{luis.group.slug}/users/"
    assert values(client.get(url(luis)), "role") == {"viewer"}


@pytest.fixture
def boss(client, primary, unit):
    """A manager of users for one billing unit, who sees bills until the day after tomorrow."""
    grant = given(
        primary.group, atoms=["users_manage", "billing_view"], units=[unit.pk], parent=primary,
        ends_at=end_of(timezone.localdate() + timedelta(days=2)),
    )  # fmt: skip
    client.force_login(grant.user)
    return grant


@pytest.fixture
def helper(primary, unit, boss):
    return given(
        primary.group, atoms=["users_view"], units=[unit.pk], ends_at=boss.ends_at, parent=boss
    )


@pytest.mark.parametrize(
    "forged",
    [
        {"atoms": ["payment_make"]}, {"atoms": ["users_manage"]}, {"role": "viewer"},
        {"role": "primary_administrator"}, {"last_day": ""}, {"last_day": "2029-01-01"}, {"units": ["0"]},
    ],
)  # fmt: skip
def test_hand_made_requests_for_more_are_refused_and_on_record(client, boss, helper, unit, forged):
    honest = {
        "role": "custom", "atoms": ["billing_view"], "units": [unit.pk],
        "last_day": timezone.localdate().isoformat(),
    }  # fmt: skip

    response = choose(client, helper, honest | forged)

    assert len(errors(response)) == 1
    assert refusals(boss) == 1
    assert fresh(helper).version == helper.version
    assert choose(client, helper, honest).status_code == 302


def test_a_wider_grant_is_not_touched(client, primary, boss, unit):
    wider = given(
        primary.group, atoms=["plans_view"], units=[unit.pk], ends_at=boss.ends_at, parent=primary
    )

    for step in ("", "review/"):
        page = client.get(url(wider, step))
        sent = client.post(
            url(wider, step),
            {"role": "custom", "atoms": ["billing_view"], "version": wider.version},
        )
        assert (page.status_code, sent.status_code) == (403, 403)
        assert (
            text(page, "h1")
            == f"The access of {wider.person} is wider than yours, so you cannot change it."
        )
        assert text(sent, "h1") == text(page, "h1")

    assert refusals(boss) == 2
    assert fresh(wider).version == wider.version


def test_a_grant_that_reaches_beyond_ones_units_is_not_there(client, primary, boss, unit):
    """Its other unit is hidden from a reader limited to units; that must not make it look narrow."""
    other = SubgroupFactory(group=primary.group)
    both = given(
        primary.group, atoms=["billing_view"], units=[unit.pk, other.pk], ends_at=boss.ends_at, parent=primary
    )  # fmt: skip
    whole = given(primary.group, atoms=["billing_view"], ends_at=boss.ends_at, parent=primary)

    for grant in (both, whole):
        assert client.get(url(grant)).status_code == 404
        assert client.post(url(grant), {}).status_code == 404


def test_ones_own_access_is_not_changed(client, primary):
    response = client.get(url(primary))

    assert response.status_code == 403
    assert text(response, "h1") == "You cannot change your own access."
    assert client.post(url(primary), {"role": "viewer"}).status_code == 403
    assert fresh(primary).role == "primary_administrator"


def test_keys_that_lead_nowhere(client, primary, luis):
    foreign = primary_of()
    grants.revoke_grant(luis, by=primary.user)
    unknown = "00000000-0000-4000-8000-000000000000"

    for key in (foreign.key, luis.key, unknown):
        for step in ("", "review/"):
            path = f"/g/{primary.group.slug}/users/{key}/access/{step}"
            assert client.get(path).status_code == 404
            assert client.post(path).status_code == 404


def test_the_other_primary_can_be_made_less(client, primary):
    second = primary_of(primary.group)
    page = client.get(url(second))
    choose(client, second, {"role": "administrator", "reach": "all"})
    submit(client, second)

    assert values(page, "role") == set()
    assert fresh(second).role == "administrator"


def test_brokers_keep_to_roles_of_brokers(client, primary):
    broker = given(primary.group, "broker_view", parent=primary)

    response = client.get(url(broker))

    offered = {field.get("value") for field in select(response, "[name=role]")}
    assert offered == {"broker_full", "broker_view", "custom"}
    assert select(response, "[name=atoms][value=users_manage]") == []
    assert text(response, ".ep-areas__absent") == "A broker never manages users."
    refused = choose(client, broker, {"role": "custom", "atoms": ["users_manage"]})
    assert errors(refused) == ["You can give only access that you hold yourself."]


def test_partial_says_the_same_as_the_page(client, luis):
    page = client.get(url(luis))
    typed = {"role": "viewer", "reach": "some", "units": values(page, "units"), "changed": "reach"}

    partial = client.post(url(luis), typed, headers=HTMX)

    words = [" ".join(one.text_content().split()) for one in select(partial, "p")][:2]
    assert words == [" ".join(one.text_content().split()) for one in select(page, "#plain-words p")]
    assert select(partial, "[role=alert]") == []


def test_names_are_escaped(client, primary, unit):
    person = UserFactory(first_name="<b>Bold</b>", last_name="Name")
    grant = given(primary.group, "viewer", user=person, parent=primary)
    choose(client, grant, {"role": "billing_viewer", "reach": "all"})

    for step in ("", "review/"):
        source = client.get(url(grant, step)).content.decode()
        assert "&lt;b&gt;Bold" in source
        assert "<b>Bold" not in source


def test_single_rights_are_given_with_what_they_need(client, luis):
    choose(client, luis, {"role": "custom", "atoms": ["payment_make"], "reach": "all"})
    submit(client, luis)

    assert set(fresh(luis).atoms) == with_needs({"payment_make"})


def test_emergency_access_is_not_changed(client, primary):
    access = grants.Access(
        "emergency", grants.preset("emergency").atoms, None, timezone.now() + timedelta(hours=1)
    )
    offered = grants.offer_grant(
        primary.group, email="nora@staff.example", role="emergency", access=access, by=None,
        source="emergency", reason="A fire",
    )  # fmt: skip
    grant = grants.activate_grant(offered, user=UserFactory(), by=None)

    response = client.get(url(grant))

    assert response.status_code == 403
    assert text(response, "h1") == "This is emergency access of ours. It ends by itself."


def test_rights_lost_since_the_review_was_shown(client, primary, boss, helper, unit):
    choose(
        client, helper,
        {"role": "custom", "atoms": ["billing_view"], "units": [unit.pk], "last_day": boss.last_day.isoformat()},
    )  # fmt: skip
    less = grants.Access("custom", with_needs({"users_manage"}), frozenset({unit.pk}), boss.ends_at)
    grants.change_grant(boss, access=less, by=primary.user)

    response = client.post(url(helper, "review/"), {})

    assert errors(response) == ["You can give only access that you hold yourself."]
    assert fresh(helper).version == helper.version
