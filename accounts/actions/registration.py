"""What the applicant does with a registration request: submit, correct, answer, withdraw, ask for a new key.

Source: domain handbook, "Our flow"; registration guide of the carrier.
"""

from datetime import datetime
from typing import NotRequired, TypedDict, Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions.codes import issue_code
from accounts.clock import carrier_clock
from accounts.models import AccessCode, Grant, RegistrationEntry, RegistrationRequest, User
from groups.models import EmployerGroup
from portal import audit, mail
from portal.numbers import next_number

State = RegistrationRequest.State
NEW_KEYS_PER_REQUEST = 3
# What makes a second request the same one sent twice, beside e-mail address and group.
SAME_PERSON = ("first_name", "last_name", "fein", "phone", "officer_email")


class RequestDetails(TypedDict):
    """What the request form asks for; names as in the form and in the model."""

    identified_by: str
    identifier: str
    first_name: str
    middle_initial: str
    last_name: str
    title: str
    company_legal_name: str
    fein: str
    phone: str
    email: str
    region: str
    role: str
    agency: str
    npn: str
    signer_name: str
    signer_email: str
    statement_of_authority: str
    officer_name: NotRequired[str]
    officer_title: NotRequired[str]
    officer_email: NotRequired[str]
    officer_phone: NotRequired[str]


def submit_request(
    *,
    by: User | None,
    source: str = RegistrationRequest.Source.ONLINE,
    received_at: datetime | None = None,
    **details: Unpack[RequestDetails],
) -> RegistrationRequest:
    """Take a request for access and promise an answer; *by* is None for the applicant, staff for paper forms.

    The promise counts from *received_at*, the moment a paper arrived; from now when it is None. Of a nomination
    (*source*) the details are the nominee's, and the officer's own beside them: letters go to the officer.
    The same person asking again for the same group gets the first request back. Somebody who gives the same
    e-mail address with other details gets a number of their own, kept as a repeat of the first, so that a
    stranger cannot learn the number of a request. Known and unknown groups and addresses take the same steps.
    The same group is the same identifier, or another identifier of one group that we know.
    """
    with transaction.atomic():
        _lock_person(details["email"])
        group = EmployerGroup.objects.identified_by(
            details["identified_by"], details["identifier"]
        ).first()
        first = RegistrationRequest.objects.open_like(
            email=details["email"],
            identified_by=details["identified_by"],
            identifier=details["identifier"],
        ).first()
        if first and all(getattr(first, name) == details.get(name, "") for name in SAME_PERSON):
            return first
        received_at = received_at or timezone.now()
        request = RegistrationRequest.objects.create(
            **details,
            number=next_number("REG", timezone.now()),
            source=source,
            group=group,
            repeat_of=first,
            terms_version=settings.TERMS_VERSION,
            submitted_at=received_at,
            due_at=carrier_clock().due_at(received_at, settings.REGISTRATION_BUSINESS_DAYS),
        )
        audit.record(
            "accounts.registration_submitted", by=by, target=request, group_id=request.group_id
        )
        _write(
            request,
            "accounts/nomination_received"
            if request.is_nomination
            else "accounts/registration_received",
        )
    return request


@transaction.atomic
def correct_request(
    request: RegistrationRequest, *, by: User | None, **details: Unpack[RequestDetails]
) -> RegistrationRequest:
    """Let the applicant mend what they sent, as long as nobody has decided; e-mail address and group stay.

    A first approval under the four-eyes rule falls, since it was given to other facts.
    Raises ValidationError when the request is decided.
    """
    request = _lock(request, {State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO}, repeats=True)
    fixed = {"email", "officer_email", "identified_by", "identifier"}
    changes = {
        name: (getattr(request, name), value)
        for name, value in details.items()
        if name not in fixed and getattr(request, name) != value
    }
    for name, value in details.items():
        if name not in fixed:
            setattr(request, name, value)
    request.first_approved_by = None
    _save(request, *(set(details) - fixed), "first_approved_by")
    audit.record(
        "accounts.registration_corrected",
        by=by,
        target=request,
        group_id=request.group_id,
        changes=changes,
    )
    _write(request, "accounts/registration_changed")
    return request


@transaction.atomic
def answer_question(
    request: RegistrationRequest, *, text: str, by: User | None
) -> RegistrationRequest:
    """Take the applicant's answer; the request goes back to staff and the promise starts anew.

    Raises ValidationError when no question is open.
    """
    request = _lock(request, {State.NEEDS_INFO})
    RegistrationEntry.objects.create(
        request=request, kind=RegistrationEntry.Kind.ANSWER, text=text, by=by
    )
    request.state = State.SUBMITTED
    request.due_at = carrier_clock().due_at(timezone.now(), settings.REGISTRATION_BUSINESS_DAYS)
    request.escalated_at = None
    _save(request, "state", "due_at", "escalated_at")
    audit.record("accounts.registration_answered", by=by, target=request, group_id=request.group_id)
    return request


@transaction.atomic
def withdraw_request(request: RegistrationRequest, *, by: User | None) -> RegistrationRequest:
    """Take the request back; raises ValidationError when it is decided."""
    request = _lock(request, {State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO}, repeats=True)
    request.state = State.WITHDRAWN
    _save(request, "state")
    audit.record(
        "accounts.registration_withdrawn", by=by, target=request, group_id=request.group_id
    )
    _write(request, "accounts/registration_changed")
    return request


@transaction.atomic
def ask_new_key(request: RegistrationRequest, *, by: User | None) -> AccessCode:
    """Send a new access key to the approved person's e-mail address when the last one expired or locked.

    Raises ValidationError while a key still works, when staff withdrew it, when the request is not approved,
    or after 3 new keys.
    """
    request = _lock(request, {State.APPROVED})
    grant = Grant.objects.get(requests=request)
    codes = list(grant.codes.order_by("-issued_at"))
    now = timezone.now()
    state = codes[0].state_at(now) if codes else AccessCode.State.REVOKED
    if state == AccessCode.State.ISSUED:
        raise ValidationError(_("Your Access Key still works. Look for it in your email."))
    if state not in {AccessCode.State.EXPIRED, AccessCode.State.LOCKED}:
        raise ValidationError(_("We withdrew your Access Key. Call us about a new one."))
    if len(codes) > NEW_KEYS_PER_REQUEST:
        raise ValidationError(_("You had several keys. Call us for the next one."))
    return issue_code(grant, by=by)


def _lock_person(email: str) -> None:
    """Let only one submission of the same address run at a time, until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [email.lower()])


def _write(request: RegistrationRequest, letter: str) -> None:
    """Write to whoever sent the request what happened to it; once for every version of the request."""
    mail.send(
        letter,
        to=request.contact_email,
        key=f"{letter}:{request.number}:{request.version}",
        context={
            "number": request.number,
            "days": settings.REGISTRATION_BUSINESS_DAYS,
            "withdrawn": request.state == State.WITHDRAWN,
        },
    )


def _lock(
    request: RegistrationRequest, allowed: set[State], *, repeats: bool = False
) -> RegistrationRequest:
    """Lock the row; raise ValidationError unless its state is *allowed*. A repeat counts only with *repeats*."""
    request = RegistrationRequest.objects.select_for_update().get(pk=request.pk)
    if request.state not in allowed or (request.repeat_of_id and not repeats):
        raise ValidationError(
            _("This is not possible any more: the request is %(state)s."),
            code="state",
            params={"state": request.get_state_display().lower()},
        )
    return request


def _save(request: RegistrationRequest, *fields: str) -> None:
    request.version += 1
    request.save(update_fields=[*fields, "version"])
