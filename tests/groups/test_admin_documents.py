"""Documents on the staff side: published to groups, downloaded, withdrawn."""

from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, transaction

from groups import file_types
from groups.actions.documents import Paper, publish_document
from groups.models import Document
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import DocumentFactory, EmployerGroupFactory, SubgroupFactory
from tests.html import errors, select, text
from tests.staff import browser_of, staff_with

pytestmark = pytest.mark.django_db
LIST = "/staff/groups/document/"
PDF = b"%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n"
REASON = "The rates on page 2 are those of another year."


@pytest.fixture
def nora():
    return staff_with("am_specialist", first_name="Nora", last_name="Castellanos")


@pytest.fixture
def browser(nora):
    return browser_of(nora)


@pytest.fixture
def group():
    return EmployerGroupFactory(group_id="20418A", name="Cedar Ridge")


@pytest.fixture
def empty_storage(settings):
    settings.STORAGES = {**settings.STORAGES}


def publish(browser, data=PDF, name="sbc.pdf", **more):
    typed = {"title": "Benefits 2027", "kind": "sbc", "document_date": "2026-11-20", "groups": "20418A"}  # fmt: skip
    return browser.post(
        f"{LIST}add/", {"file": SimpleUploadedFile(name, data), **typed, **more}, follow=True
    )


def stored(group, **more):
    return DocumentFactory(group=group, file=ContentFile(PDF, name="x"), size=len(PDF), **more)


def paper(**more):
    said = {"title": "Benefits 2027", "kind": "sbc", "document_date": date(2026, 11, 20)}
    return Paper(ContentFile(PDF, name="sbc.pdf"), file_types.PDF, **{**said, **more})


def files():
    try:
        folders, _files = default_storage.listdir("documents")
    except FileNotFoundError:
        return []
    return [
        f"documents/{one}/{name}"
        for one in folders
        for name in default_storage.listdir(f"documents/{one}")[1]
    ]


def content(response):
    return b"".join(response.streaming_content)


def page_of(document, more="change/"):
    return f"{LIST}{document.pk}/{more}"


def titles(user, group):
    page = browser_of(user).get(f"/g/{group.slug}/documents/")
    return [found.text for found in select(page, "#documents-list tbody th span")]


# --- Publishing -----------------------------------------------------------------------------------


def test_a_document_is_published_to_one_group(browser, nora, group):
    EmployerGroupFactory()

    page = publish(browser)

    found = Document.objects.get()
    assert text(page, ".ep-messages") == "Published to 1 group."
    assert (found.group, found.subgroup, found.title, found.kind, found.by_employer) == (
        group, None, "Benefits 2027", "sbc", False,
    )  # fmt: skip
    assert (found.uploaded_by, found.file_name) == (nora, "sbc.pdf")
    assert default_storage.open(found.file.name).read() == PDF
    event = AuditEvent.objects.get(kind="groups.document_published")
    assert (event.actor_key, event.group_key) == (nora.pk, group.pk)
    assert titles(primary_of(group).user, group) == ["Benefits 2027"]


def test_several_groups_share_one_file(browser, group):
    EmployerGroupFactory(group_id="20533A")

    page = publish(browser, groups="20418a, 20533A\n20418A;")

    names = {found.file.name for found in Document.objects.all()}
    assert text(page, ".ep-messages") == "Published to 2 groups."
    assert {found.group.group_id for found in Document.objects.all()} == {"20418A", "20533A"}
    assert len(names) == 1
    assert {default_storage.open(name).read() for name in names} == {PDF}


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_groups_costs_the_same(nora, count, django_assert_num_queries):
    groups = EmployerGroupFactory.create_batch(count)

    with django_assert_num_queries(6):
        publish_document(groups, paper(), by=nora)
    assert Document.objects.count() == count


def test_what_cannot_be_written_down_leaves_no_file(nora, empty_storage):
    groups = EmployerGroupFactory.create_batch(2)

    with pytest.raises(DataError), transaction.atomic():
        publish_document(groups, paper(title="x" * 200), by=nora)
    assert files() == []


def test_a_document_of_one_unit_is_for_its_people_and_the_whole_group(browser, group):
    north, south = (SubgroupFactory(group=group, code=code) for code in ("0002", "0003"))

    publish(browser, unit="0003")

    assert Document.objects.get().subgroup == south
    assert titles(given(group, "administrator", units=[south.pk]).user, group) == ["Benefits 2027"]
    assert titles(given(group, "administrator", units=[north.pk]).user, group) == []
    assert titles(primary_of(group).user, group) == ["Benefits 2027"]


