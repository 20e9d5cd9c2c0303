"""What staff do with brokers' agencies: keep the directory, stop all access of one at once, open it again."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.actions import grants
from accounts.models import AccessCode, Agency, Broker, EndedSession, Grant, User
from accounts.notices import write_to_primaries
from portal import audit, mail

OPEN_CODES = (AccessCode.State.ISSUED, AccessCode.State.LOCKED)
# What the database refuses, in words at the field.
TAKEN = {
    "agency_name_unique_any_case": ("name", _("We have an agency of this name already.")),
    "agency_npn_unique": ("npn", _("Another agency has this NPN.")),
    "broker_email_unique_any_case": ("email", _("Another broker has this email address.")),
    "broker_npn_unique": ("npn", _("Another broker has this NPN.")),
}


@dataclass(frozen=True)
class Reach:
    """What a stop or a resumption touches: brokers (persons), grants, groups, open codes."""

    brokers: int
    grants: int
    groups: int
    codes: int


@transaction.atomic
def create_agency(*, name: str, npn: str, city: str, state: str, by: User) -> Agency:
    """Put an agency into the directory. Raises ValidationError for a name or NPN that another has."""
    agency = Agency(name=name, npn=npn, city=city, state=state)
    _save(agency)
    audit.record("accounts.agency_created", by=by, target=agency)
    return agency


@transaction.atomic
def update_agency(
    agency: Agency, *, name: str, npn: str, city: str, state: str, by: User
) -> Agency:
    """Correct what the directory says about an agency; raises ValidationError as ``create_agency`` does."""
    agency = Agency.objects.select_for_update(no_key=True, of=("self",)).get(pk=agency.pk)
    wanted = {"name": name, "npn": npn, "city": city, "state": state}
    if changes := _change(agency, wanted):
        audit.record("accounts.agency_changed", by=by, target=agency, changes=changes)
    return agency


@transaction.atomic
def add_broker(
    agency: Agency, *, first_name: str, last_name: str, email: str, npn: str, by: User
) -> Broker:
    """Put a broker of *agency* into the directory; access the person has already belongs to the agency from now on.

    Raises ValidationError for an address or NPN that another has.
    """
    broker = Broker(agency=agency, first_name=first_name, last_name=last_name, email=email, npn=npn)
    _save(broker)
    _adopt_grants(broker)
    audit.record("accounts.broker_added", by=by, target=broker, note=agency.name)
    return broker


def _adopt_grants(broker: Broker) -> None:
    """Tie open grants of the broker's address to the agency, save those of people who manage users."""
    theirs = Q(user__email__iexact=broker.email) | Q(user__isnull=True, email__iexact=broker.email)
    found = Grant.objects.open().filter(theirs, agency__isnull=True)
    keys = found.exclude(atoms__contains=["users_manage"]).values_list("pk", flat=True)
    Grant.objects.filter(pk__in=list(keys)).update(agency=broker.agency)


@transaction.atomic
def update_broker(
    broker: Broker, *, first_name: str, last_name: str, email: str, npn: str, by: User
) -> Broker:
    """Correct what the directory says about a broker; raises ValidationError as ``add_broker`` does.

    Access that was given to the person stays as it is.
    """
    broker = Broker.objects.select_for_update(of=("self",)).get(pk=broker.pk)
    wanted = {"first_name": first_name, "last_name": last_name, "email": email, "npn": npn}
    if changes := _change(broker, wanted):
        audit.record("accounts.broker_changed", by=by, target=broker, changes=changes)
    return broker


@transaction.atomic
def stop_agency(agency: Agency, *, reason: str, by: User) -> Reach:
    """Stop all access of an agency's brokers, in all groups at once; return what that touched.

    Active grants rest until the agency is resumed, open codes die, the brokers' sessions end. Brokers and the
    primary administrators of the groups are told by mail. *reason* stays among staff. A handful of statements,
    whatever the number. Raises ValidationError with code ``stale`` when it is stopped already.
    """
    agency = _lock(agency, stopped=False)
    agency.stopped_at, agency.stopped_by, agency.stop_reason = timezone.now(), by, reason
    agency.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
    found = grants.suspend_grants_of(agency, by=by)
    invited = _withdraw_codes(agency, by=by)
    users = {grant.user_id for grant in found}
    sessions.end(
        UserSession.objects.filter(user__in=users), because=EndedSession.Reason.CARRIER_STOPPED
    )
    addresses = [
        *(grant.user.email for grant in found if grant.user),
        *(one.email for one in invited),
    ]
    reach = _reach(addresses, found, invited)
    _write_down("accounts.agency_stopped", agency, [*found, *invited], reason=reason, by=by)
    _tell(agency, addresses, {one.group_id for one in [*found, *invited]}, stopped=True)
    return reach


