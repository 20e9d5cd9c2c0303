"""Reports of an issue: written down with the hour by which we answer, and resolved once."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.clock import carrier_clock
from messaging.models import IssueReport
from portal import audit, mail
from portal.moments import written
from portal.numbers import next_number

if TYPE_CHECKING:
    from accounts.models import User

ANSWER_BUSINESS_DAYS = 2


@transaction.atomic
def report_issue(
    *,
    category: str,
    description: str,
    name: str,
    email: str,
    phone: str,
    page: str,
    browser: str,
    by: "User | None",
) -> IssueReport:
    """Write down that something does not work, and promise an answer within two business days.

    *page* is a path of ours, *browser* what the browser calls itself; *by* is None before sign-in.
    Writes one audit event; mails the number and the promise, and nothing that was typed, to *email*.
    """
    now = timezone.now()
    report = IssueReport.objects.create(
        number=next_number("ISS", now),
        category=category,
        description=description,
        name=name,
        email=email,
        phone=phone,
        page=page[:300],
        browser=browser[:200],
        user=by,
        reported_at=now,
        due_at=carrier_clock().due_at(now, ANSWER_BUSINESS_DAYS),
    )
    audit.record("messaging.issue_reported", by=by, target=report)
    mail.send(
        "messaging/issue_received",
        to=report.email,
        key=f"messaging.issue_received:{report.number}",
        context={"number": report.number, "due": written(report.due_at)},
    )
    return report


@transaction.atomic
def resolve_issue(report: IssueReport, *, note: str, by: "User") -> IssueReport:
    """Close a report with a *note* for staff; of two callers at the same moment one succeeds.

    Raises ValidationError, naming who was first, when it is resolved already. Writes one audit event
    (without the note, which may speak of people) and tells the reporter by mail.
    """
    report = IssueReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.state == IssueReport.State.RESOLVED:
        raise ValidationError(
            _("%(person)s resolved %(number)s on %(at)s. Nothing was changed."),
            code="resolved",
            params={
                "person": report.resolved_by,
                "number": report.number,
                "at": written(report.resolved_at or report.reported_at),
            },
        )
    report.state, report.resolved_at, report.resolved_by = (
        IssueReport.State.RESOLVED,
        timezone.now(),
        by,
    )
    report.staff_note = note
    report.save(update_fields=["state", "resolved_at", "resolved_by", "staff_note"])
    changes = {"state": (IssueReport.State.OPEN.value, IssueReport.State.RESOLVED.value)}
    audit.record("messaging.issue_resolved", by=by, target=report, changes=changes)
    mail.send(
        "messaging/issue_resolved",
        to=report.email,
        key=f"messaging.issue_resolved:{report.number}",
        context={"number": report.number},
    )
    return report
