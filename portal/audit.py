"""The audit trail: who did what to which row, in the transaction that did it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.db import models

from portal.models import AuditEvent
from portal.request_info import current

MASK = "…"


class Actor(Protocol):
    """Whoever acts: a user, or nobody (the applicant, the clock)."""

    pk: int


def record(
    kind: str,
    *,
    by: Actor | None,
    target: models.Model,
    group_id: int | None = None,
    changes: Mapping[str, tuple[object, object]] | None = None,
    note: str = "",
) -> None:
    """Write one event of *kind* (``app.noun_verbed``) about *target*.

    *by* is None for the applicant and for the clock. *changes* maps a field to (before, after); of fields that
    the model calls ``sensitive`` only the change is kept, for what stands here can never be erased. Runs in the
    caller's transaction: no event without the deed.
    """
    _write([_event(kind, by, About(target, group_id, changes, note))])


@dataclass(frozen=True)
class About:
    """What one of many events is about, as ``record`` takes it."""

    target: models.Model
    group_id: int | None = None
    changes: Mapping[str, tuple[object, object]] | None = None
    note: str = ""


def record_many(kind: str, *, by: Actor | None, events: Iterable[About]) -> None:
    """Write an event of *kind* about each of *events*, as ``record`` does; few statements, whatever the number."""
    _write([_event(kind, by, about) for about in events])


def label_of(target: models.Model) -> str:
    """Return what history calls *target*: its ``audit_label`` where it has one, else its name.

    Whatever it reads can never be erased, so a model whose name is ``sensitive`` has a label (a guard test).
    """
    return str(getattr(target, "audit_label", target))


def _event(kind: str, by: Actor | None, about: About) -> AuditEvent:
    info, target = current.get(), about.target
    hidden: set[str] = getattr(target, "sensitive", set())
    return AuditEvent(
        kind=kind,
        actor_key=by.pk if by else None,
        actor_label=str(by) if by else "",
        group_key=about.group_id,
        target_type=target._meta.label_lower,
        target_key=str(target.pk),
        target_label=label_of(target)[:200],
        changes={
            field: [MASK, MASK] if field in hidden else [str(old), str(new)]
            for field, (old, new) in (about.changes or {}).items()
        },
        note=about.note,
        request_id=info.request_id,
        ip_address=info.ip_address,
        user_agent=info.user_agent[:200],
    )


def _write(events: list[AuditEvent]) -> None:
    # Without RETURNING: whoever acts may write about what they may not read, such as another group.
    AuditEvent.objects.bulk_create(events, ignore_conflicts=True, batch_size=1000)
