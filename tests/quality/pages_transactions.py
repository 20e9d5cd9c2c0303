"""The history of transactions, one of them, and the queue of those that wait for the carrier."""

from tests.quality.acting import (
    AUDITOR,
    SEVERAL,
    SOMEBODY,
    STAFF,
    WITHOUT_THE_RIGHT,
    Page,
    first_row,
    in_turn,
    press,
)

HISTORY, BOOK, QUEUE = "/g/20418a/transactions/", "/transactions/", "/staff/groups/transaction/"
PENDING = f"{HISTORY}?status=pending"
ONE = rf"{HISTORY}TX-[0-9-]+/"
IN_QUEUE = rf"{QUEUE}\d+/"


def send(visitor, world):
    """Press the button of the form, whose name has the number of the row."""
    visitor.page.locator("form.ep-form button[type=submit]").click()


reject = in_turn(first_row, press("Reject", "link"))

TRANSACTIONS = [
    Page("transactions", HISTORY, SEVERAL),
    Page("transactions-of-units", HISTORY, WITHOUT_THE_RIGHT),
    Page("transactions-nothing", f"{HISTORY}?member=nobody+of+this+name", SEVERAL),
    Page("transactions-days-error", f"{HISTORY}?first_day=yesterday", SEVERAL),
    Page("transaction", f"{HISTORY}?status=completed", SEVERAL, first_row, at=ONE),
    Page("transaction-rejected", f"{HISTORY}?status=rejected", SEVERAL, first_row, at=ONE),
    Page("transaction-waits", PENDING, SEVERAL, first_row, at=ONE),
    Page("transaction-cancel", PENDING, SEVERAL, in_turn(first_row, press("Cancel this transaction", "link")), at=f"{ONE}cancel/"),
    Page("book-transactions", BOOK, SOMEBODY),
    Page("book-transactions-nothing", f"{BOOK}?member=nobody+of+this+name", SOMEBODY),
    Page("book-transactions-error", f"{BOOK}?last_day=soon", SOMEBODY),
    Page("staff-transactions", QUEUE, STAFF),
    Page("staff-transactions-all", f"{QUEUE}?turn=all", AUDITOR),
    Page("staff-transactions-nothing", f"{QUEUE}?q=TX-000000-0000", STAFF),
    Page("staff-transaction", QUEUE, STAFF, first_row, at=f"{IN_QUEUE}change/"),
    Page("staff-transaction-decided", f"{QUEUE}?turn=decided", AUDITOR, first_row, at=f"{IN_QUEUE}change/"),
    Page("staff-transaction-reject", QUEUE, STAFF, reject, at=f"{IN_QUEUE}reject/"),
    Page("staff-transaction-reject-error", QUEUE, STAFF, in_turn(reject, send), at=f"{IN_QUEUE}reject/"),
]  # fmt: skip
