"""The primary role changes hands: the one offers it, the other accepts. Both confirm, nobody else can.

The group has a primary administrator at every moment: the receiver becomes one before the giver ceases to be one.
Source: domain handbook, "Delegation rules" 2.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import kinds
from accounts.actions import grants
from accounts.actions.delegation import NOT_YOURS, giver_over, lock_grant, refusals_on_record
from accounts.actions.submitted import state_of, submit_access
from accounts.authority import can_receive_primary_role, preset
from accounts.models import Grant, HandOver, User
from accounts.notices import write_to_primaries
from accounts.roles import COLLEAGUE_ROLES, PRIMARY_ADMINISTRATOR
from portal import audit, mail
from portal.moments import written

OFFER_DAYS = 7
LEAVES = ""  # what the giver keeps: nothing
KEEPS = frozenset({LEAVES, *(role.key for role in COLLEAGUE_ROLES)})
State = HandOver.State


@refusals_on_record
def may_offer(grant: Grant, *, by: User) -> None:
    """Raise ValidationError with code ``not_yours`` unless *by* may offer their role to the holder of *grant*."""
    _require_giver_and_receiver(giver_over(grant, by=by), grant)


@refusals_on_record
@transaction.atomic
def offer_hand_over(grant: Grant, *, keeps_role: str, version: int, by: User) -> HandOver:
    """Offer one's primary role to the holder of *grant*; the offer stands for OFFER_DAYS days.

    *keeps_role* is what the giver has afterwards: a preset for colleagues, or LEAVES. Mails the other. Raises
    ValidationError with code ``offered`` while an earlier offer of the giver stands.
    """
    grant, giver = lock_grant(grant, version=version, by=by)
    _require_giver_and_receiver(giver, grant)
    if keeps_role not in KEEPS:
        raise ValidationError(_("This role cannot be kept."), code=NOT_YOURS)
    now = timezone.now()
    _close_dead_offers(giver)
    if HandOver.objects.open_at(now).filter(from_grant=giver).exists():
        raise ValidationError(
            _("You have offered your role already. Take that offer back first."), code="offered"
        )
    offer = HandOver.objects.create(
        group_id=grant.group_id,
        from_grant=giver,
        to_grant=grant,
        keeps_role=keeps_role,
        offered_at=now,
        expires_at=now + timedelta(days=OFFER_DAYS),
    )
    _record("accounts.hand_over_offered", offer, by=by)
    _write(offer, "accounts/hand_over_offered", grant.user)
    return offer


@refusals_on_record
@transaction.atomic
def accept_hand_over(offer: HandOver, *, by: User) -> HandOver:
    """Take over the primary role: everything, on every billing unit, without an end. The giver has what they kept.

    Mails both and every primary administrator. Raises ValidationError with code ``closed`` when the offer was
    answered, taken back or has run out, or when one of the two no longer has the access it was made with.
    """
    offer = _lock(offer)
    _require_person(offer.to_grant, by)
    _require_open(offer)
    giver, receiver = offer.from_grant, offer.to_grant
    before, before_giver = state_of(receiver), state_of(giver)
    above = giver.parent if giver.parent and not giver.parent.answers_to(receiver) else None
    _answer(offer, State.ACCEPTED)  # first: a change of access closes the offers that are open
    grants.change_grant(receiver, access=preset(PRIMARY_ADMINISTRATOR.key), by=by)
    Grant.objects.filter(pk=receiver.pk).update(
        parent=above, source=Grant.Source.HAND_OVER, granted_by=giver.user
    )
    Grant.objects.filter(pk=giver.pk).update(parent=receiver, orphaned_at=None)
    if offer.keeps_role == LEAVES:
        grants.revoke_grant(giver, by=by)
    else:
        grants.change_grant(giver, access=preset(offer.keeps_role), by=by)
    _record(
        "accounts.hand_over_accepted",
        offer,
        by=by,
        changes={"source": (receiver.source, Grant.Source.HAND_OVER.value)},
    )
    submit_access(kinds.HANDED_OVER, receiver, before=before, by=by)
    left = kinds.REMOVED if offer.keeps_role == LEAVES else kinds.CHANGED
    submit_access(left, giver, before=before_giver, by=by)
    _tell_all(offer)
    return offer


@refusals_on_record
@transaction.atomic
def decline_hand_over(offer: HandOver, *, by: User) -> HandOver:
    """Answer no; mails the giver. Raises ValidationError with code ``closed`` when the offer is no longer open."""
    offer = _lock(offer)
    _require_person(offer.to_grant, by)
    _require_unanswered(offer)
    _answer(offer, State.DECLINED)
    _record("accounts.hand_over_declined", offer, by=by)
    _write(offer, "accounts/hand_over_declined", offer.from_grant.user)
    return offer


@refusals_on_record
@transaction.atomic
def take_back_hand_over(offer: HandOver, *, by: User) -> HandOver:
    """Take one's offer back; mails the other. Raises ValidationError with code ``closed`` when it was answered."""
    offer = _lock(offer)
    _require_person(offer.from_grant, by)
    _require_unanswered(offer)
    _answer(offer, State.CANCELLED)
    _record("accounts.hand_over_taken_back", offer, by=by)
    _write(offer, "accounts/hand_over_taken_back", offer.to_grant.user)
    return offer


