import pytest
from django.db import connection

from accounts.models import AccessCode, Grant, RegistrationEntry, RegistrationRequest
from portal.models import AuditEvent, OutboundEmail
from tests.accounts.test_codes_concurrency import at_once
from tests.factories import (
    ContactFactory,
    EmployerGroupFactory,
    RegistrationRequestFactory,
    UserFactory,
)
from tests.html import errors, select, text
from tests.staff import QUEUE, address, browser_of, decide, page_of, staff_with

pytestmark = pytest.mark.django_db
State = RegistrationRequest.State
STALE = "Nora Castellanos changed this request in the meantime: it is now in review. Nothing was done twice."


@pytest.fixture(autouse=True)
def _one_person_is_enough(settings):
    settings.FOUR_EYES = "never"


@pytest.fixture
def nora():
    return staff_with("am_specialist")


@pytest.fixture
def ben():
    return staff_with("am_supervisor", first_name="Ben", last_name="Whitaker")


@pytest.fixture
def browser(nora):
    return browser_of(nora)


@pytest.fixture
def case():
    return RegistrationRequestFactory()


def said(response):
    """Return what the page reports about the last deed."""
    return text(response, ".ep-messages")


def letters():
    return sorted(OutboundEmail.objects.values_list("template", flat=True))


def test_take(browser, nora, case):
    page = decide(browser, case, "take")

    case.refresh_from_db()
    assert (case.assigned_to, case.state) == (nora, State.IN_REVIEW)
    assert said(page) == "The request is yours."
    assert not select(page, "form[action$='/take/']")


def test_approve_mails_the_key_and_offers_the_next(browser, case):
    following = RegistrationRequestFactory()

    page = decide(browser, case, "approve")

    case.refresh_from_db()
    assert case.state == State.APPROVED
    assert letters() == ["accounts/access_key"]
    assert said(page) == "Approved. The Access Key goes to the applicant by email."
    assert select(page, ".ep-decide .usa-button")[0].get("href") == page_of(following)


def test_approve_without_a_key(settings, browser, case):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False
    UserFactory(email=case.email)

    page = decide(browser, case, "approve")

    assert said(page).startswith("Approved and activated.")
    assert Grant.objects.get().state == Grant.State.ACTIVE
    assert not AccessCode.objects.exists()


def test_ask(browser, case):
    page = decide(browser, case, "ask", question="Which Cedar?\r\nRidge?")

    entry = RegistrationEntry.objects.get()
    assert (entry.kind, entry.text) == ("question", "Which Cedar?\nRidge?")
    assert text(page, "h1").endswith("Needs information")
    assert letters() == ["accounts/registration_question"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"question": ""}, "Write the question for the applicant."),
        ({"question": "x" * 2001}, "Ensure this value has at most 2000 characters (it has 2001)."),
        ({"question": "a\u202eb"}, "Remove the invisible characters: copy the text without its formatting."),
        ({"question": "a\x00b"}, "Null characters are not allowed."),
    ],
)  # fmt: skip
def test_ask_says_what_is_wrong_and_keeps_it(browser, case, typed, message):
    page = decide(browser, case, "ask", **typed)

    assert message in errors(page)
    assert text(page, "title").startswith("Error:")
    kept = select(page, "details[open] textarea#ask_question")[0].text_content().lstrip("\n")
    assert kept == typed["question"].replace("\x00", "\ufffd") or "\x00" in typed["question"]
    assert not RegistrationEntry.objects.exists()


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"because": "no_group"}, "We know no group by the ID you gave."),
        (
            {"because": "no_group", "text": "Call us."},
            "We know no group by the ID you gave.\n\nCall us.",
        ),
        ({"because": "other", "text": "Ruth says no."}, "Ruth says no."),
    ],
)
def test_decline(browser, case, typed, reason):
    page = decide(browser, case, "decline", **typed)

    case.refresh_from_db()
    assert (case.state, case.decline_reason) == (State.DECLINED, reason)
    assert letters() == ["accounts/registration_declined"]
    assert reason.partition("\n")[0] in text(page, "section[aria-labelledby=declined]")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"text": "words"}, "Choose a reason."),
        ({"because": "other"}, "Write down the reason."),
        ({"because": "<b>"}, "Select a valid choice. <b> is not one of the available choices."),
    ],
)
def test_decline_needs_a_reason(browser, case, typed, message):
    page = decide(browser, case, "decline", **typed)

    assert message in errors(page)
    assert select(page, "textarea#decline_text")[0].text_content().strip() == typed.get("text", "")
    case.refresh_from_db()
    assert case.state == State.SUBMITTED


