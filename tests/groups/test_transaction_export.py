"""Transactions as files: CSV, Excel, and the confirmation as a PDF."""

import csv
import io
import sys
import unicodedata
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import time_machine

from accounts.actions import grants
from accounts.models import User
from groups import transaction_export
from groups.transaction_kinds import TransactionKind, register
from groups.views import transactions
from portal.models import AuditEvent
from portal.spreadsheets import _STARTS, STARTS_IN_SQL, guarded
from portal.tenancy import carrier_scope
from tests.access import given, primary_of
from tests.factories import SubgroupFactory, TransactionFactory, UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)


@pytest.fixture
def primary():
    return primary_of(user=UserFactory(first_name="Karen", last_name="Mitchell"))


@pytest.fixture
def browser(client, primary):
    client.force_login(primary.user)
    return client


def address(grant, form="csv"):
    return f"/g/{grant.group.slug}/transactions.{form}"


def csv_of(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def xlsx_of(response):
    """Return the rows of the first sheet as text, read from the XML."""
    with ZipFile(io.BytesIO(response.getvalue())) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [
        ["".join(cell.itertext()) for cell in row.iter(f"{space}c")]
        for row in sheet.iter(f"{space}row")
    ]


def test_the_csv_holds_every_column(browser, primary):
    register(TransactionKind("tests.phone_changed", "Phone changed"))
    unit = SubgroupFactory(group=primary.group, code="0002")
    TransactionFactory(
        group=primary.group, number="TX-261117-0001", kind="tests.phone_changed", subgroup=unit,
        member_name="Castillo, Owen", effective_date=date(2026, 12, 1), before={"phone": "4135550115"},
        after={"phone": "4135550116"}, submitted_by=primary.user, submitted_at=NOON, source="file",
        source_row=7, decided_at=NOON + timedelta(minutes=1, microseconds=7), status="rejected", reason="No, thanks",
    )  # fmt: skip

    response = browser.get(address(primary))
    head, row = csv_of(response)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert len(head) == 15
    assert dict(zip(head, row, strict=True)) == {
        "Confirmation number": "TX-261117-0001", "Submitted": "2026-11-17 12:00:00", "Type": "Phone changed",
        "Status": "Rejected", "Waits for": "", "Billing unit": "0002", "Member": "Castillo, Owen",
        "Effective date": "2026-12-01", "Before": "Phone: (413) 555-0115", "After": "Phone: (413) 555-0116",
        "Submitted by": "Karen Mitchell", "Came by": "Uploaded file", "Row of the file": "7",
        "Decided": "2026-11-17 12:01:00", "Reason": "No, thanks",
    }  # fmt: skip


def test_the_csv_begins_with_the_mark_excel_needs_and_has_a_plain_name(browser, primary):
    with time_machine.travel(NOON):
        response = browser.get(address(primary))
        content = b"".join(response.streaming_content)

    assert content.startswith(b"\xef\xbb\xbfConfirmation number,Submitted")
    assert response["Content-Disposition"] == (
        f'attachment; filename="transactions-{primary.group.slug}-2026-11-17.csv"'
    )


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "  =1", "\t=1", "\uff1d1", "\u207a1", "O'Neil"]
)
def test_what_people_type_is_no_formula(browser, primary, name):
    User.objects.filter(pk=primary.user_id).update(first_name=name)
    register(TransactionKind("tests.typed", "Typed", fields={"said": name}))
    TransactionFactory(
        group=primary.group, kind="tests.typed", member_name=name, status="rejected", reason=name,
        before={"said": "x"}, submitted_by=primary.user,
    )  # fmt: skip

    row = csv_of(browser.get(address(primary)))[1]

    assert row[6] == row[14] == guarded(name)
    assert row[10] == guarded(f"{name} Mitchell")
    assert unicodedata.normalize("NFKC", row[8].lstrip(" "))[0] not in _STARTS