def _lock(offer: HandOver) -> HandOver:
    """Lock the group, then read the offer and both grants as they are now."""
    grants.lock_group(offer.group_id)
    return (
        HandOver.objects.select_for_update(of=("self",))
        .select_related("group", "from_grant__user", "from_grant__parent", "to_grant__user")
        .get(pk=offer.pk)
    )


def _require_giver_and_receiver(giver: Grant, receiver: Grant) -> None:
    if not giver.is_primary or not can_receive_primary_role(receiver):
        raise ValidationError(
            _("Only a primary administrator can hand over the role, and only to a colleague."),
            code=NOT_YOURS,
        )


def _require_person(grant: Grant, by: User) -> None:
    if grant.user_id != by.pk:
        raise ValidationError(_("This offer is for somebody else to answer."), code=NOT_YOURS)


def _require_unanswered(offer: HandOver) -> None:
    if offer.state != State.OFFERED:
        raise ValidationError(
            _("This offer was answered or taken back already. Nothing was changed."), code="closed"
        )


def _require_open(offer: HandOver) -> None:
    """Raise ValidationError unless the offer stands and both still have what it was made with."""
    _require_unanswered(offer)
    now = timezone.now()
    if offer.expires_at <= now:
        raise ValidationError(
            _("This offer has run out. Ask for a new one. Nothing was changed."), code="closed"
        )
    giver = offer.from_grant
    is_giver = giver.is_primary and giver.is_in_force(now) and giver.user and giver.user.is_active
    if not is_giver or not can_receive_primary_role(offer.to_grant):
        raise ValidationError(
            _("The access of one of you has changed since the offer. Nothing was changed."),
            code="closed",
        )


def _close_dead_offers(giver: Grant) -> None:
    """Close the giver's offer that nobody can accept any more: run out, or its receiver lost the access."""
    for offer in HandOver.objects.filter(from_grant=giver, state=State.OFFERED).select_related(
        "to_grant__user"
    ):
        if offer.expires_at <= timezone.now() or not can_receive_primary_role(offer.to_grant):
            _answer(offer, State.CANCELLED)


def _answer(offer: HandOver, state: HandOver.State) -> None:
    offer.state, offer.answered_at = state, timezone.now()
    offer.save(update_fields=["state", "answered_at"])


def _record(
    kind: str,
    offer: HandOver,
    *,
    by: User,
    changes: dict[str, tuple[object, object]] | None = None,
) -> None:
    """Write it into the history of the receiver's access."""
    audit.record(kind, by=by, target=offer.to_grant, group_id=offer.group_id, changes=changes)


def _tell_all(offer: HandOver) -> None:
    """Write to both, and to every other primary administrator."""
    both = [offer.from_grant.user, offer.to_grant.user]
    _write(offer, "accounts/hand_over_accepted", *both)
    write_to_primaries(
        [offer.group_id],
        "accounts/hand_over_notice",
        key=f"accounts/hand_over_notice:{offer.pk}",
        without=[person.pk for person in both if person],
    )


def _write(offer: HandOver, letter: str, *people: User | None) -> None:
    for person in people:
        if person and person.is_active:
            mail.send(
                letter,
                to=person.email,
                key=f"{letter}:{offer.pk}:{person.pk}",
                context={
                    "group": offer.group.name,
                    "slug": offer.group.slug,
                    "until": written(offer.expires_at),
                },
            )
