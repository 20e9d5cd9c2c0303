"""Writes documents and renewals of the demo's groups. Each PDF is made and stored once, whoever it is for."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.clock import carrier_clock
from accounts.models import User
from groups.file_types import PDF, safe_name
from groups.models import Document, EmployerGroup, Plan, Rate, Renewal, RenewalRate
from portal import pdf
from portal.demo.dates import first_of_month
from portal.demo.papers_data import PAPERS, PaperData

CEDAR_RIDGE, LOGISTICS, RUTH = "20418A", "20533A", "rdelaney"
AVAILABLE, RESPOND = timedelta(days=75), timedelta(days=15)  # before the renewal date
RISES = (Decimal("1.062"), Decimal("1.048"), Decimal("0.991"))  # by plan
CENT = Decimal("0.01")
CONTRACTS = {"EE": 14, "ES": 5, "EC": 4, "FAM": 7}


def load_documents(
    groups: Iterable[EmployerGroup], *, staff: User, karen: User, today: date
) -> None:
    """Store the carrier's papers for each of *groups*, and what Karen of Cedar Ridge sent."""
    groups = [group for group in groups if group.status != EmployerGroup.Status.PROSPECT]
    for paper in PAPERS:
        row = _stored(paper, today)
        Document.objects.bulk_create(_row(row, group, uploaded_by=staff) for group in groups)
    _send(next(group for group in groups if group.group_id == CEDAR_RIDGE), karen, today)


def load_renewals(groups: Iterable[EmployerGroup], *, accepted_by: User, today: date) -> None:
    """Store the open renewal of each small group whose day is near, and of Cedar Ridge Logistics also last year's."""
    small = [
        group
        for group in groups
        if group.market == EmployerGroup.Market.SMALL
        and group.status in (EmployerGroup.Status.ACTIVE, EmployerGroup.Status.GRACE)
    ]
    for group in small:
        day = group.renewal_date
        days = day - AVAILABLE, day - RESPOND
        if days[0] <= today <= days[1]:
            _offer(group, day, days, Renewal.State.OFFERED)
        elif group.group_id == LOGISTICS:  # there is one to look at on every day of the year
            days = min(days[0], today), min(day, today + RESPOND)
            _offer(group, day, days, Renewal.State.OFFERED)
        if group.group_id == LOGISTICS:
            last = day.replace(year=day.year - 1)
            days = last - AVAILABLE, last - RESPOND
            _offer(group, last, days, Renewal.State.ACCEPTED, accepted_by=accepted_by)


def _stored(paper: PaperData, today: date) -> Document:
    """Make the PDF and store it; return a row without a group."""
    day = first_of_month(today, months=-paper.months_ago)
    title = paper.title.format(year=day.year)
    content = _pdf(title, paper.text, day)
    return Document(
        for_all_units=paper.everybody,
        kind=paper.kind,
        title=title,
        file=default_storage.save("documents/demo", ContentFile(content)),
        file_name=safe_name(f"{title}.pdf", PDF),
        content_type=PDF.media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        scan=Document.Scan.NOT_SCANNED,
        document_date=day,
        uploaded_at=_morning(day),
    )


@cache
def _pdf(title: str, text: tuple[str, ...], day: date) -> bytes:
    """Return the PDF of a paper; drawn once in a process, for tests load the demo many times."""
    context = {"title": title, "text": text, "day": day, "brand_name": settings.BRAND_NAME}
    return pdf.render("demo_paper", context)


def _row(of: Document, group: EmployerGroup, **more: object) -> Document:
    """Return the document *of* many groups as a row of *group*."""
    kept = {
        field.attname: getattr(of, field.attname)
        for field in Document._meta.concrete_fields
        if field.name not in {"id", "key", "group", "uploaded_by"}
    }
    return Document(**{**kept, "file": of.file.name, "group": group, **more})


def _send(group: EmployerGroup, karen: User, today: date) -> None:
    """Have Karen send the papers of an employer."""
    paper = PaperData(
        Document.Kind.UPLOAD, "Signed rate acknowledgment", 1, ("Signed.",), everybody=False
    )
    sent = _stored(paper, today)
    Document.objects.bulk_create([_row(sent, group, uploaded_by=karen, by_employer=True)])


def _offer(
    group: EmployerGroup,
    day: date,
    days: tuple[date, date],
    state: str,
    *,
    accepted_by: User | None = None,
) -> None:
    """Store a renewal on *day*, to be accepted from the first to the second of *days*."""
    available_on, respond_by = days
    renewal = Renewal.objects.create(
        group=group,
        renewal_date=day,
        available_on=available_on,
        respond_by=respond_by,
        state=state,
        accepted_by=accepted_by,
        accepted_at=_morning(respond_by - timedelta(days=9)) if accepted_by else None,
    )
    RenewalRate.objects.bulk_create(_rates(renewal))


def _rates(renewal: Renewal) -> Iterator[RenewalRate]:
    """Yield what the group pays by tier on the day before, and what it will."""
    before = renewal.renewal_date - timedelta(days=1)
    rates = Rate.objects.on(before).filter(group=renewal.group_id, subgroup__isnull=True)
    places: dict[Plan, int] = {}
    for rate in rates.exclude(tier=Rate.Tier.BY_AGE).select_related("plan").order_by("plan", "pk"):
        place = places.setdefault(rate.plan, len(places))
        then = _follows(renewal, rate) or (rate.amount * RISES[place % len(RISES)]).quantize(CENT)
        yield RenewalRate(
            group_id=renewal.group_id,
            renewal=renewal,
            current_plan=rate.plan,
            renewal_plan=rate.plan,
            tier=rate.tier,
            current_amount=rate.amount,
            renewal_amount=then,
            contracts=CONTRACTS[rate.tier] // (place + 1),
        )


def _follows(renewal: Renewal, rate: Rate) -> Decimal | None:
    """Return what followed, where the new plan year has begun."""
    if renewal.state != Renewal.State.ACCEPTED:
        return None
    return (
        Rate.objects.on(renewal.renewal_date)
        .filter(group=rate.group_id, plan=rate.plan_id, subgroup__isnull=True, tier=rate.tier)
        .values_list("amount", flat=True)
        .first()
    )


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), carrier_clock().zone)
