"""Who gets access to a group, and to what. Field names are those of ``add_user`` and ``change_access``.

A form shows what the giver may give and nothing else; what a hand-made request asks for beyond that is an error
at its field, and ``oversteps`` says so. The actions ask again, under the lock of the group.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.delegation import NOT_YOURS
from accounts.authority import Access, may_give
from accounts.models import Grant
from accounts.plain_words import PlainWords, and_list, in_full
from accounts.roles import BROKER_ROLES, COLLEAGUE_ROLES, CUSTOM, ROLES
from groups.atoms import ALL_ATOMS, AREAS, BASE, LABELS, Area, with_needs
from groups.models import Subgroup
from portal.fields import AddressField, DayInput, PersonNameField, say_what_is_missing
from portal.forms import ChoiceTiles

ALL, SOME = "all", "some"
MOST_YEARS = 10  # an end further away is a typing error
OVERSTEPS = {"invalid_choice", NOT_YOURS}


class WhoForm(forms.Form):
    """The person who is to have access."""

    first_name = PersonNameField(label=gettext_lazy("First name"), max_length=35)
    last_name = PersonNameField(label=gettext_lazy("Last name"), max_length=60)
    email = AddressField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("We send the access code here."),
    )
    email_again = AddressField(label=gettext_lazy("Re-enter email address"))

    MISSING: ClassVar[dict[str, str | Promise]] = {
        "first_name": gettext_lazy("Enter the first name."),
        "last_name": gettext_lazy("Enter the last name."),
        "email": gettext_lazy("Enter the email address."),
        "email_again": gettext_lazy("Enter the email address again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_what_is_missing(self, self.MISSING)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"  # somebody else's, not the reader's own

    def clean(self) -> dict[str, Any]:
        """Compare the two e-mail addresses, whatever their case."""
        cleaned: dict[str, Any] = super().clean() or {}
        email, again = cleaned.get("email"), cleaned.get("email_again")
        if email and again and email != again:
            self.add_error("email_again", _("The two email addresses are different."))
        return cleaned


@dataclass(frozen=True)
class AreaBoxes:
    """One area of the portal with the checkboxes of the rights in it that the giver may give."""

    area: Area
    boxes: list[BoundWidget]


class AccessForm(forms.Form):
    """Role or single rights, billing units, and the last day. Made for one giver; *broker*: for a broker's access."""

    role = forms.ChoiceField(
        label=gettext_lazy("Start from a role"),
        widget=ChoiceTiles,
        error_messages={
            "required": gettext_lazy("Choose a role, or Custom."),
            "invalid_choice": gettext_lazy("You cannot give this role. Choose one of these."),
        },
    )
    atoms = forms.MultipleChoiceField(
        label=gettext_lazy("Access by area"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("You can give only access that you hold yourself.")
        },
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("Billing units"),
        choices=[
            (ALL, gettext_lazy("All billing units, later ones too")),
            (SOME, gettext_lazy("Only these")),
        ],
        initial=ALL,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose all billing units or only some.")},
    )
    units = forms.MultipleChoiceField(
        label=gettext_lazy("Which billing units"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy(
                "You can give only billing units that you hold yourself."
            )
        },
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day of access (optional)"),
        help_text=gettext_lazy(
            "For interns, leave cover or audits. This day still counts. We remind you 14 days before."
        ),
        required=False,
        widget=DayInput(attrs={"class": "ep-input--short"}),
        error_messages={"invalid": gettext_lazy("Enter a date, such as 06/30/2027.")},
    )

    def __init__(
        self,
        *args: Any,
        giver: Grant,
        units: Iterable[Subgroup],
        broker: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.giver, self.broker = giver, broker
        self.known_units = {str(unit.pk): unit for unit in units}
        # A broker never decides who has access.
        self.givable = may_give(giver) - ({"users_manage"} if broker else set())
        self.presets = [
            role
            for role in (BROKER_ROLES if broker else COLLEAGUE_ROLES)
            if role.atoms <= self.givable
        ]
        self._offer_roles()
        self._offer_units()
        self._offer_last_day()

    def areas(self) -> list[AreaBoxes]:
        """Return the areas in which there is something to give, with their checkboxes."""
        boxes = {box.data["value"]: box for box in self["atoms"]}
        found = [
            AreaBoxes(area, [boxes[atom] for atom in area.atoms if atom in boxes]) for area in AREAS
        ]
        return [one for one in found if one.boxes]

    def withheld(self) -> list[str]:
        """Return why something is not on the page, one sentence each."""
        lines = []
        if not self.givable >= ALL_ATOMS - {"users_manage"}:
            lines.append(_("You can give only access that you hold yourself."))
        if self.broker:
            lines.append(_("A broker never manages users."))
        elif "users_manage" not in self.givable:
            lines.append(_("Only the primary administrator can let others manage users."))
        return lines

    def clean(self) -> dict[str, Any]:
        """Ask for a right where none is given, for units where only some count; refuse ticks that a preset drops."""
        cleaned: dict[str, Any] = super().clean() or {}
        if beyond := self._beyond_preset(cleaned.get("role", ""), cleaned.get("atoms", ())):
            self.add_error("atoms", beyond)
        if (
            cleaned.get("role") == CUSTOM.key
            and not cleaned.get("atoms")
            and "atoms" not in self.errors
        ):
            self.add_error("atoms", _("Tick at least one right, or choose a role."))
        if self._only_some() and not cleaned.get("units") and "units" not in self.errors:
            self.add_error("units", _("Choose at least one billing unit."))
        return cleaned

    def clean_last_day(self) -> date | None:
        """Refuse a day that has passed, one that nobody means, and one after the giver's own last day."""
        day: date | None = self.cleaned_data["last_day"]
        today, latest = timezone.localdate(), self.giver.last_day
        if day and day < today:
            raise ValidationError(_("Access cannot end before today."))
        if day and day > today + timedelta(days=365 * MOST_YEARS):
            raise ValidationError(
                _("Choose a day within %(years)d years, or leave it empty.") % {"years": MOST_YEARS}
            )
        if latest and (day is None or day > latest):
            raise ValidationError(
                _("Your own access ends on %(day)s. Choose this day or an earlier one.")
                % {"day": date_format(latest, _("F j, Y"))},
                code=NOT_YOURS,
            )
        return day

    @property
    def oversteps(self) -> bool:
        """Tell whether it asks for something that the page does not offer."""
        found = {error.code for errors in self.errors.as_data().values() for error in errors}
        return bool(found & OVERSTEPS)

    def chosen(self) -> dict[str, Any]:
        """Return the valid choice as the actions take it: role, atoms, units (ids, None: all) and last_day."""
        cleaned = self.cleaned_data
        atoms = self._complete(cleaned["role"], cleaned["atoms"])
        return {
            "role": self._role_for(atoms),
            "atoms": sorted(atoms),
            "units": [int(unit) for unit in cleaned["units"]] if self._only_some() else None,
            "last_day": cleaned["last_day"],
        }

    def typed(self) -> dict[str, Any]:
        """Return what was typed, valid or not, to make the same form of it again."""
        return {
            "role": str(self.data.get("role", "")),
            "atoms": self._listed("atoms"),
            "reach": str(self.data.get("reach", ALL)),
            "units": self._listed("units"),
            "last_day": str(self.data.get("last_day", "")),
        }

    def asked(self) -> dict[str, Any]:
        """Return what was asked for as the actions take it, valid or not; for the record of a refusal."""
        typed = self.typed()
        return {
            "role": typed["role"],
            "atoms": typed["atoms"],
            "units": typed["units"] if self._wants_some(typed) else None,
            "last_day": self._readable(typed["last_day"]),
        }

    def added(self) -> str:
        """Return the rights that were added because others are of no use without them, by name; or nothing."""
        if self.cleaned_data["role"] != CUSTOM.key:
            return ""
        return added_to(self.cleaned_data["atoms"])

    def follow(self, changed: str) -> Mapping[str, Any]:
        """Return the typed values as they go together once *changed* (a field's name) was touched.

        A preset ticks its boxes; a box that was touched chooses what the boxes are: a preset, or Custom.
        """
        role = str(self.data.get("role", ""))
        atoms = frozenset(self._listed("atoms")) & self.givable
        if changed == "atoms" or role not in {preset.key for preset in self.presets}:
            atoms = with_needs(atoms) & (self.givable | {BASE}) if atoms else frozenset()
            role = self._role_for(atoms) if changed == "atoms" and atoms else role
        else:
            atoms = ROLES[role].atoms
        return {**self.typed(), "role": role, "atoms": sorted(atoms)}

    def again(self, values: Mapping[str, Any]) -> Self:
        """Return the same form, not sent yet, with *values* in it."""
        units = self.known_units.values()
        return type(self)(giver=self.giver, units=units, broker=self.broker, initial=values)

    def plain_words(self, values: Mapping[str, Any]) -> PlainWords | None:
        """Return *values* (as of ``follow``) in plain words; None before anything is chosen."""
        atoms = self._complete(str(values.get("role", "")), values.get("atoms", ()))
        if not atoms:
            return None
        some = self._wants_some(values)
        names = self.unit_names(values.get("units", ())) if some else None
        return in_full(atoms, units=names, last_day=self._readable(values.get("last_day")))

    def unit_names(self, keys: Iterable[object]) -> list[str]:
        """Return the names of billing units by their ids, in the order of the page."""
        wanted = {str(key) for key in keys}
        return [
            f"{unit.name} ({unit.code})" for key, unit in self.known_units.items() if key in wanted
        ]

    def unit_codes(self, keys: Iterable[object]) -> list[str]:
        """Return the codes of billing units by their ids, in the order of the page."""
        wanted = {str(key) for key in keys}
        return [unit.code for key, unit in self.known_units.items() if key in wanted]

    def _offer_roles(self) -> None:
        offered = [*self.presets, CUSTOM]
        role, atoms = self.fields["role"], self.fields["atoms"]
        role.widget.hints = {one.key: one.hint for one in offered}
        role.choices = [(one.key, one.label) for one in offered]  # type: ignore[attr-defined]
        if not self.presets:
            role.label, role.initial = gettext_lazy("Role"), CUSTOM.key
        atoms.choices = [  # type: ignore[attr-defined]
            (atom, LABELS[atom]) for area in AREAS for atom in area.atoms if atom in self.givable
        ]

    def _offer_units(self) -> None:
        """Offer the billing units the giver holds; nothing to choose where a group has none."""
        if not self.giver.all_units or not self.known_units:
            del self.fields["reach"]
        if not self.known_units and self.giver.all_units:
            del self.fields["units"]
            return
        units = self.fields["units"]
        units.choices = [  # type: ignore[attr-defined]
            (key, str(unit)) for key, unit in self.known_units.items()
        ]
        if not self.giver.all_units:
            units.label = _("Billing units")
            units.help_text = _("You can give only billing units that you hold yourself.")

    def _offer_last_day(self) -> None:
        field, latest = self.fields["last_day"], self.giver.last_day
        field.widget.attrs["min"] = timezone.localdate().isoformat()
        if latest:
            field.label = _("Last day of access")
            field.help_text = _("Your own access ends on %(day)s; this one cannot last longer.") % {
                "day": date_format(latest, _("F j, Y"))
            }
            field.widget.attrs["max"] = latest.isoformat()

    def _beyond_preset(self, role: str, ticked: Iterable[str]) -> str:
        """Return what is wrong with rights *ticked* beside the preset *role*, which has others; nothing when it fits.

        Happens where no script moves the role to Custom. Exactly another preset's boxes are what that one left behind.
        """
        ticked = frozenset(ticked)
        presets = {preset.key: preset.atoms for preset in self.presets}
        if role not in presets or ticked <= presets[role] or ticked | {BASE} in presets.values():
            return ""
        return _(
            "%(role)s does not include what you ticked: %(rights)s."
            " Choose Custom and tick everything the person needs, or untick this."
        ) % {"role": ROLES[role].label, "rights": _named(ticked - presets[role])}

    def _only_some(self) -> bool:
        """Tell whether single billing units are meant."""
        return self._wants_some(self.cleaned_data)

    def _wants_some(self, values: Mapping[str, Any]) -> bool:
        """Tell whether *values* mean single billing units."""
        return "units" in self.fields and (
            "reach" not in self.fields or values.get("reach") == SOME
        )

    def _complete(self, role: str, atoms: Iterable[str]) -> frozenset[str]:
        """Return the rights that *role* and *atoms* stand for, with all they need; none before a choice."""
        if role in {preset.key for preset in self.presets}:
            return ROLES[role].atoms
        chosen = frozenset(atoms)
        return with_needs(chosen) if chosen else frozenset()

    def _role_for(self, atoms: frozenset[str]) -> str:
        """Return the preset that is exactly *atoms*, else the custom role."""
        return next((role.key for role in self.presets if role.atoms == atoms), CUSTOM.key)

    def _listed(self, name: str) -> list[str]:
        found = (
            self.data.getlist(name) if hasattr(self.data, "getlist") else self.data.get(name, [])
        )
        return [str(one) for one in found]

    def _readable(self, value: object) -> date | None:
        try:
            return self.fields["last_day"].clean(value)  # type: ignore[no-any-return]
        except ValidationError:
            return None


def added_to(typed: Iterable[str]) -> str:
    """Return the names of the rights that *typed* ones are of no use without and that are not among them."""
    typed = set(typed)
    return _named(with_needs(typed) - typed)


def _named(atoms: Collection[str]) -> str:
    """Return the names of rights, in the order of the page."""
    return and_list(LABELS[atom] for area in AREAS for atom in area.atoms if atom in atoms)


def values_of(access: Access, last_day: date | None) -> dict[str, Any]:
    """Return *access* as the values of an ``AccessForm``."""
    return {
        "role": access.role,
        "atoms": sorted(access.atoms),
        "reach": ALL if access.units is None else SOME,
        "units": [str(unit) for unit in sorted(access.units or ())],
        "last_day": last_day,
    }
