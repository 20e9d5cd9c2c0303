"""Where a registration request stands, in the words of the applicant's status page."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.clock import Promise, promise
from accounts.models import AccessCode, RegistrationEntry, RegistrationRequest
from portal.moments import written

State = RegistrationRequest.State
# Keys the applicant may replace; one that staff withdrew stays withdrawn.
RENEWABLE = {AccessCode.State.EXPIRED, AccessCode.State.LOCKED}
CLOSED = {State.DECLINED, State.WITHDRAWN, State.EXPIRED}
HEADINGS = {
    State.SUBMITTED: gettext_lazy("We have your request"),
    State.IN_REVIEW: gettext_lazy("We are checking your request"),
    State.NEEDS_INFO: gettext_lazy("We have a question for you"),
    State.APPROVED: gettext_lazy("Your request is approved"),
    State.COMPLETED: gettext_lazy("You have access"),
    State.DECLINED: gettext_lazy("We could not approve your request"),
    State.WITHDRAWN: gettext_lazy("You took this request back"),
    State.EXPIRED: gettext_lazy("This request has ended"),
}
FOR_OFFICER = {
    State.SUBMITTED: gettext_lazy("We have your form"),
    State.IN_REVIEW: gettext_lazy("We are checking your form"),
    State.NEEDS_INFO: gettext_lazy("We have a question for you"),
    State.APPROVED: gettext_lazy("Your form is approved"),
    State.COMPLETED: gettext_lazy("Your primary administrator has access"),
    State.DECLINED: gettext_lazy("We could not approve your form"),
    State.WITHDRAWN: gettext_lazy("You took this form back"),
    State.EXPIRED: gettext_lazy("This form has ended"),
}
FOR_NOMINEE = {
    State.SUBMITTED: gettext_lazy("We have the officer’s form"),
    State.IN_REVIEW: gettext_lazy("We are checking the officer’s form"),
    State.NEEDS_INFO: gettext_lazy("We asked the officer a question"),
    State.APPROVED: gettext_lazy("You are approved"),
    State.COMPLETED: gettext_lazy("You have access"),
    State.DECLINED: gettext_lazy("We could not approve the officer’s form"),
    State.WITHDRAWN: gettext_lazy("The officer took this form back"),
    State.EXPIRED: gettext_lazy("This form has ended"),
}


def progress_of(
    request: RegistrationRequest, now: datetime, *, only_watching: bool = False
) -> dict[str, Any]:
    """Return what the status page shows of *request* at *now*; three statements at most.

    A repeat shows what became of itself, and nothing of the request it repeats. A nominee is *only_watching*: they
    change nothing, and what we and the officer wrote to each other is not theirs to read.
    """
    state = State(request.state)
    clock = promise(request.due_at, now)
    code = _latest_code(request)
    code_state = code.state_at(now) if code else ""
    return {
        "state": state,
        "heading": _heading(request, state, code_state, only_watching=only_watching),
        "only_watching": only_watching,
        "pill": _pill(state),
        "promise": clock,
        "clock_runs": state in RegistrationRequest.WITH_STAFF,
        "segments": _segments(clock),
        "time_left": _time_left(clock),
        "steps": _steps(request, state, code, code_state),
        "question": _open_question(request) if state == State.NEEDS_INFO else "",
        "conversation": []
        if only_watching
        else list(request.entries.exclude(kind=RegistrationEntry.Kind.NOTE)),
        "code": code,
        "code_state": code_state,
        "may_ask_new_key": state == State.APPROVED and code_state in RENEWABLE,
        "may_change": not only_watching
        and state in {State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO},
        "decline_reason": "" if only_watching else request.decline_reason,
        "masked_email": mask_email(request.email),
    }


def mask_email(email: str) -> str:
    """Return the address with all but the first letter of its name covered: t•••••@example.com."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}{'•' * 5}@{domain}"


def _heading(
    request: RegistrationRequest, state: State, code_state: str, *, only_watching: bool
) -> str:
    is_officer = request.is_nomination and not only_watching
    if state == State.APPROVED and code_state != AccessCode.State.ISSUED:
        own = _("Your Access Key no longer works")
        return _("The Access Key no longer works") if is_officer else own
    if is_officer:
        return str(FOR_OFFICER[state])
    return str((FOR_NOMINEE if only_watching else HEADINGS)[state])


