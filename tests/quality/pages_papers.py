"""Pages about documents and renewals: a group's own, and what staff do with them."""

from datetime import date

from tests.quality.acting import (
    AUDITOR,
    ONE,
    SEVERAL,
    SOMEBODY,
    STAFF,
    WITHOUT_THE_RIGHT,
    Page,
    first_row,
    in_turn,
    press,
    row_of,
    typed,
)

PAPERS_OF, RENEWALS = "/g/20418a/documents/", "/g/20533a/renewals/"
UPLOAD = f"{PAPERS_OF}upload/"
DOCUMENTS, OFFERS = "/staff/groups/document/", "/staff/groups/renewal/"
BEN = "bwhitaker"  # who may draft renewals
KEY = r"[0-9a-f-]{36}/"
A_DOCUMENT, AN_OFFER = rf"{DOCUMENTS}\d+/", rf"{OFFERS}\d+/"
REASON = "The rates on page 2 are those of another year."
PUBLISHED = {"title": "Benefits of next year", "kind": "sbc", "groups": "20418A 20533A"}
PDF = {
    "name": "contract.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n",
}
PAGE = {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": b"<html><script></script>"}
HEAD = b"Group,Renewal date,Available on,Respond by,Plan,New plan,Tier,Current rate,Renewal rate,Contracts\n"
DRAFT = b"""20677A,2029-01-01,2028-10-18,2028-12-17,SILVER-HMO-3000,,EE,498.20,529.09,14
20677A,2029-01-01,2028-10-18,2028-12-17,GOLD-PPO-1000,GOLD-PPO-1500,EE,684.10,677.94,6
"""
WRONG = b"""20677A,2029-01-01,2028-10-18,2028-12-17,SILVER-HMO-3000,,Wizard,498.20,529.09,14
99999Z,2029-01-01,2028-10-18,soon,SILVER-HMO-3000,,EE,498.20,529.09,14
"""


def chosen(file):
    """Return the step that chooses a file."""

    def step(visitor, world):
        visitor.page.locator("input[type=file]").set_input_files(file)

    return step


def drafts(lines):
    """Return the step that uploads a file of renewals."""
    file = {"name": "renewals.csv", "mimeType": "text/csv", "buffer": HEAD + lines}
    return in_turn(chosen(file), press("Upload and draft"))


def not_clean(visitor, world):
    """Have the scanner refuse one document and not answer about another; then look at the list again."""
    for scan, title in (("infected", "Group contract%"), ("waiting", "Certificate%")):
        world.stack.execute(
            "UPDATE groups_document AS paper SET scan = %s FROM groups_employergroup AS one"
            " WHERE paper.group_id = one.id AND one.group_id = '20533A' AND title LIKE %s",
            scan, title,
        )  # fmt: skip
    visitor.page.reload()


def as_small(visitor, world):
    """Look at the page as if the large group were a small one."""
    change = "UPDATE groups_employergroup SET market = %s WHERE group_id = '20418A'"
    world.stack.execute(change, "small")
    visitor.page.reload()
    world.stack.execute(change, "large")


def another(state, day):
    """Return the step that gives Cedar Ridge Logistics one more renewal, on *day*, and opens it."""

    def step(visitor, world):
        world.stack.execute(
            "INSERT INTO groups_renewal (group_id, renewal_date, available_on, respond_by, state, version)"
            " SELECT id, %s, least(current_date, %s::date - 75), %s, %s, 1"
            " FROM groups_employergroup WHERE group_id = '20533A'",
            day, day, day, state,
        )  # fmt: skip
        world.stack.execute(
            "INSERT INTO groups_renewalrate (group_id, renewal_id, current_plan_id, renewal_plan_id, tier,"
            " current_amount, renewal_amount, contracts)"
            " SELECT one.id, new.id, rate.current_plan_id, rate.renewal_plan_id, rate.tier, rate.current_amount,"
            " rate.renewal_amount, rate.contracts FROM groups_employergroup AS one"
            " JOIN groups_renewal AS old ON old.group_id = one.id AND old.renewal_date = one.renewal_date"
            " JOIN groups_renewalrate AS rate ON rate.renewal_id = old.id"
            " JOIN groups_renewal AS new ON new.group_id = one.id AND new.renewal_date = %s",
            day,
        )  # fmt: skip
        visitor.page.reload()
        row_of(f"{day:%B} {day.day}, {day.year}")(visitor, world)

    return step


def offer(*more):
    """Return the step that opens the renewal to be accepted, the nearest, and then does *more*."""

    def step(visitor, world):
        row = visitor.page.get_by_role("row").filter(has_text="To be accepted").last
        row.get_by_role("link").first.click()
        for each in more:
            each(visitor, world)

    return step


def question_to_answer(visitor, world):
    """Have the employer ask, then open the page on which staff answer."""
    employer = world.visit(who=ONE)
    employer.page.goto(RENEWALS)
    offer(ask, typed("Send the question", question="Does the plan still cover telehealth?"))(
        employer, world
    )
    employer.heading("Renewal on")
    visitor.page.goto("/staff/groups/transaction/?turn=all")
    in_turn(first_row, press("Answer", "link"))(visitor, world)


accept, ask = press("Accept this renewal", "link"), press("Ask a question", "link")
accepted = in_turn(accept, typed("Accept for the company", attested=True))
publish, withdraw = press("Publish"), press("Withdraw", "link")
NO_REASON = {"reason": "Wrong"}

PAPERS = [
    Page("documents", PAPERS_OF, SEVERAL),
    Page("documents-broker", PAPERS_OF, SOMEBODY),
    Page("documents-of-units", f"{PAPERS_OF}?unit=0002", WITHOUT_THE_RIGHT),
    Page("documents-nothing-fits", f"{PAPERS_OF}?kind=renewal", SEVERAL),
    Page("documents-none", "/g/68089a/documents/", SOMEBODY),
    Page("documents-not-clean", "/g/20533a/documents/", ONE, not_clean),
    Page("documents-error", f"{PAPERS_OF}?kind=poem", SEVERAL),
    Page("document-upload", UPLOAD, SEVERAL),
    Page("document-upload-of-units", UPLOAD, WITHOUT_THE_RIGHT),
    Page("document-upload-empty-error", UPLOAD, SEVERAL, press("Send")),
    Page("document-upload-hostile-error", UPLOAD, SEVERAL, in_turn(chosen(PAGE), typed("Send", title="Signed contract"))),
    Page("document-sent", UPLOAD, SEVERAL, in_turn(chosen(PDF), typed("Send", title="Signed contract")), at=PAPERS_OF),
    Page("renewals", RENEWALS, ONE),
    Page("renewals-of-large-group", "/g/20418a/renewals/", SEVERAL),
    Page("renewals-none", "/g/20418a/renewals/", SEVERAL, as_small),
    Page("renewal", RENEWALS, ONE, offer(), at=RENEWALS + KEY),
    Page("renewal-accepted", RENEWALS, ONE, row_of("Accepted"), at=RENEWALS + KEY),
    Page("renewal-lapsed", RENEWALS, ONE, another("lapsed", date(2021, 1, 1)), at=RENEWALS + KEY),
    Page("renewal-waits", RENEWALS, ONE, in_turn(another("offered", date(2098, 2, 1)), accepted), at=RENEWALS + KEY),
    Page("renewal-accept", RENEWALS, ONE, offer(accept), at=f"{RENEWALS}{KEY}accept/"),
    Page("renewal-accept-error", RENEWALS, ONE, offer(accept, press("Accept for the company")), at=f"{RENEWALS}{KEY}accept/"),
    Page("renewal-ask", RENEWALS, ONE, offer(ask), at=f"{RENEWALS}{KEY}ask/"),
    Page("staff-transaction-answer", "/staff/groups/transaction/", STAFF, question_to_answer, at=r"/staff/groups/transaction/\d+/answer/"),
    Page("renewal-ask-error", RENEWALS, ONE, offer(ask, press("Send the question")), at=f"{RENEWALS}{KEY}ask/"),
    Page("help-documents", "/help/documents/"),
    Page("help-renewals", "/help/renewals/"),
    Page("staff-documents", DOCUMENTS, STAFF),
    Page("staff-documents-auditor", DOCUMENTS, AUDITOR),
    Page("staff-documents-nothing", f"{DOCUMENTS}?q=nothing+fits", STAFF),
    Page("staff-document", DOCUMENTS, STAFF, first_row, at=f"{A_DOCUMENT}change/"),
    Page("staff-document-auditor", DOCUMENTS, AUDITOR, first_row, at=f"{A_DOCUMENT}change/"),
    Page("staff-document-not-clean", f"{DOCUMENTS}?q=20533A", STAFF, in_turn(not_clean, row_of("Group contract")), at=f"{A_DOCUMENT}change/"),
    Page("staff-document-withdraw", DOCUMENTS, STAFF, in_turn(first_row, withdraw), at=f"{A_DOCUMENT}withdraw/"),
    Page("staff-document-withdraw-error", DOCUMENTS, STAFF, in_turn(first_row, withdraw, typed("Withdraw the document", **NO_REASON)), at=f"{A_DOCUMENT}withdraw/"),
    Page("staff-document-withdrawn", f"{DOCUMENTS}?q=211507", STAFF, in_turn(first_row, withdraw, typed("Withdraw the document", reason=REASON)), at=f"{A_DOCUMENT}change/"),
    Page("staff-document-add", f"{DOCUMENTS}add/", STAFF),
    Page("staff-document-add-empty-error", f"{DOCUMENTS}add/", STAFF, publish),
    Page("staff-document-add-hostile-error", f"{DOCUMENTS}add/", STAFF, in_turn(chosen(PAGE), typed("Publish", **{**PUBLISHED, "groups": "99999Z"}))),
    Page("staff-document-published", f"{DOCUMENTS}add/", STAFF, in_turn(chosen(PDF), typed("Publish", **PUBLISHED)), at=DOCUMENTS),
    Page("staff-renewals", OFFERS, BEN),
    Page("staff-renewals-auditor", OFFERS, AUDITOR),
    Page("staff-renewals-nothing", f"{OFFERS}?q=nothing+fits", BEN),
    Page("staff-renewal", OFFERS, BEN, offer(), at=f"{AN_OFFER}change/"),
    Page("staff-renewal-accepted", f"{OFFERS}?state__exact=accepted", AUDITOR, first_row, at=f"{AN_OFFER}change/"),
    Page("staff-renewal-add", f"{OFFERS}add/", BEN),
    Page("staff-renewal-add-empty-error", f"{OFFERS}add/", BEN, press("Upload and draft")),
    Page("staff-renewal-add-lines-error", f"{OFFERS}add/", BEN, drafts(WRONG)),
    Page("staff-renewal-draft", f"{OFFERS}add/", BEN, drafts(DRAFT), at=f"{AN_OFFER}change/"),
    Page("staff-renewal-withdraw", OFFERS, BEN, offer(withdraw), at=f"{AN_OFFER}withdraw/"),
    Page("staff-renewal-withdraw-error", OFFERS, BEN, offer(withdraw, typed("Withdraw the renewal", **NO_REASON)), at=f"{AN_OFFER}withdraw/"),
]  # fmt: skip