def test_a_document_of_the_group_is_for_single_units_when_staff_say_so(browser, group):
    unit = SubgroupFactory(group=group, code="0002")
    publish(browser)
    publish(browser, title="For everybody", for_all_units="on")

    assert titles(given(group, "administrator", units=[unit.pk]).user, group) == ["For everybody"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": "20418A 99999Z"}, "We know no group with this ID: 99999Z."),
        ({"groups": " "}, "Name at least one group."),
        ({"title": ""}, "Enter a title."),
        ({"kind": ""}, "Choose what kind of document it is."),
        ({"kind": "upload"}, "Select a valid choice. upload is not one of the available choices."),
        ({"unit": "0009"}, "Name one group that has this billing unit, or leave it empty."),
        ({"unit": "0002", "groups": "20418A 20533A"}, "Name one group that has this billing unit, or leave it empty."),
        ({"unit": "0002", "for_all_units": "on"}, "It is for one billing unit, or for all of them. Choose one."),
        ({"document_date": "31/31/2026"}, "Enter a valid date."),
        ({"document_date": "2099-01-01"}, "Check the year. A document is dated at most a year ahead."),
        ({"document_date": "0001-01-01"}, "Check the year. A document is dated at most a year ahead."),
        ({"groups": " ".join(f"{number:05}A" for number in range(501))}, "Name up to 500 groups at a time."),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_cannot_be_published_is_told_at_its_field(browser, group, changes, message):
    SubgroupFactory(group=group, code="0002")
    EmployerGroupFactory(group_id="20533A")

    page = publish(browser, **changes)

    assert errors(page) == [message]
    assert text(page, "title").startswith("Error:")
    assert select(page, "#id_title")[0].get("value", "") == changes.get("title", "Benefits 2027")
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!doctype html><script>alert(1)</script>", "We cannot take this file."),
        (b"MZ\x90\x00\x03", "We cannot take this file."),
        (b"", "This file is empty."),
    ],
)
def test_a_hostile_file_is_refused_whatever_its_name(browser, group, content, words):
    page = publish(browser, content, "contract.pdf")

    assert errors(page)[0].startswith(words)
    assert not Document.objects.exists()


def test_a_file_name_with_a_path_and_another_ending_is_made_safe(browser, group):
    publish(browser, name="..\\..\\evil\r\n.html")

    assert Document.objects.get().file_name == "evil.pdf"


def test_the_same_document_is_not_published_twice(browser, group):
    EmployerGroupFactory(group_id="20533A")
    publish(browser)

    page = publish(browser, groups="20418A 20533A")

    assert errors(page) == ["These groups have this document already: 20418A."]
    assert Document.objects.count() == 1


# --- Downloading ----------------------------------------------------------------------------------


def test_staff_download_what_the_employer_sent_and_nobody_of_another_group_does(browser, nora):
    group = EmployerGroupFactory()
    north, south = SubgroupFactory.create_batch(2, group=group)
    sender = given(group, "administrator", units=[south.pk]).user
    sent = {"file": SimpleUploadedFile("a.pdf", PDF), "title": "Signed", "about": south.code}
    browser_of(sender).post(f"/g/{group.slug}/documents/upload/", sent)
    document = Document.objects.get()
    own = f"/g/{group.slug}/documents/{document.key}/"
    other = EmployerGroupFactory()
    stranger, primary = primary_of(other).user, primary_of(group).user
    of_north = given(group, "administrator", units=[north.pk]).user
    without = given(group, atoms=["plans_view"]).user

    taken = {
        nora: content(browser.get(page_of(document, "file/"))),
        primary: content(browser_of(primary).get(own)),
        sender: content(browser_of(sender).get(own)),
    }
    refused = {
        "other unit": browser_of(of_north).get(own),
        "no right": browser_of(without).get(own),
        "stranger": browser_of(stranger).get(own),
        "stranger at home": browser_of(stranger).get(f"/g/{other.slug}/documents/{document.key}/"),
        "stranger as staff": browser_of(stranger).get(page_of(document, "file/"), follow=True),
    }

    assert taken == dict.fromkeys((nora, primary, sender), PDF)
    assert {who: found.status_code for who, found in refused.items()} == {
        "other unit": 404, "no right": 403, "stranger": 404, "stranger at home": 404, "stranger as staff": 403,
    }  # fmt: skip
    events = AuditEvent.objects.filter(kind="groups.document_downloaded")
    assert sorted(events.values_list("actor_key", "group_key")) == sorted(
        (who.pk, group.pk) for who in taken
    )