def _pill(state: State) -> dict[str, str]:
    tones = {
        State.SUBMITTED: "info",
        State.IN_REVIEW: "info",
        State.NEEDS_INFO: "warn",
        State.APPROVED: "ok",
        State.COMPLETED: "ok",
        State.DECLINED: "bad",
    }
    return {"tone": tones.get(state, "neutral"), "label": str(state.label)}


def _segments(clock: Promise) -> list[dict[str, Any]]:
    return [
        {
            "percent": share,
            "label": _("Business day %(number)d · %(day)s")
            % {"number": number, "day": date_format(day, "D, M j")},
        }
        for number, (day, share) in enumerate(zip(clock.days, clock.share, strict=True), start=1)
    ]


def _time_left(clock: Promise) -> str:
    """Say how much working time is left, or that we are late."""
    if clock.is_late:
        return _("We are late. Your request has moved to a supervisor.")
    if not any(clock.share) and clock.days_left >= len(clock.days):
        return _(
            "The business days are counted from %(day)s. If we miss this time, your request moves to a"
            " supervisor."
        ) % {"day": date_format(clock.days[0], "l, F j")}
    parts = []
    if clock.days_left:
        parts.append(
            ngettext("%(n)d business day", "%(n)d business days", clock.days_left)
            % {"n": clock.days_left}
        )
    if clock.hours_left or not parts:
        parts.append(
            ngettext("%(n)d hour", "%(n)d hours", clock.hours_left) % {"n": clock.hours_left}
        )
    left = _(" and ").join(parts)
    return _(
        "%(left)s of working time are left. If we miss this time, your request moves to a supervisor."
    ) % {"left": left}


def _steps(
    request: RegistrationRequest, state: State, code: AccessCode | None, code_state: str
) -> list[dict[str, str]]:
    """Return the timeline: received, compared, key, account; a request that ended has no steps to come."""
    decided = state in {State.APPROVED, State.COMPLETED}
    received = {
        "title": _("Request received"),
        "text": _("%(when)s. We sent a copy to %(email)s.")
        % {"when": written(request.submitted_at), "email": mask_email(request.contact_email)},
        "state": "done",
    }
    compared = {
        "title": _("Your account team compares it with our records"),
        "text": _("Company name, tax ID, email address and phone."),
        "state": "done" if decided else "stopped" if state in CLOSED else "now",
    }
    account = {
        "title": _("Set up the account") if request.is_nomination else _("Set up your account"),
        "text": _("User name, password, Sign-in Seal, second step. About 5 minutes."),
        "state": "done" if state == State.COMPLETED else "next",
    }
    if state in CLOSED:
        return [received, compared]
    return [received, compared, _key_step(state, code, code_state), account]


def _key_step(state: State, code: AccessCode | None, code_state: str) -> dict[str, str]:
    if state == State.COMPLETED and code is None:
        text = _("Your account was opened at once. An access code is not required.")
        return {"title": _("No Access Key needed"), "text": text, "state": "done"}
    text = _("16 digits, valid for %(days)d days. If it expires, you can ask for a new one here.")
    text %= {"days": settings.ACCESS_CODE_DAYS}
    if code:
        text = _("Sent %(issued)s. Valid until %(expires)s.") % {
            "issued": written(code.issued_at),
            "expires": written(code.expires_at),
        }
    reached = "now" if code_state == AccessCode.State.ISSUED else "stopped"
    marks = {State.COMPLETED: "done", State.APPROVED: reached}
    return {"title": _("Access Key by email"), "text": text, "state": marks.get(state, "next")}


def _latest_code(request: RegistrationRequest) -> AccessCode | None:
    if not request.grant_id or request.repeat_of_id:
        return None
    return AccessCode.objects.filter(grant_id=request.grant_id).order_by("-issued_at").first()


def _open_question(request: RegistrationRequest) -> str:
    entry = request.entries.filter(kind=RegistrationEntry.Kind.QUESTION).last()
    return entry.text if entry else ""