def test_note(browser, case):
    page = decide(browser, case, "note", text="New HR line.")

    assert text(page, "section[aria-labelledby=notes] p") == "New HR line."
    assert letters() == []
    assert errors(decide(browser, case, "note", text=" ")) == ["Write the note."]


def test_reissue_kills_the_older_key(browser, case):
    decide(browser, case, "approve")

    page = decide(browser, case, "reissue")

    states = list(AccessCode.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["revoked", "issued"]
    assert said(page).startswith("A new Access Key goes out")
    assert "The latest of 2 keys." in page.content.decode()


def test_reissue_needs_an_approval(browser, case):
    page = decide(browser, case, "reissue")

    assert errors(page)[0].endswith("Nothing was done twice.")
    assert not AccessCode.objects.exists()


def test_link_by_search(browser):
    case = RegistrationRequestFactory(group=None)
    group = EmployerGroupFactory(name="Hollis Dental Arts", group_id="20677A")
    EmployerGroupFactory(name="Cedar")

    found = browser.get(address(case, "link"), {"q": "holl dent"})
    shown = [cell.text_content() for cell in select(found, "tbody td")]
    page = decide(browser, case, "link", group="20677a")

    assert shown[0] == "20677A"
    case.refresh_from_db()
    assert case.group == group
    assert said(page) == "Linked to Hollis Dental Arts (20677A). Look at the evidence again."


def test_link_offers_groups_that_are_alike_with_their_score(browser):
    group = EmployerGroupFactory(fein="041234567", name="Hollis Dental Arts")
    mailed = EmployerGroupFactory(name="Other name")
    ContactFactory(group=mailed, email="info@hollis.example")
    EmployerGroupFactory(name="Cedar")
    case = RegistrationRequestFactory(
        group=None, fein="041234567", email="m@hollis.example", identifier=group.group_id
    )

    page = browser.get(address(case, "link"))

    names = [next(cell.itertext()) for cell in select(page, "tbody th")]
    points = [cell.text for cell in select(page, "tbody td.ep-number")]
    assert (names, points) == (["Hollis Dental Arts", "Other name"], ["45", "28"])


@pytest.mark.parametrize("query", ["", "?q=", "?q=%00", "?q=nobody", f"?q={'x ' * 60}"])
def test_link_without_a_result(browser, query):
    case = RegistrationRequestFactory(group=None, company_legal_name="Zz", fein="999999999")
    EmployerGroupFactory()

    page = browser.get(address(case, "link") + query)

    assert page.status_code == 200
    assert not select(page, "tbody tr")


@pytest.mark.parametrize(
    ("typed", "message"),
    [({}, "Choose a group."), ({"group": "ZZZZZZ"}, "We know no group by this ID.")],
)
def test_link_says_what_is_wrong(browser, case, typed, message):
    assert errors(decide(browser, case, "link", **typed)) == [message]


def test_a_decided_request_keeps_its_group(browser, case):
    decide(browser, case, "approve")
    other = EmployerGroupFactory()

    page = decide(browser, case, "link", group=other.group_id)

    assert errors(page)[0].endswith("Nothing was done twice.")
    assert "This request is decided. It keeps its group." in page.content.decode()


@pytest.mark.parametrize(
    ("decision", "typed"),
    [
        ("approve", {}),
        ("take", {}),
        ("ask", {"question": "Which Cedar?"}),
        ("decline", {"because": "other", "text": "Ruth says no."}),
    ],
)
def test_the_second_of_two_people_is_told_and_loses_nothing(browser, ben, case, decision, typed):
    seen = case.version
    decide(browser, case, "take")
    other = browser_of(ben)

    page = other.post(address(case, decision), {"version": seen, **typed})

    assert errors(page) == [STALE]
    case.refresh_from_db()
    assert (case.state, case.version) == (State.IN_REVIEW, seen + 1)
    content = page.content.decode()
    assert all(value in content for key, value in typed.items() if key != "because")
    assert select(page, "input[name=version]")[0].get("value") == str(case.version)
    assert letters() == []


def test_words_typed_for_a_decided_request_can_be_copied(browser, ben, case):
    seen = case.version
    decide(browser, case, "approve")

    page = browser_of(ben).post(
        address(case, "ask"), {"version": seen, "question": "Which <b>Cedar</b>?"}
    )

    assert select(page, "textarea#typed")[0].text_content() == "Which <b>Cedar</b>?"
    assert not RegistrationEntry.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 30, "1.5", "\x00"])
