"""Documents of a group: who sees which, what may be sent, how a file is handed out."""

from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from groups.models import Document, Transaction
from portal.models import AuditEvent
from tests.access import given, primary_of
from tests.factories import DocumentFactory, EmployerGroupFactory, SubgroupFactory
from tests.html import errors, select, text

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def group():
    return EmployerGroupFactory()


@pytest.fixture
def units(group):
    return SubgroupFactory.create_batch(2, group=group)


@pytest.fixture
def primary(group, client):
    grant = primary_of(group)
    client.force_login(grant.user)
    return grant


def titles(response):
    return [found.text for found in select(response, "#documents-list tbody th span")]


def stored(group, **more):
    return DocumentFactory(group=group, file=ContentFile(PDF, name="x"), size=len(PDF), **more)


def page(group):
    return f"/g/{group.slug}/documents/"


def send(client, group, content=PDF, name="scan.pdf", **more):
    typed = {"title": "Signed contract", "about": "group", **more}
    file = SimpleUploadedFile(name, content, content_type="application/x-anything")
    return client.post(f"{page(group)}upload/", {"file": file, **typed})


# --- The list -------------------------------------------------------------------------------------


def test_newest_documents_stand_on_top(client, group, primary):
    DocumentFactory(group=group, title="Contract 2025", document_date=date(2025, 1, 1))
    DocumentFactory(group=group, title="Contract 2026", document_date=date(2026, 1, 1))
    DocumentFactory(title="Of another group")

    assert titles(client.get(page(group))) == ["Contract 2026", "Contract 2025"]


def test_people_of_one_unit_see_its_documents_and_those_for_all(client, group, units):
    client.force_login(given(group, "administrator", units=[units[0].pk]).user)
    DocumentFactory(group=group, title="Of the group")
    DocumentFactory(group=group, title="For all", for_all_units=True)
    DocumentFactory(group=group, title="Of the unit", subgroup=units[0])
    DocumentFactory(group=group, title="Of the other", subgroup=units[1])

    assert sorted(titles(client.get(page(group)))) == ["For all", "Of the unit"]


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"kind": "notice"}, ["Notice"]),
        ({"year": "2025"}, ["Old"]),
        ({"kind": "notice", "year": "2025"}, []),
    ],
)
def test_filters_narrow_the_list(client, group, primary, chosen, left):
    DocumentFactory(group=group, title="Notice", kind="notice")
    DocumentFactory(group=group, title="Old", document_date=date(2025, 3, 1))

    assert titles(client.get(page(group), chosen)) == left


def test_a_filter_that_makes_no_sense_is_told(client, group, primary):
    response = client.get(page(group), {"kind": "poem"})

    assert "poem" in errors(response)[0]


def test_withdrawn_documents_are_gone(client, group, primary):
    found = stored(group, withdrawn_at="2026-11-01T12:00Z")

    assert titles(client.get(page(group))) == []
    assert client.get(f"{page(group)}{found.key}/").status_code == 404


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_asks_the_same_number_of_times(
    client, group, primary, count, django_assert_num_queries
):
    for unit in SubgroupFactory.create_batch(count, group=group):
        DocumentFactory(group=group, subgroup=unit, by_employer=True, uploaded_by=primary.user)
    client.get(page(group))

    with django_assert_num_queries(14):
        response = client.get(page(group))
    assert len(titles(response)) == count


# --- Taking a file ------------------------------------------------------------------------------------


def test_a_file_is_handed_out_as_a_download(client, group, primary):
    found = stored(group, file_name="contract 2026.pdf")

    response = client.get(f"{page(group)}{found.key}/")

    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="contract 2026.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"


def test_every_download_is_written_down(client, group, primary):
    found = stored(group)

    b"".join(client.get(f"{page(group)}{found.key}/").streaming_content)

    event = AuditEvent.objects.get(kind="groups.document_downloaded")
    assert (event.actor_key, event.target_key, event.group_key) == (
        primary.user.pk,
        str(found.pk),
        group.pk,
    )


@pytest.mark.parametrize("scan", ["waiting", "infected"])
def test_a_file_that_is_not_clean_is_not_handed_out(client, group, primary, scan):
    found = stored(group, scan=scan)

    response = client.get(f"{page(group)}{found.key}/", follow=True)

    assert "cannot be downloaded" in text(response, ".ep-messages, main")
    assert select(response, "#documents-list a.ep-button") == []
    assert not AuditEvent.objects.filter(kind="groups.document_downloaded").exists()


