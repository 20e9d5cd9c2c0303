"""What somebody asked for and was refused, as history keeps it: forever, so without anybody's name or address.

Words alone come out (``accounts/activity.py``); whom it was about says the event itself, where they had access.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLES
from groups.atoms import ALL_ATOMS
from groups.models import Subgroup

if TYPE_CHECKING:
    from accounts.models import Broker

UNKNOWN = "?"  # a value that no page offers and we do not know
NOBODY_YET = "new"
# What was tried, by the name of the action.
TRIED: dict[str, str | Promise] = {
    "add_user": _("add a user"),
    "authorize_brokers": _("authorize a broker"),
    "change_access": _("change the access"),
    "keep_access": _("keep the access as it is"),
    "remove_user": _("remove the access"),
    "deactivate_user": _("deactivate the access"),
    "reactivate_user": _("reactivate the access"),
    "resend_invitation": _("send a new access code"),
    "remove_agency": _("remove all access of an agency"),
    "reset_password": _("reset the password"),
    "resend_welcome": _("send the welcome email again"),
    "may_update_profile": _("change the profile"),
    "update_profile": _("change the profile"),
    "may_offer": _("offer the primary role"),
    "offer_hand_over": _("offer the primary role"),
    "accept_hand_over": _("accept the primary role"),
    "decline_hand_over": _("decline the primary role"),
    "take_back_hand_over": _("take the offer of the primary role back"),
    "begin_view_as": _("see the group as this person"),
    "decide": _("decide about the access in the review"),
    "complete": _("confirm the list of the access review"),
}


def asked_for(group_id: int, wanted: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """Return as changes what *wanted*, the arguments of a refused action, asked for in a group.

    Readable names for what we know (``role``, ``atoms``, ``units`` by code, ``last_day``), UNKNOWN for the rest.
    """
    asked: dict[str, object] = {}
    if agencies := _agencies(wanted):
        asked["for"] = agencies
    elif "email" in wanted:
        asked["for"] = NOBODY_YET
    if role := wanted.get("role"):
        asked["role asked"] = role if role in ROLES else UNKNOWN
        atoms = set(wanted.get("atoms") or ())
        if atoms and atoms != getattr(ROLES.get(role), "atoms", None):
            asked["rights asked"] = _named(atoms, {atom: atom for atom in ALL_ATOMS})
    if "units" in wanted:
        asked["billing units asked"] = _units(group_id, wanted["units"])
    if "last_day" in wanted:
        day = wanted["last_day"]
        asked["last day asked"] = day.isoformat() if isinstance(day, date) else "None"
    return {name: ("", value) for name, value in asked.items()}


def _agencies(wanted: Mapping[str, Any]) -> str:
    """Return the names of the agencies of the brokers in question: of companies, not of people."""
    broker: Broker | None = wanted.get("broker")
    brokers = [broker] if broker else list(wanted.get("brokers") or ())
    return ", ".join(sorted({one.agency.name for one in brokers}))


def _units(group_id: int, units: Iterable[object] | None) -> str:
    if units is None:
        return "ALL"
    codes = Subgroup.objects.filter(group_id=group_id).values_list("pk", "code")
    return _named({str(unit) for unit in units}, {str(pk): code for pk, code in codes})


def _named(keys: Iterable[str], names: Mapping[str, str]) -> str:
    """Return the *names* of *keys* with commas, in their order; all that have none together as UNKNOWN at the end."""
    keys = set(keys)
    known = sorted(names[key] for key in keys & names.keys())
    return ", ".join([*known, UNKNOWN] if keys - names.keys() else known)
