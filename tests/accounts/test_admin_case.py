from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.actions import review
from accounts.actions.grants import activate_grant
from accounts.actions.registration import answer_question
from accounts.models import RegistrationRequest
from tests.factories import (
    ContactFactory,
    EmployerGroupFactory,
    GrantFactory,
    RegistrationRequestFactory,
    UserFactory,
)
from tests.html import select, text
from tests.staff import browser_of, decide, page_of, staff_with

pytestmark = pytest.mark.django_db
State = RegistrationRequest.State


@pytest.fixture
def nora():
    return staff_with("am_specialist")


@pytest.fixture
def browser(nora):
    return browser_of(nora)


@pytest.fixture
def cedar():
    """A group with a contract signer and a primary administrator on file."""
    group = EmployerGroupFactory(
        group_id="20533A",
        name="Cedar Ridge Logistics",
        legal_name="Cedar Ridge Logistics",
        fein="045529031",
        phone="4135550114",
    )
    ContactFactory(group=group, email="phendricks@cedarridge.example")
    ContactFactory(group=group, kind="primary_admin", first_name="Ruth", last_name="Delaney")
    return group


@pytest.fixture
def case(cedar):
    return RegistrationRequestFactory(
        group=cedar,
        company_legal_name="Cedar Ridge Logistics, LLC",
        email="tquinn@cedarridge.example",
        signer_email="paul@elsewhere.example",
        state=State.IN_REVIEW,
    )


def rows(response, section):
    """Return the cells of each row of the table under the heading with this id."""
    found = select(response, f"section[aria-labelledby={section}] tbody tr")
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in found]


def test_title_and_promise(browser, case):
    page = browser.get(page_of(case))

    assert text(page, "h1") == "Teresa Quinn for Cedar Ridge Logistics, LLC In review"
    assert "primary administrator" in text(page, ".ep-title p")
    assert "assigned to nobody" in text(page, ".ep-title p")
    assert "Answer by " in text(page, ".ep-title__side")


def test_the_request_stands_against_what_is_on_file(browser, case):
    page = browser.get(page_of(case))

    assert rows(page, "evidence") == [
        ["Group ID", "20533A", "20533A", "Same", "20 of 20"],
        ["Legal name", "Cedar Ridge Logistics , LLC", "Cedar Ridge Logistics", "Close", "13 of 15"],
        ["FEIN", "••-•••9031", "••-•••9031", "Same", "25 of 25"],
        [
            "Email domain", "cedarridge.example", "cedarridge.example (1 contact)", "Same", "20 of 20",
        ],
        ["Phone", "(413) 555-01 88", "(413) 555-01 14", "Different", "0 of 10"],
        ["Contract signer", "Paul Hendricks", "Paul Hendricks, CFO", "Close", "8 of 10"],
    ]  # fmt: skip
    marked = [mark.text for mark in select(page, "section[aria-labelledby=evidence] mark")]
    assert marked == [", LLC", "88", "14"]
    assert text(page, ".ep-score b") == "86"
    assert text(page, ".ep-score p").startswith(
        "Above the limit of 80 for one-person approval. Lowest part: Phone."
    )


def test_lines_that_are_the_same_can_go(browser, case):
    page = browser.get(f"{page_of(case)}?only=differences")

    assert select(page, ".ep-only-differences[checked]")
    assert len(select(page, "tr.ep-same")) == 3


def test_a_tax_number_is_never_whole(browser, case):
    case.fein = "123456789"
    case.save(update_fields=["fein"])

    page = browser.get(page_of(case))

    assert rows(page, "evidence")[2] == ["FEIN", "••-•••6789", "••-•••9031", "Different", "0 of 25"]
    assert b"123456789" not in page.content
    assert b"045529031" not in page.content


def test_a_free_domain_proves_nothing(browser, case):
    case.email = "cedar.ridge@gmail.com"
    case.save(update_fields=["email"])

    assert "Anybody can have an address there" in text(
        browser.get(page_of(case)), ".ep-notice--warn"
    )


@pytest.mark.parametrize(
    ("four_eyes", "words"),
    [
        ("always", "Two people approve every request."),
        ("below_limit", "Below the limit of 95: two people must approve."),
        ("never", "Below the limit of 95."),
    ],
)
def test_the_limit_means_what_the_carrier_set(settings, browser, case, four_eyes, words):
    settings.FOUR_EYES, settings.MATCH_LIMIT = four_eyes, 95

    assert text(browser.get(page_of(case)), ".ep-score p").startswith(words)


def test_effect_of_approval(settings, browser, case, cedar):
    ruth = UserFactory(first_name="Ruth", last_name="Delaney")
    activate_grant(GrantFactory(group=cedar, email=ruth.email), user=ruth, by=None)

    effects = rows(browser.get(page_of(case)), "effect")

    assert effects[0] == [
        "Primary administrator",
        "Ruth Delaney (never signed in)",
        "Teresa Quinn. Ruth Delaney stays until Teresa Quinn removes them.",
    ]
    assert effects[1] == ["Account", "None with this email address", "Made with the Access Key"]
    assert effects[2][2].startswith("One key by email, valid until ")


@pytest.mark.parametrize(
    ("confirmed", "after"),
    [
        (True, "None needed: activated at once, and told by email"),
        (False, "One key by email, valid until "),
    ],
)
def test_a_person_with_an_account_may_need_no_key(settings, browser, case, confirmed, after):
    settings.PRIMARY_NEEDS_ACCESS_CODE = False
    user = UserFactory(email=case.email, username="tquinn")
    EmailAddress.objects.filter(user=user).update(verified=confirmed)

    effects = rows(browser.get(page_of(case)), "effect")

    assert effects[1][1] == "tquinn"
    assert effects[2][2].startswith(after)


