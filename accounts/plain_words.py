"""Sets of rights in plain words: what somebody can do, what they cannot, in a few words or in a sentence.

Words alone: no database, no request. The rights are the atoms of ``groups.atoms``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.roles import CUSTOM, PRIMARY_ADMINISTRATOR, ROLES
from groups.atoms import ALL_ATOMS, BASE, with_needs

# Longer lists of abilities are cut in tables.
IN_SHORT = 2


@dataclass(frozen=True)
class Ability:
    """Words for something one can do with all of *atoms*; they follow "can"."""

    words: str | Promise
    atoms: frozenset[str]


@dataclass(frozen=True)
class PlainWords:
    """One person's access as a sentence: "<name> can <can> for <units> until <until>", "<name> cannot <cannot>"."""

    can: str
    cannot: str
    units: str
    until: str


def _ability(words: str | Promise, *atoms: str) -> Ability:
    return Ability(words, frozenset(atoms))


# In the order of the sentence. Pairs stand before their parts: what a pair has said is not said again.
ABILITIES = (
    _ability(gettext_lazy("enroll people"), "subscriber_add", "dependent_add"),
    _ability(gettext_lazy("add employees"), "subscriber_add"),
    _ability(gettext_lazy("add family members"), "dependent_add"),
    _ability(gettext_lazy("change member details and addresses"), "member_edit", "address_edit"),
    _ability(gettext_lazy("change member details"), "member_edit"),
    _ability(gettext_lazy("change addresses"), "address_edit"),
    _ability(
        gettext_lazy("end and reinstate coverage"), "coverage_terminate", "coverage_reinstate"
    ),
    _ability(gettext_lazy("end coverage"), "coverage_terminate"),
    _ability(gettext_lazy("reinstate coverage"), "coverage_reinstate"),
    _ability(gettext_lazy("upload many changes at once"), "bulk_upload"),
    _ability(gettext_lazy("choose primary care providers"), "pcp_change"),
    _ability(gettext_lazy("order ID cards"), "idcard_order"),
    _ability(gettext_lazy("see ID cards"), "idcard_view"),
    _ability(gettext_lazy("export the roster"), "roster_export"),
    _ability(
        gettext_lazy("reveal full Social Security numbers and birth dates"), "member_pii_reveal"
    ),
    _ability(gettext_lazy("see members with masked IDs"), "member_view"),
    _ability(gettext_lazy("see the roster"), "roster_view"),
    _ability(gettext_lazy("pay bills"), "payment_make"),
    _ability(gettext_lazy("manage bank accounts"), "payment_method_manage"),
    _ability(gettext_lazy("set up auto pay"), "autopay_manage"),
    _ability(gettext_lazy("request rebills"), "rebill_request"),
    _ability(
        gettext_lazy("download bills and see payments"), "invoice_download", "payment_history"
    ),
    _ability(gettext_lazy("download bills"), "invoice_download"),
    _ability(gettext_lazy("see payments"), "payment_history"),
    _ability(gettext_lazy("see bills"), "billing_view"),
    _ability(gettext_lazy("change group contacts"), "group_contacts_edit"),
    _ability(gettext_lazy("see rates"), "rates_view"),
    _ability(gettext_lazy("see plans"), "plans_view"),
    _ability(gettext_lazy("upload documents"), "documents_upload"),
    _ability(gettext_lazy("see documents"), "documents_view"),
    _ability(gettext_lazy("see renewals"), "renewal_view"),
    _ability(gettext_lazy("see transactions"), "transactions_view"),
    _ability(gettext_lazy("see reports"), "reports_view"),
    _ability(gettext_lazy("write to us"), "messages_send"),
    _ability(gettext_lazy("read messages"), "messages_read"),
    _ability(gettext_lazy("decide who has access"), "users_manage"),
    _ability(gettext_lazy("see who has access"), "users_view"),
    _ability(gettext_lazy("see who did what"), "audit_view"),
)
HOME_ONLY = gettext_lazy("open the group’s home page")

# What people ask about when somebody lacks it. The second atom must be held, or the first goes without saying.
LIMITS = (
    (gettext_lazy("see the roster"), "roster_view", BASE),
    (gettext_lazy("see full Social Security numbers"), "member_pii_reveal", "roster_view"),
    (gettext_lazy("enroll people"), "subscriber_add", "roster_view"),
    (gettext_lazy("end coverage"), "coverage_terminate", "roster_view"),
    (gettext_lazy("see bills"), "billing_view", BASE),
    (gettext_lazy("pay"), "payment_make", "billing_view"),
    (gettext_lazy("change bank accounts"), "payment_method_manage", "billing_view"),
    (gettext_lazy("decide who has access"), "users_manage", BASE),
)


def abilities(atoms: Iterable[str]) -> list[str]:
    """Return what the holder of *atoms* can do, in the order of the page; never empty.

    A right that goes without saying is left out: who can pay bills sees them.
    """
    held = with_needs(atoms)
    if held >= ALL_ATOMS:
        return [_("do everything")]
    said: frozenset[str] = frozenset().union(*(with_needs({atom}) - {atom} for atom in held))
    found = []
    for ability in ABILITIES:
        if ability.atoms <= held and not ability.atoms & said:
            found.append(str(ability.words))
            said |= ability.atoms
    return found or [str(HOME_ONLY)]


def limits(atoms: Iterable[str], *, one_unit_only: bool = False) -> list[str]:
    """Return what the holder of *atoms* notably cannot do; *one_unit_only*: nor see the other billing units."""
    held = with_needs(atoms)
    found = [str(words) for words, atom, beside in LIMITS if atom not in held and beside in held]
    return [*found, _("see other billing units")] if one_unit_only else found


def in_short(role: str, atoms: Iterable[str]) -> str:
    """Return a few words for a table: the preset's own where *atoms* are exactly its, else the first abilities."""
    if role == PRIMARY_ADMINISTRATOR.key:
        return _("Everything")
    preset = ROLES.get(role, CUSTOM)
    if preset.atoms == frozenset(atoms):
        return str(preset.hint)
    found = abilities(atoms)
    words = capfirst(", ".join(found[:IN_SHORT]))
    more = len(found) - IN_SHORT
    if more <= 0:
        return words
    return ngettext("%(words)s and %(more)d more", "%(words)s and %(more)d more", more) % {
        "words": words,
        "more": more,
    }


def in_full(
    atoms: Collection[str], *, units: Iterable[str] | None, last_day: date | None
) -> PlainWords:
    """Return the sentence about *atoms* on *units* (names; None: every unit) until *last_day* (inclusive, or None)."""
    named = None if units is None else list(units)
    return PlainWords(
        can=and_list(abilities(atoms)),
        cannot=get_text_list(limits(atoms, one_unit_only=named is not None), _("or")),
        units=_("every billing unit") if named is None else and_list(named),
        until=date_format(last_day, _("l, F j, Y")) if last_day else "",
    )


def and_list(words: Iterable[str]) -> str:
    """Return *words* as an enumeration: "a, b and c"."""
    return get_text_list(list(words), _("and"))