def test_postgresql_knows_every_sign_that_is_read_like_the_beginning_of_a_formula():
    everything = (chr(code) for code in range(sys.maxunicode + 1))

    assert set(STARTS_IN_SQL) == {
        sign for sign in everything if unicodedata.normalize("NFKC", sign) in _STARTS
    }


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_holds_what_the_filters_ask_for(browser, primary, form):
    TransactionFactory(group=primary.group, number="TX-1", status="pending")
    TransactionFactory(group=primary.group, number="TX-2")
    TransactionFactory(number="TX-3")

    response = browser.get(address(primary, form), {"status": "pending"})
    rows = csv_of(response) if form == "csv" else xlsx_of(response)

    assert [row[0] for row in rows[1:]] == ["TX-1"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_kinds_and_units_one_may_not_see_are_not_exported(client, primary, form):
    register(TransactionKind("tests.bill_paid", "Bill paid", right="billing_view"))
    unit = SubgroupFactory(group=primary.group)
    TransactionFactory(group=primary.group, number="TX-1", subgroup=unit)
    TransactionFactory(group=primary.group, number="TX-2", subgroup=unit, kind="tests.bill_paid")
    TransactionFactory(group=primary.group, number="TX-3")
    reader = given(primary.group, atoms=["transactions_view"], units=[unit.pk], parent=primary)
    client.force_login(reader.user)

    response = client.get(address(primary, form))
    rows = csv_of(response) if form == "csv" else xlsx_of(response)

    assert [row[0] for row in rows[1:]] == ["TX-1"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_written_down_before_it_begins(browser, primary, form):
    response = browser.get(address(primary, form), {"member": "cast", "status": "pending"})
    with carrier_scope():
        event = AuditEvent.objects.get(kind="groups.transactions_exported")

    assert (event.actor_key, event.group_key) == (primary.user_id, primary.group.pk)
    assert event.note == f"{form}, member, status"
    assert response.getvalue()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_wrong_filter_leads_back_to_the_page(browser, primary, form):
    response = browser.get(address(primary, form), {"first_day": "x"})

    assert response.url == f"/g/{primary.group.slug}/transactions/?first_day=x"
    assert not AuditEvent.objects.filter(kind="groups.transactions_exported").exists()


def test_a_long_file_is_read_in_batches_and_complete(browser, primary, monkeypatch):
    monkeypatch.setattr(transactions, "PER_BATCH", 7)
    made = [
        TransactionFactory(
            group=primary.group, submitted_at=NOON - timedelta(seconds=n // 4)
        ).number
        for n in range(28)
    ]

    rows = csv_of(browser.get(address(primary)))[1:]

    assert sorted(row[0] for row in rows) == sorted(made)
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)


def test_whoever_is_removed_before_the_first_row_gets_nothing(browser, primary):
    primary_of(primary.group)
    response = browser.get(address(primary))
    with carrier_scope():
        grants.revoke_grant(primary, by=None)

    assert b"".join(response.streaming_content) == b""


@pytest.mark.parametrize("how", ["removed", "account closed"])
def test_whoever_loses_the_right_on_the_way_gets_no_more(browser, primary, monkeypatch, how):
    monkeypatch.setattr(transactions, "PER_BATCH", 2)
    TransactionFactory.create_batch(6, group=primary.group)
    reader = given(primary.group, atoms=["transactions_view"], parent=primary)
    browser.force_login(reader.user)
    stream = iter(browser.get(address(primary)).streaming_content)

    begun = [next(stream) for _ in range(2)]
    with carrier_scope():
        if how == "removed":
            grants.revoke_grant(reader, by=None)
        else:
            User.objects.filter(pk=reader.user_id).update(is_active=False)
    rest = b"".join(stream).decode()

    assert begun[1].count(b"TX-") == 2
    assert rest.strip() == "Your access ended while this file was written. The rest is missing."


def test_excel_gets_days_as_days_and_numbers_as_numbers(browser, primary):
    TransactionFactory(
        group=primary.group, submitted_at=NOON, effective_date=date(2026, 12, 1), source_row=7,
        member_name="=1+1",
    )  # fmt: skip

    row = xlsx_of(browser.get(address(primary, "xlsx")))[1]

    assert row[1] == "46343.5"
    assert {"46357", "7", "=1+1"} <= set(row)


def test_too_many_rows_for_excel_lead_to_csv(browser, primary, monkeypatch):
    monkeypatch.setattr(transaction_export, "MOST_IN_XLSX", 2)
    TransactionFactory.create_batch(3, group=primary.group)

    response = browser.get(address(primary, "xlsx"), follow=True)

    assert "take the CSV file" in response.content.decode()
    assert not AuditEvent.objects.filter(kind="groups.transactions_exported").exists()


def test_the_confirmation_is_a_pdf_with_its_number(browser, primary):
    row = TransactionFactory(group=primary.group, submitted_by=primary.user)

    response = browser.get(f"/g/{primary.group.slug}/transactions/{row.number}/confirmation.pdf")

    assert AuditEvent.objects.get(kind="groups.transaction_downloaded").target_label == row.number
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{row.number}.pdf"'
    assert response.content.startswith(b"%PDF-")