def test_the_role_that_another_one_replaces_is_named(browser, case, cedar):
    user = UserFactory(email=case.email, first_name="Teresa", last_name="Quinn")
    grant = GrantFactory(group=cedar, email=user.email, role="broker_full")
    activate_grant(grant, user=user, by=None)

    effects = rows(browser.get(page_of(case)), "effect")

    assert effects[1] == [
        "Broker, full",
        "Teresa Quinn",
        "Ends: Primary administrator takes its place.",
    ]


def test_a_person_who_has_the_access_already(browser, case, cedar):
    user = UserFactory(email=case.email, is_active=False)
    activate_grant(GrantFactory(group=cedar, email=user.email), user=user, by=None)

    effects = rows(browser.get(page_of(case)), "effect")

    assert effects[0][2] == "Teresa Quinn, who has this access already. The new one replaces it."
    assert "deactivated" in effects[1][1]


def test_an_unknown_group_has_no_effect_and_cannot_be_approved(browser):
    case = RegistrationRequestFactory(group=None, identifier="20535A")

    page = browser.get(page_of(case))

    assert rows(page, "effect") == []
    assert rows(page, "evidence")[0] == ["Group ID", "20535A", "–", "Nothing on file", "0 of 20"]
    assert not select(page, f"form[action='{page_of(case).replace('change', 'approve')}']")
    assert "No group by this ID: 20535A." in text(page, ".ep-notice--warn")


def test_repeats_show_what_differs(browser, case):
    repeat = RegistrationRequestFactory(
        group=case.group,
        email=case.email.upper(),
        company_legal_name=case.company_legal_name,
        signer_email=case.signer_email,
        phone="4135550177",
        fein="999999999",
        repeat_of=case,
    )

    first, again = browser.get(page_of(case)), browser.get(page_of(repeat))

    assert rows(first, "repeats") == [
        ["FEIN", "••-•••9031", "••-•••9999"],
        ["Phone", "(413) 555-0188", "(413) 555-0177"],
    ]
    assert text(again, ".ep-notice a") == f"Open {case.number}"
    assert not select(again, ".ep-decide")
    assert decide(browser, repeat, "approve").status_code == 404


def test_conversation_notes_and_history(browser, nora, case):
    review.add_note(case, text="Called <b>Paul</b>.", by=nora)
    review.ask_for_information(case, question="Which Cedar?", version=case.version, by=nora)
    case.refresh_from_db()
    answer_question(case, text="Ridge.", by=None)

    page = browser.get(page_of(case))

    said = select(page, "section[aria-labelledby=conversation] p")
    assert [p.text_content() for p in said] == ["Which Cedar?", "Ridge."]
    assert text(page, "section[aria-labelledby=notes] p") == "Called <b>Paul</b>."
    done = [
        item.text_content() for item in select(page, "section[aria-labelledby=history] li > span")
    ]
    assert done == [
        "The applicant answered our question",
        "Nora Castellanos asked for information",
        "Nora Castellanos added an internal note",
    ]


def test_the_key_is_shown_without_its_digits(browser, nora, case):
    review.approve_request(case, version=case.version, by=nora)

    page = browser.get(page_of(case))

    facts = [dd.text_content() for dd in select(page, ".ep-panel dd")]
    assert facts[0] == "Issued"
    assert facts[3] == "0"
    case.refresh_from_db()
    assert case.grant.codes.get().digest.encode() not in page.content
    history = [li.text_content() for li in select(page, ".ep-history li > span")]
    assert "Nora Castellanos issued an Access Key" in history


def test_next_in_the_queue(browser, case):
    late = RegistrationRequestFactory(due_at=timezone.now() - timedelta(days=3))
    RegistrationRequestFactory(group=None)

    page = browser.get(page_of(case))

    links = select(page, ".ep-next a")
    assert links[0].text == late.number
    assert len(links) == 2
    assert "Unmatched Group ID" in text(page, ".ep-next")


@pytest.mark.parametrize("state", [value for value in State.values if value not in {"approved", "completed"}])  # fmt: skip
def test_every_state_has_its_page(browser, state):
    case = RegistrationRequestFactory(
        state=state, decline_reason="No." if state == "declined" else ""
    )

    page = browser.get(page_of(case))

    decided = state in {"declined", "withdrawn", "expired"}
    assert bool(select(page, "form[action$='/decline/']")) is not decided
    assert bool(select(page, "form[action$='/ask/']")) is (state in {"submitted", "in_review"})


def test_an_auditor_looks_and_decides_nothing(case):
    grace = browser_of(staff_with("read_only"))

    page = grace.get(page_of(case))

    assert rows(page, "evidence")
    assert not select(page, ".ep-decide")
    assert not select(page, "main form")


@pytest.mark.parametrize("count", [1, 4])
def test_any_amount_of_history_costs_the_same(
    browser, nora, case, count, django_assert_num_queries
):
    for number in range(count):
        review.add_note(case, text=f"Note {number}", by=nora)
        ContactFactory(group=case.group, email=f"{number}@cedarridge.example")
        repeat = RegistrationRequestFactory(group=case.group, repeat_of=case)
        RegistrationRequestFactory(group=repeat.group)
    browser.get(page_of(case))

    with django_assert_num_queries(21):
        browser.get(page_of(case))