def test_a_file_that_the_storage_lost_is_told(client, group, primary):
    found = DocumentFactory(group=group)

    response = client.get(f"{page(group)}{found.key}/", follow=True)

    assert response.status_code == 200
    assert "cannot be downloaded" in text(response, "body")


# --- Sending a file -----------------------------------------------------------------------------------


def test_a_sent_document_stands_in_the_list_with_a_number(
    client, group, primary, django_capture_on_commit_callbacks
):
    response = send(client, group)

    sent = Transaction.objects.get(group=group)
    found = Document.objects.get(group=group)
    assert response["Location"] == page(group)
    assert sent.number in text(client.get(page(group)), "body")
    assert (sent.kind, sent.status, sent.after["title"]) == (
        "groups.document_uploaded",
        "completed",
        "Signed contract",
    )
    assert (found.kind, found.by_employer, found.uploaded_by) == ("upload", True, primary.user)
    assert (found.file_name, found.content_type, found.size) == (
        "scan.pdf",
        "application/pdf",
        len(PDF),
    )
    assert default_storage.open(found.file.name).read() == PDF
    assert found.file.name.startswith(f"documents/{group.pk}/")


def test_the_content_says_what_a_file_is(client, group, primary):
    send(client, group, name="../../run me.exe")

    found = Document.objects.get(group=group)
    assert (found.file_name, found.content_type) == ("run me.pdf", "application/pdf")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.pdf", "This file is empty."),
        (b"MZ\x90\x00\x03", "invoice.pdf", "We cannot take this file."),
        (b"<html><script>alert(1)</script>", "page.pdf", "We cannot take this file."),
    ],
)
def test_other_files_are_refused_and_nothing_typed_is_lost(
    client, group, primary, content, name, words
):
    response = send(client, group, content, name, title="My title")

    assert errors(response)[0].startswith(words)
    assert select(response, "#id_title")[0].value == "My title"
    assert not Document.objects.filter(group=group).exists()


def test_a_file_that_runs_something_is_told_so(client, group, primary):
    response = send(client, group, content=PDF.replace(b"1 0 obj", b"<</S /JavaScript>>"))

    assert "something that runs when it is opened" in errors(response)[0]
    assert select(response, "[name=title]")[0].value == "Signed contract"


def test_a_file_that_is_too_large_is_told_so(client, group, primary, settings):
    settings.MAX_UPLOAD_BYTES = 100_000

    response = send(client, group, PDF + b" " * 400_000)

    assert "larger than 10 MB" in errors(response)[0]


def test_no_more_than_the_limit_is_kept_of_what_is_sent(rf, settings):
    settings.MAX_UPLOAD_BYTES = 100_000
    sent = {"file": SimpleUploadedFile("a.pdf", b" " * 5_000_000)}

    with rf.post("/", sent).FILES["file"] as kept:
        assert settings.MAX_UPLOAD_BYTES < kept.size <= settings.MAX_UPLOAD_BYTES + 2 * 64 * 1024


def test_the_same_form_twice_is_one_document(client, group, primary):
    key = select(client.get(f"{page(group)}upload/"), "[name=form_key]")[0].value

    send(client, group, form_key=key)
    send(client, group, form_key=key)

    assert Document.objects.filter(group=group).count() == 1
    assert Transaction.objects.filter(group=group).count() == 1


def test_another_file_from_the_same_form_is_kept_as_well(client, group, primary):
    key = select(client.get(f"{page(group)}upload/"), "[name=form_key]")[0].value

    send(client, group, form_key=key)
    send(client, group, content=PDF.replace(b"1 0 obj", b"2 0 obj"), form_key=key)

    assert Document.objects.filter(group=group).count() == 2
    assert Transaction.objects.filter(group=group).count() == 2


def test_people_of_one_unit_send_for_it_alone(client, group, units):
    client.force_login(given(group, "administrator", units=[units[0].pk]).user)

    send(client, group, about="group")
    send(client, group, about=units[1].code)
    send(client, group, about=units[0].code)

    assert [found.subgroup for found in Document.objects.filter(group=group)] == [units[0]]
    assert Transaction.objects.get(group=group).subgroup == units[0]
