"""Pages anybody may read: help, terms, the demo's own."""

from portal.help_topics import TOPICS
from tests.quality.acting import SEVERAL, Page, first_row, press, report

PUBLIC = [
    Page("home", "/"),
    Page("home-signed-in", "/", SEVERAL),
    Page("tour", "/tour/"),
    Page("help", "/help/"),
    Page("help-signed-in", "/help/", SEVERAL),
    *(Page(f"help-{topic.slug}", f"/help/{topic.slug}/") for topic in TOPICS),
    Page("privacy", "/privacy/"),
    Page("terms", "/terms/"),
    Page("cookies", "/cookies/"),
    Page("cookies-chosen", "/", then=press("Reject optional")),
    Page("accessibility", "/accessibility/"),
    Page("language-help", "/language-help/"),
    Page("region", "/region/"),
    Page("report-issue", "/report-an-issue/"),
    Page("report-issue-error", "/report-an-issue/", then=press("Send the report")),
    Page("report-issue-sent", "/report-an-issue/", then=report, at="/report-an-issue/sent/"),
    Page("mailbox", "/demo/mailbox/"),
    Page("mailbox-nothing", "/demo/mailbox/?to=nobody"),
    Page("mailbox-letter", "/demo/mailbox/", SEVERAL, first_row, at=r"/demo/mailbox/[\d-]+/"),
    Page("components", "/demo/components/"),
]
