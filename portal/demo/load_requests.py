"""Writes the registration requests of the demo with their history, dated back.

Not through the actions: they live in the present, and the audit trail keeps the time it was given.
What opens doors (grants, access keys) does go through them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from django.conf import settings

from accounts.actions.codes import issue_code
from accounts.actions.grants import offer_grant, revoke_grant
from accounts.actions.review import ROLE_GIVEN
from accounts.clock import carrier_clock
from accounts.models import AccessCode, Grant, RegistrationEntry, RegistrationRequest, User
from groups.models import EmployerGroup
from portal.demo.moments import business_moment
from portal.demo.requests_data import NORA, RequestData
from portal.models import AuditEvent
from portal.numbers import next_number

STEP = 0.4  # business days from one step of a story to the next
DAYS_UNUSED = 30
DECIDED = {"approved": "approved", "declined": "declined", "expired": "approved"}


@dataclass(frozen=True)
class Step:
    """One thing that happened to a request: the end of its audit kind, who did it (a user name, or
    empty for the applicant and the clock), and what was written, if anything.
    """

    kind: str
    by: str = ""
    entry: str = ""
    text: str = ""


def steps_of(data: RequestData) -> Iterator[Step]:
    """Yield what happened to the request, in order."""
    said, staff = data.decision, data.decision.assigned
    yield Step("submitted", NORA if data.source == "paper" else "")
    if staff:
        yield Step("taken", staff)
    if said.note:
        yield Step("note_added", staff or NORA, RegistrationEntry.Kind.NOTE, said.note)
    if said.question:
        yield Step("question_asked", staff, RegistrationEntry.Kind.QUESTION, said.question)
    if said.answer:
        yield Step("answered", "", RegistrationEntry.Kind.ANSWER, said.answer)
    if said.state in DECIDED:
        yield Step(DECIDED[said.state], staff)
    if said.state in {"withdrawn", "expired"}:
        yield Step(said.state)


def load_requests(
    requests: Iterable[RequestData], users: dict[str, User], *, now: datetime
) -> None:
    """Store *requests* as they stand at *now*, the oldest with the lowest number."""
    for data in sorted(requests, key=lambda data: -data.submitted_business_days_ago):
        steps = list(steps_of(data))
        moments = _moments(data, len(steps), now=now)
        request = _store_request(data, dict(zip(steps, moments, strict=True)), users)
        for step, moment in zip(steps, moments, strict=True):
            _store_step(request, step, moment, users)


def _moments(data: RequestData, count: int, *, now: datetime) -> list[datetime]:
    """Return when each step was: the first when submitted, the others in working hours after it.

    An open key was issued just now, so that it lasts its full days; a request that expired did so
    when its key had been of no use for DAYS_UNUSED.
    """
    first, clock = data.submitted_business_days_ago, carrier_clock()
    agos = [max(first - STEP * index, 0) for index in range(count)]
    moments = [business_moment(ago, now=now, clock=clock) for ago in agos]
    if data.decision.key == "open":
        moments[-1] = now
    if data.decision.state == "expired":
        moments[-1] = moments[-2] + timedelta(days=settings.ACCESS_CODE_DAYS + DAYS_UNUSED)
    return moments


def _store_request(
    data: RequestData, when: dict[Step, datetime], users: dict[str, User]
) -> RegistrationRequest:
    at = {step.kind: moment for step, moment in when.items()}
    staff = users.get(data.decision.assigned)
    decided_at = at.get("approved") or at.get("declined")
    group = EmployerGroup.objects.identified_by(data.identify_by, data.identifier).first()
    promised = at.get("answered", at["submitted"])
    return RegistrationRequest.objects.create(
        **_typed(data),
        number=next_number("REG", at["submitted"]),
        state=data.decision.state,
        source=data.source,
        group=group,
        terms_version=settings.TERMS_VERSION,
        submitted_at=at["submitted"],
        due_at=carrier_clock().due_at(promised, settings.REGISTRATION_BUSINESS_DAYS),
        version=sum(step.kind != "note_added" for step in when),
        assigned_to=staff,
        decided_by=staff if decided_at else None,
        decided_at=decided_at,
        decline_reason=data.decision.decline_reason,
        grant=_grant(data, group, decided_at, staff) if group and decided_at else None,
    )


def _typed(data: RequestData) -> dict[str, str]:
    """Return what the applicant typed, by field."""
    return {
        "identified_by": data.identify_by,
        "identifier": data.identifier,
        "first_name": data.first_name,
        "middle_initial": data.middle_initial,
        "last_name": data.last_name,
        "title": data.title,
        "company_legal_name": data.company_legal_name,
        "fein": data.fein,
        "phone": data.phone,
        "email": data.email,
        "region": data.region,
        "role": data.role,
        "agency": data.agency,
        "npn": data.npn,
        "signer_name": data.signer_name,
        "signer_email": data.signer_email,
        "statement_of_authority": data.statement_of_authority,
    }


def _grant(
    data: RequestData, group: EmployerGroup, decided_at: datetime, staff: User | None
) -> Grant | None:
    """Return the grant that waits behind an approved request, with its access key open or run out."""
    if not data.decision.key:
        return None
    role = ROLE_GIVEN[RegistrationRequest.Role(data.role)]
    grant = offer_grant(group, email=data.email, role=role, by=staff)
    if data.decision.key == "open":
        issue_code(grant, by=staff)
        return grant
    AccessCode.objects.create(
        group=group,
        grant=grant,
        email=data.email,
        digest=token_hex(32),  # of no key: nobody can enter it
        state=AccessCode.State.EXPIRED,
        issued_at=decided_at,
        expires_at=decided_at + timedelta(days=settings.ACCESS_CODE_DAYS),
    )
    Grant.objects.filter(pk=grant.pk).update(created_at=decided_at)
    return revoke_grant(grant, by=None) if data.decision.state == "expired" else grant


def _store_step(
    request: RegistrationRequest, step: Step, moment: datetime, users: dict[str, User]
) -> None:
    """Write the step into the audit trail, and what was said to the entries of the request."""
    actor = users.get(step.by)
    if step.entry:
        RegistrationEntry.objects.create(
            request=request, kind=step.entry, text=step.text, by=actor, at=moment
        )
    AuditEvent.objects.create(
        at=moment,
        kind=f"accounts.registration_{step.kind}",
        actor_key=actor.pk if actor else None,
        actor_label=str(actor) if actor else "",
        group_key=request.group_id,
        target_type=request._meta.label_lower,
        target_key=str(request.pk),
        target_label=str(request),
        note=request.decline_reason if step.kind == "declined" else "",
    )