def test_the_file_is_a_download_for_staff_too(browser, group):
    response = browser.get(page_of(stored(group, file_name="contract 2026.pdf"), "file/"))

    assert response["Content-Disposition"] == 'attachment; filename="contract 2026.pdf"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("scan", "words"),
    [("waiting", "Being checked"), ("infected", "Refused by the virus scanner")],
)
def test_what_the_scanner_has_not_passed_leaves_for_nobody(browser, group, scan, words):
    document = stored(group, scan=scan)

    page = browser.get(page_of(document, "file/"), follow=True)

    assert "There is no file to download" in text(page, ".ep-messages")
    assert words in text(page, "main")
    assert not select(page, f"main a[href='{page_of(document, 'file/')}']")
    assert not AuditEvent.objects.filter(kind="groups.document_downloaded").exists()


def test_a_file_that_the_storage_lost_is_told(browser, group):
    page = browser.get(page_of(DocumentFactory(group=group), "file/"), follow=True)

    assert "There is no file to download" in text(page, ".ep-messages")


# --- Withdrawing ----------------------------------------------------------------------------------


def test_a_withdrawn_document_is_gone_for_the_group_and_stays_with_us(browser, nora, group):
    document = stored(group)
    person = primary_of(group).user

    page = browser.post(page_of(document, "withdraw/"), {"reason": REASON}, follow=True)

    assert text(page, ".ep-messages") == "Withdrawn. The group does not see it any more."
    assert not select(page, f"main a[href='{page_of(document, 'withdraw/')}']")
    assert titles(person, group) == []
    own = f"/g/{group.slug}/documents/{document.key}/"
    assert browser_of(person).get(own).status_code == 404
    assert content(browser.get(page_of(document, "file/"))) == PDF
    event = AuditEvent.objects.get(kind="groups.document_withdrawn")
    assert (event.actor_key, event.note) == (nora.pk, REASON)


def test_withdrawing_asks_for_a_reason_and_keeps_what_was_typed(browser, group):
    document = stored(group)

    page = browser.post(page_of(document, "withdraw/"), {"reason": "Wrong"})

    assert errors(page) == ["Write at least 10 characters, so that a colleague understands."]
    assert select(page, "#id_reason")[0].value.strip() == "Wrong"
    assert Document.objects.get().withdrawn_at is None


def test_whoever_withdraws_second_is_told(browser, group):
    document = stored(group)
    browser.post(page_of(document, "withdraw/"), {"reason": REASON}, follow=True)

    page = browser.post(page_of(document, "withdraw/"), {"reason": REASON}, follow=True)

    assert text(page, ".ep-messages") == "This document was withdrawn in the meantime."


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["read_only", "system_admin"])
def test_who_may_read_and_neither_publish_nor_withdraw(role, group):
    document = stored(group)
    browser = browser_of(staff_with(role))

    assert content(browser.get(page_of(document, "file/"))) == PDF
    assert browser.get(f"{LIST}add/").status_code == 403
    assert publish(browser).status_code == 403
    assert browser.get(page_of(document, "withdraw/")).status_code == 403
    assert browser.post(page_of(document, "withdraw/"), {"reason": REASON}).status_code == 403
    assert not select(browser.get(LIST), f"main a[href='{LIST}add/']")
    assert not select(browser.get(page_of(document)), "main a[href$='/withdraw/']")
    assert Document.objects.get().withdrawn_at is None


def test_billing_staff_see_no_documents(group):
    document, browser = stored(group), browser_of(staff_with("billing_staff"))

    for address in (LIST, page_of(document), page_of(document, "file/"), f"{LIST}add/"):
        assert browser.get(address).status_code == 403


# --- The list -------------------------------------------------------------------------------------


def test_the_list_finds_by_group_and_by_what_the_scanner_said(browser, group):
    stored(group, title="Ours")
    stored(EmployerGroupFactory(), title="Theirs", scan="infected")

    assert "Ours" in text(browser.get(LIST, {"q": "20418a"}), "tbody")
    assert text(browser.get(LIST, {"scan__exact": "infected"}), "tbody th") == "Theirs"


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_documents_costs_the_same(browser, count, django_assert_num_queries):
    for _ in range(count):
        DocumentFactory()
    browser.get(LIST)

    with django_assert_num_queries(12):
        assert len(select(browser.get(LIST), "tbody tr")) == count


def test_no_document_no_page(browser):
    for more in ("file/", "withdraw/"):
        assert browser.get(f"{LIST}987654/{more}").status_code == 404
