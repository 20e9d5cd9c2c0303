"""Papers as people use them: a document that reaches the carrier and nobody else, a renewal from its file to its end."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

PDF = b"%PDF-1.7\n% signed by the company\nstartxref\n9\n%%EOF\n"
DOCUMENTS, RENEWALS = "/g/20418a/documents/", "/g/20533a/renewals/"
HEAD = "Group,Renewal date,Available on,Respond by,Plan,Tier,Current rate,Renewal rate,Contracts\n"
TODAY = date.today()  # noqa: DTZ011 - the day the browser shows
DAYS = f"20533A,2097-03-01,{TODAY},{TODAY + timedelta(days=30)}"
GOOD = f"{DAYS},SILVER-HMO-3000,EE,498.20,529.09,10\n{DAYS},SILVER-HMO-3000,FAM,1419.87,1400.00,5\n"
BAD = f"{DAYS},SILVER-HMO-3000,Wizard,1,2,3\n99999Z,{DAYS[7:]},SILVER-HMO-3000,EE,1,2,3\n"


def choose(visitor, name, content):
    file = {"name": name, "mimeType": "application/pdf", "buffer": content}
    visitor.page.locator("input[type=file]").set_input_files(file)


def send(visitor, title, about):
    """Send a file as the employer; return the address it has for people of the group."""
    visitor.page.goto(f"{DOCUMENTS}upload/")
    choose(visitor, "scan.html", PDF)
    visitor.fill(title=title, about=about)
    visitor.click("Send")
    expect(visitor.page.get_by_text("We have your document.")).to_be_visible()
    row = visitor.page.get_by_role("row").filter(has_text=title)
    return row.get_by_role("link").get_attribute("href")


def taken(visitor, link):
    """Return name and content of the file behind *link*."""
    with visitor.page.expect_download() as download:
        link.click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def status_of(visitor, address):
    return visitor.context.request.get(address).status


def test_a_document_reaches_the_carrier_and_those_of_its_unit_alone(visit):
    karen, luis, ruth, nora = visit(), visit(), visit(), visit()
    karen.sign_in("kmitchell", to=DOCUMENTS)
    theirs = send(karen, "Signed census of unit 2", "0002")
    others = send(karen, "Signed census of unit 3", "0003")
    of_the_group = send(karen, "Signed census of the group", "group")

    luis.sign_in("lortega", to=DOCUMENTS)
    row = luis.page.get_by_role("row").filter(has_text="Signed census")
    expect(row).to_have_count(1)
    assert taken(luis, row.get_by_role("link")) == ("scan.pdf", PDF)
    assert [status_of(luis, one) for one in (theirs, others, of_the_group)] == [200, 404, 404]

    ruth.sign_in("rdelaney", to="/g/20533a/documents/")
    expect(ruth.page.get_by_text("Signed census")).to_have_count(0)
    key = theirs.rstrip("/").rpartition("/")[2]
    assert status_of(ruth, theirs) == status_of(ruth, f"/g/20533a/documents/{key}/") == 404

    nora.sign_in("ncastellanos", to="/staff/groups/document/?q=20418A")
    nora.click("Signed census of unit 3", "link")
    assert taken(nora, nora.page.get_by_role("link", name="Download")) == ("scan.pdf", PDF)
    nora.click("Withdraw", "link")
    nora.fill(reason="This is the census of last year.")
    nora.click("Withdraw the document")
    nora.sees("Withdrawn. The group does not see it any more.")
    assert status_of(karen, others) == 404
    nora.click("Audit trail", "link")
    for words in ("sent the document", "downloaded the document", "withdrew the document"):
        nora.sees(words)


def test_a_renewal_is_drafted_published_accepted_and_completed(visit):
    ben, ruth, nora = visit(), visit(), visit()
    ben.sign_in("bwhitaker", to="/staff/groups/renewal/")
    ben.click("Upload renewals", "link")
    choose(ben, "renewals.csv", (HEAD + BAD + GOOD).encode())
    ben.click("Upload and draft")
    ben.sees("Line 2: Tier: We know no such tier. Use EE, ES, EC or FAM.")
    ben.sees("Line 3: Group: We know no such group.")
    choose(ben, "renewals.csv", (HEAD + GOOD).encode())
    ben.click("Upload and draft")
    ben.sees("1 renewal drafted.")
    ben.click("Publish the renewal")
    ben.sees("Published.")

    ruth.sign_in("rdelaney", to=RENEWALS)
    ruth.click("Renewal on March 1, 2097", "link")
    ruth.sees("$12,081.35")
    ruth.sees("+$209.55")
    name, content = taken(ruth, ruth.page.get_by_role("link", name="Download as PDF"))
    assert (name, content[:5]) == ("renewal-20533a-2097-03-01.pdf", b"%PDF-")
    ruth.click("Accept this renewal", "link")
    ruth.click("Accept for the company")
    ruth.sees("Confirm that you are authorized")
    ruth.fill(attested=True)
    ruth.click("Accept for the company")
    ruth.sees("We are working on it.")
    number = re.search(r"TX-\d{6}-\d{4}", ruth.page.get_by_role("main").inner_text())[0]

    nora.sign_in("ncastellanos", to="/staff/groups/transaction/")
    nora.click(number, "link")
    nora.click("Complete")
    nora.sees(f"{number} is completed.")
    ruth.page.reload()
    ruth.sees("accepted this renewal")
    ruth.sees("It is done.")
