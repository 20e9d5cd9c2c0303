"""One registration request as staff see it: evidence at the left, decision at the right."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions.review import needs_second_person
from accounts.admin.comparison import lines, masked_fein, note_on, officer_lines, other_lines
from accounts.admin.effects import effects, needs_no_key
from accounts.admin.queue import TONES, row_of
from accounts.clock import promise
from accounts.due_marks import due_mark
from accounts.evidence import score_of
from accounts.forms.staff import DeclineForm, NoteForm, QuestionForm
from accounts.models import AccessCode, RegistrationEntry, RegistrationRequest, User
from accounts.staff_roles import REVIEW
from groups.admin.tenant import shape_of
from groups.models import EmployerGroup
from portal.audit import MASK
from portal.models import AuditEvent
from portal.moments import clock_time
from portal.staff import in_words
from portal.templatetags.portal_words import phone

State = RegistrationRequest.State
Entry = RegistrationEntry.Kind
UNDECIDED = {State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO}
# What the applicant does; every other event without an actor is the clock's.
BY_APPLICANT = {"submitted", "corrected", "answered", "withdrawn"}
COMPARED = (
    "first_name", "middle_initial", "last_name", "title", "company_legal_name", "fein", "phone", "role",
    "agency", "npn", "signer_name", "signer_email", "officer_name", "officer_title", "officer_email", "officer_phone",
)  # fmt: skip


@dataclass(frozen=True)
class Remaining:
    """How long the promise still runs, in words, and how urgent that is."""

    distance: str
    deadline: str
    level: str


@dataclass(frozen=True)
class HistoryItem:
    """One line of the history."""

    at: datetime
    who: str
    words: str | Lazy
    details: list[str]


def cases() -> QuerySet[RegistrationRequest]:
    """Return requests with all that their page needs beside them."""
    return RegistrationRequest.objects.with_evidence().select_related(
        "group", "assigned_to", "first_approved_by", "decided_by", "grant", "repeat_of"
    )


def context_of(
    request: HttpRequest, case: RegistrationRequest, bound: dict[str, forms.Form] | None = None
) -> dict[str, Any]:
    """Return what the page of *case* shows; *bound* holds a form that came back with errors, by decision."""
    now, score = timezone.now(), score_of(case)
    user: User = request.user  # type: ignore[assignment]
    compared = lines(case, score)
    codes = list(case.grant.codes.order_by("-issued_at")) if case.grant else []
    entries = list(case.entries.select_related("by"))
    return {
        "case": case,
        "tone": TONES.get(State(case.state), "neutral"),
        "remaining": remaining(case, now),
        "mine": case.assigned_to_id == user.pk,
        "score": score,
        "limit": settings.MATCH_LIMIT,
        "score_note": note_on(score, case),
        "lines": compared,
        "officer_lines": officer_lines(case),
        "other_lines": other_lines(case),
        "differences": sum(not line.is_same for line in compared),
        "only_differences": request.GET.get("only") == "differences",
        "facts": facts(case),
        "effects": effects(case, now) if case.state in UNDECIDED else [],
        "repeats": [(other, _differing(case, other)) for other in case.repeats.all()],
        "conversation": [entry for entry in entries if entry.kind != Entry.NOTE],
        "notes": [entry for entry in entries if entry.kind == Entry.NOTE],
        "history": history(case, codes),
        "codes": [(code, AccessCode.State(code.state_at(now)).label) for code in codes],
        "next_rows": next_in_queue(case, now),
        "group_shape": shape_of(case.group) if case.group else "",
        "ended": bool(case.group and case.group.status == EmployerGroup.Status.TERMINATED),
        **_decision(case, user, bound or {}),
    }


def _decision(
    case: RegistrationRequest, user: User, bound: dict[str, forms.Form]
) -> dict[str, Any]:
    """Return what the person may do now, with a form for each decision that needs words."""
    reviewer = user.has_perm(REVIEW)
    may_review = reviewer and case.repeat_of_id is None
    first = case.repeat_of
    undecided = case.state in UNDECIDED
    second = undecided and case.group is not None and needs_second_person(case)
    return {
        "may_review": may_review,
        "may_decide": may_review and undecided,
        "may_ask": may_review and undecided and case.state != State.NEEDS_INFO,
        "may_promote": reviewer
        and first is not None
        and first.state not in RegistrationRequest.OPEN,
        "may_reissue": may_review and case.state == State.APPROVED,
        "needs_second": second,
        "at_once": needs_no_key(case) if case.group else False,
        "approved_by_me": second and case.first_approved_by_id == user.pk,
        "problem": next(iter(bound.values()), None),
        "failed": next(iter(bound), ""),
        "question_form": bound.get("ask") or QuestionForm(auto_id="ask_%s"),
        "decline_form": bound.get("decline") or DeclineForm(auto_id="decline_%s"),
        "note_form": bound.get("note") or NoteForm(auto_id="note_%s"),
    }


def remaining(case: RegistrationRequest, now: datetime) -> Remaining | None:
    """Return how long the promise runs; None when it rests or is kept."""
    if case.state not in RegistrationRequest.WITH_STAFF or case.repeat_of_id:
        return None
    local = timezone.localtime(case.due_at)
    deadline = _("Answer by %(time)s") % {
        "time": f"{date_format(local, 'D, M j')}, {clock_time(local)}"
    }
    mark = due_mark(case.due_at, now)
    if mark.level == "late":
        return Remaining(mark.distance, deadline, mark.level)
    left = promise(case.due_at, now)
    days, hours = left.days_left, left.hours_left
    counted = ngettext("%(count)d business day", "%(count)d business days", days)
    parts = [counted % {"count": days}] if days else []
    parts += [_("%(hours)d h") % {"hours": hours}] if hours else []
    words = _("%(time)s left") % {"time": ", ".join(parts) or _("less than 1 h")}
    return Remaining(words, deadline, "soon" if days < 2 else "")


def facts(case: RegistrationRequest) -> list[tuple[str, str]]:
    """Return what the applicant wrote that is not compared with anything: label and value."""
    pairs = [
        (_("Title"), case.title),
        (_("Email"), case.email),
        (_("Region"), dict(settings.REGIONS).get(case.region, case.region)),
        (_("Agency"), case.agency),
        (_("NPN"), case.npn),
        (_("Contract signer's email"), "" if case.is_nomination else case.signer_email),
        (_("Group officer"), case.officer_name),
        (_("Officer's title"), case.officer_title),
        (_("Officer's email"), case.officer_email),
        (_("Officer's phone"), phone(case.officer_phone)),
        (_("Statement of authority"), case.statement_of_authority),
        (_("Terms accepted"), case.terms_version),
    ]
    return [(label, value) for label, value in pairs if value]


def history(case: RegistrationRequest, codes: list[AccessCode]) -> list[HistoryItem]:
    """Return what happened to the request, its access and its keys, the latest first; one statement."""
    wanted = Q(target_type=case._meta.label_lower, target_key=str(case.pk))
    if case.grant_id:
        wanted |= Q(target_type="accounts.grant", target_key=str(case.grant_id))
    if codes:
        keys = [str(code.pk) for code in codes]
        wanted |= Q(target_type="accounts.accesscode", target_key__in=keys)
    return [_history_item(event) for event in AuditEvent.objects.filter(wanted)[:100]]


def _history_item(event: AuditEvent) -> HistoryItem:
    step = event.kind.rpartition("_")[2]
    nobody = _("The applicant") if step in BY_APPLICANT else _("The system")
    details = [_change(field, old, new) for field, (old, new) in event.changes.items()]
    if event.note and not event.kind.startswith("accounts.grant_"):
        details.append(event.note)
    return HistoryItem(event.at, event.actor_label or nobody, in_words(event.kind), details)


def _change(field: str, old: str, new: str) -> str:
    words = {"field": field.replace("_", " "), "old": old or "–", "new": new or "–"}
    if MASK in {old, new}:
        return _("%(field)s changed") % words
    return _("%(field)s: %(old)s, now %(new)s") % words


def next_in_queue(case: RegistrationRequest, now: datetime, *, count: int = 2) -> list[Any]:
    """Return the *count* most urgent other requests, as rows of the queue."""
    others = RegistrationRequest.objects.in_queue().exclude(pk=case.pk).with_evidence()
    return [row_of(other, now) for other in others[:count]]


def _differing(
    first: RegistrationRequest, second: RegistrationRequest
) -> list[tuple[str, str, str]]:
    """Return label and both values of every field in which two requests differ; tax numbers masked."""
    return [
        (
            str(RegistrationRequest._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            _shown(name, getattr(first, name)),
            _shown(name, getattr(second, name)),
        )
        for name in COMPARED
        if getattr(first, name) != getattr(second, name)
    ]


def _shown(name: str, value: str) -> str:
    if name == "fein":
        return masked_fein(value)
    return phone(value) if name in {"phone", "officer_phone"} else value