@transaction.atomic
def resume_agency(agency: Agency, *, reason: str, by: User) -> Reach:
    """Open again what ``stop_agency`` laid to rest; withdrawn codes stay dead. Tells the same people.

    Raises ValidationError with code ``stale`` when it is not stopped.
    """
    agency = _lock(agency, stopped=True)
    agency.stopped_at, agency.stopped_by, agency.stop_reason = None, None, ""
    agency.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
    found = grants.resume_grants_of(agency, by=by)
    addresses = [grant.user.email for grant in found if grant.user]
    _write_down("accounts.agency_resumed", agency, found, reason=reason, by=by)
    _tell(agency, addresses, {grant.group_id for grant in found}, stopped=False)
    return _reach(addresses, found, [])


def _lock(agency: Agency, *, stopped: bool) -> Agency:
    """Hold the agency, then every group in which its brokers have open grants; raise ValidationError if stale.

    The groups in the order of all other locks, so that nobody can use a code or be reactivated meanwhile
    (``grants.require_running_agency``). The agency without its key: whoever holds a group may still point to it.
    """
    agency = Agency.objects.select_for_update(no_key=True, of=("self",)).get(pk=agency.pk)
    if bool(agency.stopped_at) is not stopped:
        raise ValidationError(
            _("A colleague did this in the meantime. Nothing was done twice."), code="stale"
        )
    groups = Grant.objects.open().filter(agency=agency).values("group_id")
    grants.lock_groups(groups)
    return agency


def _withdraw_codes(agency: Agency, *, by: User) -> list[AccessCode]:
    """Withdraw the open codes of the agency's invitations; return them."""
    codes = list(
        AccessCode.objects.select_for_update(of=("self",))
        .filter(grant__agency=agency, state__in=OPEN_CODES)
        .order_by("pk")
    )
    AccessCode.objects.filter(pk__in=[code.pk for code in codes]).update(
        state=AccessCode.State.REVOKED
    )
    audit.record_many(
        "accounts.access_code_revoked",
        by=by,
        events=[
            audit.About(code, code.group_id, {"state": (code.state, AccessCode.State.REVOKED)})
            for code in codes
        ],
    )
    return codes


def _write_down(
    kind: str, agency: Agency, touched: Iterable[Grant | AccessCode], *, reason: str, by: User
) -> None:
    """Record the deed once with its *reason*, and once for each group, which sees it without."""
    audit.record(kind, by=by, target=agency, note=reason)
    audit.record_many(
        kind,
        by=by,
        events=[audit.About(agency, group) for group in sorted({one.group_id for one in touched})],
    )


def _tell(agency: Agency, addresses: Iterable[str], groups: set[int], *, stopped: bool) -> None:
    """Write one letter to each broker, and one for each group to each of its primary administrators."""
    stamp = f"{agency.pk}:{timezone.now():%Y%m%d%H%M%S%f}"
    mail.send_many(
        "accounts/agency_access",
        [
            mail.Letter(email, f"accounts.agency_access:{stamp}:{number}", {"stopped": stopped})
            for number, email in enumerate(sorted({address.lower() for address in addresses}))
        ],
    )
    write_to_primaries(
        groups,
        "accounts/agency_notice",
        key=f"accounts.agency_notice:{stamp}",
        context={"stopped": stopped},
    )


def _reach(addresses: Iterable[str], found: list[Grant], codes: list[AccessCode]) -> Reach:
    return Reach(
        brokers=len({address.lower() for address in addresses}),
        grants=len(found),
        groups=len({one.group_id for one in [*found, *codes]}),
        codes=len(codes),
    )


def _change(row: Agency | Broker, wanted: dict[str, str]) -> dict[str, tuple[object, object]]:
    """Write what differs from *wanted*; return it as (before, after) by field."""
    changes: dict[str, tuple[object, object]] = {
        name: (getattr(row, name), value)
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    for name in changes:
        setattr(row, name, wanted[name])
    if changes:
        _save(row)
    return changes


def _save(row: Agency | Broker) -> None:
    """Store the row; raise ValidationError at the field that another row has."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if rule not in TAKEN:
            raise
        name, words = TAKEN[rule]
        raise ValidationError({name: words}) from error