def test_a_page_without_a_version_decides_nothing(browser, case, version):
    page = browser.post(address(case, "approve"), {"version": version})

    assert errors(page)
    assert not Grant.objects.exists()


@pytest.mark.parametrize("setting", ["always", "below_limit"])
def test_four_eyes(settings, browser, nora, ben, case, setting):
    settings.FOUR_EYES, settings.MATCH_LIMIT = setting, 100

    first = decide(browser, case, "approve")
    again = decide(browser, case, "approve")
    seen_by_ben = browser_of(ben).get(page_of(case))
    second = decide(browser_of(ben), case, "approve")

    assert said(first).startswith("Your approval is noted. A second person must approve")
    assert "You approved this already." in text(first, ".ep-decide")
    assert errors(again) == ["You approved this already. A second person must approve it too."]
    assert "First approval by Nora Castellanos." in text(seen_by_ben, ".ep-decide")
    assert said(second).startswith("Approved.")
    assert Grant.objects.count() == AccessCode.objects.count() == 1


def test_an_ended_group_is_not_approved(browser, case):
    case.group.status = "terminated"
    case.group.save(update_fields=["status"])

    page = browser.get(page_of(case))

    assert not select(page, "form[action$='/approve/']")
    assert errors(decide(browser, case, "approve"))[0].startswith("This group has ended.")


@pytest.mark.parametrize("role", ["read_only", "system_admin"])
@pytest.mark.parametrize(
    "decision", ["take", "approve", "ask", "decline", "note", "reissue", "link"]
)
def test_only_account_management_decides(case, role, decision):
    client = browser_of(staff_with(role))

    page = decide(client, case, decision, question="?", because="other", text="x", group="20533A")

    assert page.status_code == 403
    case.refresh_from_db()
    assert case.version == 1
    assert not RegistrationEntry.objects.exists()


def test_a_repeat_waits_for_the_first_and_can_then_be_worked_on(browser, case):
    repeat = RegistrationRequestFactory(
        group=case.group, email=case.email, identifier=case.identifier, repeat_of=case
    )

    early = decide(browser, repeat, "promote")
    decide(browser, case, "decline", because="details")
    offered = browser.get(page_of(repeat))
    page = decide(browser, repeat, "promote")
    again = decide(browser, repeat, "promote")

    assert errors(early) == [f"{case.number} is open. Decide that one first."]
    assert not select(early, "form[action$='/promote/']")
    assert select(offered, "form[action$='/promote/']")
    assert said(page) == "In the queue. The promise starts now."
    assert select(page, "form[action$='/approve/']")
    assert errors(again)[0].endswith("Nothing was done twice.")


def test_coming_back_to_a_decision_leads_to_the_page(browser, case):
    assert browser.get(address(case, "approve")).url == page_of(case)


def test_an_unknown_number_is_not_found(browser):
    assert browser.get(f"{QUEUE}REG-1/change/").status_code == 404
    assert browser.post(f"{QUEUE}REG-1/approve/", {"version": 1}).status_code == 404


def test_a_decision_needs_the_token(case, nora):
    client = browser_of(nora)
    client.handler.enforce_csrf_checks = True

    assert client.post(address(case, "approve"), {"version": 1}).status_code == 403
    assert not Grant.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_two_people_approve_at_the_same_moment(settings, round_number):
    settings.FOUR_EYES = "never"
    case = RegistrationRequestFactory()
    browsers = [browser_of(staff_with("am_specialist")), browser_of(staff_with("am_supervisor"))]

    def approve(client):
        try:
            return client.post(address(case, "approve"), {"version": 1})
        finally:
            connection.close()

    answers = at_once(*[lambda client=client: approve(client) for client in browsers])

    assert sorted(answer.status_code for answer in answers) == [200, 302]
    loser = next(answer for answer in answers if answer.status_code == 200)
    assert errors(loser)[0].endswith("it is now approved. Nothing was done twice.")
    assert Grant.objects.count() == AccessCode.objects.count() == 1
    assert letters() == ["accounts/access_key"]
    assert AuditEvent.objects.filter(kind="accounts.registration_approved").count() == 1
