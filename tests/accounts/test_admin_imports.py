"""Users of an old portal on the staff side: upload, preview, decision."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.actions.imports import prepare_import
from accounts.models import AccessImport, AccessImportRow, Grant
from accounts.old_users import OldUser
from accounts.tasks import take_over_imports
from portal.models import OutboundEmail
from tests.factories import EmployerGroupFactory
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/accounts/accessimport/"
HEAD = "Old user ID,Name,Email,Group,Old role\n"
LINES = (
    "tq,Teresa Quinn,t@c.example,20418A,Bill payer\n"
    "x,Ann Lee,x@c.example,20418A,Wizard\n"
    "y,Yves Y,y@c.example,99999Z,Broker\n"
)


@pytest.fixture
def boss():
    return staff_with("am_supervisor")


@pytest.fixture
def browser(boss):
    return browser_of(boss)


@pytest.fixture(autouse=True)
def _cedar():
    EmployerGroupFactory(group_id="20418A", name="Cedar Ridge")


def upload(browser, content=HEAD + LINES, name="users.csv"):
    data = content.encode() if isinstance(content, str) else content
    return browser.post(f"{LIST}add/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def rows(page):
    return [" ".join(" ".join(row.itertext()).split()) for row in select(page, "tbody tr")]


def test_from_the_file_to_the_keys(browser):
    page = upload(browser)

    assert text(page, "h1") == "users.csv To be checked"
    assert rows(page) == [
        "Teresa Quinn t@c.example tq 2 20418A Cedar Ridge Bill payer Billing manager New access, with an Access Key",
        "Ann Lee x@c.example x 3 20418A Cedar Ridge Wizard Viewer New access as Viewer, old role unknown",
        "Yves Y y@c.example y 4 99999Z Broker Broker, full We know no such group",
    ]
    chips = [" ".join(chip.text_content().split()) for chip in select(page, ".ep-chip")]
    assert chips == ["All lines 3", "New access 1", "Old role unknown 1", "No such group 1"]
    assert "2 people get an Access Key" in text(page, ".ep-effect")
    assert "1 line is left out." in text(page, ".ep-effect")
    [form] = select(page, "form[action$='/commit/']")
    assert text(page, "form[action$='/commit/'] button") == "Take 2 people over"

    done = browser.post(form.get("action"), follow=True)

    assert text(done, ".ep-messages").startswith("The list is being taken over")
    assert "0 of 2 people are taken over." in text(done, "main")
    assert not select(done, "form[action$='/commit/'], form[action$='/drop/']")
    take_over_imports()
    done = browser.get(done.redirect_chain[-1][0])
    assert rows(done)[2] == (
        "– Not taken, so the name is deleted 4 99999Z Broker Broker, full We know no such group"
    )
    grant = Grant.objects.get(email="t@c.example")
    assert select(done, f"tbody a[href='/staff/accounts/grant/{grant.pk}/change/']")
    again = browser.post(form.get("action"), follow=True)
    assert "Nothing was done twice." in text(again, ".ep-messages")
    assert OutboundEmail.objects.filter(template="accounts/import_welcome").count() == 2


def test_new_primary_administrators_are_confirmed_on_a_line_of_their_own(browser):
    page = upload(browser, HEAD + "tq,Teresa Quinn,t@c.example,20418A,Group administrator\n")

    chips = [" ".join(chip.text_content().split()) for chip in select(page, ".ep-chip")]
    assert chips == ["All lines 1", "New primary administrator 1"]
    assert "1 of them becomes primary administrator" in text(page, ".ep-effect")
    [form] = select(page, "form[action$='/commit/']")
    assert form.cssselect("input[name=primaries][required]")
    refused = browser.post(form.get("action"), follow=True)
    assert text(refused, ".ep-messages") == (
        "Confirm that you have checked the new primary administrators."
    )
    assert AccessImport.objects.get().state == "preview"

    browser.post(form.get("action"), {"primaries": "on"})

    assert AccessImport.objects.get().state == "committing"


def test_chips_narrow_and_an_odd_one_shows_all(browser):
    upload(browser)
    path = f"{LIST}{AccessImport.objects.get().pk}/change/"

    assert len(rows(browser.get(path, {"verdict": "unknown_group"}))) == 1
    assert len(rows(browser.get(path, {"verdict": "%00"}))) == 3
    assert len(rows(browser.get(path, {"page": "99"}))) == 3
    assert rows(browser.get(path, {"verdict": "twice"})) == []


def test_long_lists_have_pages(browser, boss):
    users = [
        OldUser(line=at + 2, name="Ann Lee", email=f"p{at}@c.example", group="20418A")
        for at in range(101)
    ]
    batch = prepare_import("x.csv", users=users, by=boss)

    page = browser.get(f"{LIST}{batch.pk}/change/", {"verdict": "unknown_role"})

    assert len(rows(page)) == 100
    following = select(page, "a[href$='page=2']")[0].get("href")
    assert following == "?verdict=unknown_role&page=2"
    assert len(rows(browser.get(f"{LIST}{batch.pk}/change/{following}"))) == 1


def test_a_dropped_list_keeps_nobody(browser):
    page = upload(browser)

    done = browser.post(select(page, "form[action$='/drop/']")[0].get("action"), follow=True)

    assert text(done, ".ep-messages") == "Dropped. The lines, which name people, are deleted."
    assert AccessImportRow.objects.count() == 0
    assert "users.csv" in text(browser.get(LIST), "tbody")


def test_a_list_without_a_line_to_take_can_only_be_dropped(browser):
    page = upload(browser, HEAD + "y,Y,y@c.example,99999Z,Broker\n")

    assert not select(page, "form[action$='/commit/']")
    assert select(page, "form[action$='/drop/']")


def test_windows_letters_are_said(browser):
    page = upload(browser, (HEAD + LINES.replace("Teresa", "Thérèse")).encode("cp1252"))

    assert text(page, ".ep-messages").startswith("This file is not written in UTF-8.")
    assert rows(page)[0].startswith("Thérèse Quinn")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "This file is empty."),
        (b"PK\x03\x04", "This is a workbook. Save the sheet as CSV (comma separated) and choose that file."),
        (b"a\x00b", "This is no text file. Choose a CSV file."),
        ("Name,Email\na,b\n", "A column is missing: Old user ID, Group, Old role. The first line must name the columns."),
        (HEAD.replace("Name", "Email") + LINES, "A column is missing: Name. The first line must name the columns."),
        (HEAD + 'a,"b\n', "Line 2 has a quotation mark that is not closed. Correct it and choose the file again."),
        (HEAD, "Below the headings there is no line."),
        (b"x" * (2 * 1024 * 1024 + 1), "This file is larger than 2 MB. Split it."),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_list_is_told_and_nothing_is_kept(browser, content, message):
    page = upload(browser, content)

    assert errors(page) == [message]
    assert text(page, "title").startswith("Error:")
    assert not AccessImport.objects.exists()


def test_no_file_or_a_text_in_its_place(browser):
    assert errors(browser.post(f"{LIST}add/")) == ["Choose a file."]
    assert errors(browser.post(f"{LIST}add/", {"file": "users.csv"})) == ["Choose a file."]


def test_an_odd_file_name_is_kept_harmless(browser):
    page = upload(browser, name="../../<b>évil</b>.csv")

    assert (
        AccessImport.objects.get().file_name.startswith("b>")
        or "/" not in AccessImport.objects.get().file_name
    )
    assert b"<b>" not in page.content.split(b"<h1>")[1].split(b"</h1>")[0]


@pytest.mark.parametrize("role", ["am_specialist", "read_only", "billing_staff"])
def test_who_may_not_take_over(role, boss):
    users = [OldUser(line=2, email="t@c.example", group="20418A", old_role="Broker")]
    batch = prepare_import("users.csv", users=users, by=boss)
    client = browser_of(staff_with(role))

    for path in (f"{LIST}add/", f"{LIST}{batch.pk}/commit/", f"{LIST}{batch.pk}/drop/"):
        assert client.get(path).status_code == 403
        assert client.post(path).status_code == 403
    look = client.get(f"{LIST}{batch.pk}/change/")
    assert (
        look.status_code
        == client.get(LIST).status_code
        == (403 if role == "billing_staff" else 200)
    )
    assert not select(look, "main form[method=post]")
    assert not Grant.objects.exists()
    batch.refresh_from_db()
    assert batch.state == "preview"


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_lists_costs_the_same(browser, boss, count, django_assert_num_queries):
    for _ in range(count):
        prepare_import("x.csv", users=[OldUser(line=2, email="a@b.example")], by=boss)
    browser.get(LIST)

    with django_assert_num_queries(12):
        assert len(select(browser.get(LIST), "tbody tr")) == count


def test_the_help_shows_the_roles_of_the_code(client):
    from accounts.roles import OLD_ROLES

    page = client.get("/help/mapping-of-existing-roles/")

    shown = [tuple(cell.text_content() for cell in row)[:2] for row in select(page, "tbody tr")]
    wanted = [(name, str(role.label)) for names, role in OLD_ROLES for name in names]
    assert shown == [*wanted, ("Any other role", "Viewer")]
