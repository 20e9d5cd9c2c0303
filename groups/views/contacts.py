"""*Update Group contact info*: what is typed, then old and new value, then the confirmation number.

The review carries what was typed in hidden fields, so that it sends what it shows whatever happens in other tabs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from groups import contact_rules as rules
from groups.access import GroupRequest, NoRightGivesItError, group_view, open_units
from groups.actions import contacts as actions
from groups.actions.transactions import already_submitted
from groups.forms.contacts import ContactForm, NewContactForm, PlaceForm, SubmittedForm
from groups.kinds_contacts import ADDRESS_WORDS, CONTACT_WORDS, KINDS, RIGHT_TO_CHANGE
from groups.models import Address, Contact, Subgroup, Transaction
from groups.reached import waiting_in, waits_for_address, waits_for_contact
from groups.transaction_kinds import Change, compared
from portal import htmx
from portal.templatetags.portal_words import phone

if TYPE_CHECKING:
    from groups.actions.transactions import Person

STEPS = [gettext_lazy("What changes"), gettext_lazy("Review"), gettext_lazy("Confirmation")]
Submit = Callable[..., Transaction]


@dataclass
class Deed:
    """One change on its way: the form, what is on file, who carries it out, and the words of its pages.

    *template* is the page of the form. *before* is what is on file, empty for nothing. *waits*: the change that waits
    already, so that no other may be sent.
    """

    form: SubmittedForm
    submit: Submit
    template: str
    kind: str
    before: Mapping[str, str]
    unit: Subgroup | None
    heading: str
    decided_by_us: bool = False
    waits: Transaction | None = None
    words: dict[str, Any] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE, whole_group=True)
def add_contact(request: GroupRequest) -> HttpResponse:
    """Name a contact of the group."""
    return _add_contact(request, None)


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE)
def add_unit_contact(request: GroupRequest, code: str) -> HttpResponse:
    """Name a contact of a billing unit, who goes before the group's of the same kind."""
    return _add_contact(request, unit_of(request, code))


def _add_contact(request: GroupRequest, unit: Subgroup | None) -> HttpResponse:
    kinds = rules.ADDABLE_TO_UNIT if unit else rules.ADDABLE
    initial = {"kind": request.GET.get("kind", "")}
    form = NewContactForm(request.POST or None, kinds=kinds, initial=initial)
    heading = _("Add a contact of %(unit)s") % {"unit": unit} if unit else _("Add a contact")
    return _walk(
        request,
        Deed(
            form,
            lambda **typed: actions.add_contact(request.group, subgroup=unit, **typed),
            "groups/contact.html",
            rules.ADDED,
            {},
            unit,
            heading,
        ),
    )


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE)
def contact(request: GroupRequest, pk: int) -> HttpResponse:
    """Change who a contact is or how they are reached."""
    if done := _sent_before(request, rules.CHANGED):
        return done
    found = _contact(request, pk)
    before = rules.state_of(found)
    initial = {**before, "phone": phone(found.phone)}
    form = ContactForm(request.POST or None, version=found.version, initial=initial)
    return _walk(
        request,
        Deed(
            form,
            lambda **typed: actions.change_contact(found, **typed),
            "groups/contact.html",
            rules.CHANGED,
            before,
            found.subgroup,
            _("Change the contact: %(kind)s") % {"kind": found.get_kind_display()},
            decided_by_us=bool(rules.waits_for(found.kind)),
            waits=waits_for_contact(found, waiting_in(request.group, found.subgroup)),
            words={"contact": found},
        ),
    )


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE)
def remove_contact(request: GroupRequest, pk: int) -> HttpResponse:
    """Take a contact off the file, after saying who is reached then."""
    if done := _sent_before(request, rules.REMOVED):
        return done
    found = _contact(request, pk)
    if found.kind in rules.DECIDED_BY_US:
        raise NoRightGivesItError(actions.NOT_YOURS)
    if rules.is_last(found):
        raise NoRightGivesItError(actions.LAST)
    form = SubmittedForm(request.POST or None, version=found.version)
    return _walk(
        request,
        Deed(
            form,
            lambda **typed: actions.remove_contact(found, **typed),
            "groups/remove_contact.html",
            rules.REMOVED,
            rules.state_of(found),
            found.subgroup,
            _("Remove %(person)s?") % {"person": found},
            words={"contact": found, "heirs": _heirs(found)},
        ),
    )


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE, whole_group=True)
def address(request: GroupRequest, kind: str) -> HttpResponse:
    """Change one of the group's addresses."""
    return _address(request, None, kind)


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE)
def unit_address(request: GroupRequest, code: str, kind: str) -> HttpResponse:
    """Give a billing unit an address of its own, or change it."""
    return _address(request, unit_of(request, code), kind)


@require_http_methods(["GET", "POST"])
@group_view(RIGHT_TO_CHANGE)
def drop_address(request: GroupRequest, code: str, kind: str) -> HttpResponse:
    """Let a billing unit use the group's address again."""
    if done := _sent_before(request, rules.ADDRESS_DROPPED):
        return done
    unit, words = unit_of(request, code), _kind_of_address(kind)
    own = get_object_or_404(request.group.address_set, subgroup=unit, kind=kind)
    groups_own = request.group.address_set.filter(subgroup=None, kind=kind).first()
    form = SubmittedForm(request.POST or None, version=own.version)
    return _walk(
        request,
        Deed(
            form,
            lambda **typed: actions.drop_address(own, **typed),
            "groups/drop_address.html",
            rules.ADDRESS_DROPPED,
            rules.state_of(own),
            unit,
            _("Use the group’s %(kind)s again?") % {"kind": words.lower()},
            decided_by_us=bool(rules.waits_for(kind)),
            waits=waits_for_address(kind, waiting_in(request.group, unit)),
            words={"own": own, "groups_own": groups_own, "kind": words},
        ),
    )


@require_GET
@group_view(RIGHT_TO_CHANGE)
def submitted(request: GroupRequest, number: str) -> HttpResponse:
    """Confirm what was submitted, with its number, to whoever did; others read it among the transactions, if at all."""
    shown = Transaction.objects.filter(group=request.group, kind__in=KINDS)
    if request.units is not None:
        shown = shown.filter(subgroup__in=request.units)
    found = get_object_or_404(shown.select_related("subgroup"), number=number)
    if found.submitted_by_id != request.user.pk:
        if "transactions_view" not in request.granted:
            raise Http404
        return redirect("groups:transaction", request.group.slug, number)
    context = {
        "group": request.group,
        "unit": found.subgroup,
        "transaction": found,
        "changes": compared(found.kind, found.before, found.after),
        "steps": STEPS,
        "back_url": _home_of(request, found.subgroup),
    }
    return htmx.render(request, "groups/submitted.html", context)


def unit_of(request: GroupRequest, code: str) -> Subgroup:
    """Return the billing unit of the group with *code*; raises Http404 for one that is not the person's."""
    return get_object_or_404(open_units(request), code=code)


def _contact(request: GroupRequest, pk: int) -> Contact:
    """Return a contact that the person may change; raises Http404 or PermissionDenied, in words, otherwise."""
    found = get_object_or_404(request.group.contact_set.select_related("subgroup", "group"), pk=pk)
    if found.subgroup_id is None and request.units is not None:
        raise PermissionDenied(
            _("Your access is for single billing units. This needs all of them.")
        )
    if request.units is not None and found.subgroup_id not in request.units:
        raise Http404
    if not rules.may_edit(found):
        raise NoRightGivesItError(actions.NOT_YOURS)
    return found


def _heirs(gone: Contact) -> list[Contact]:
    """Return who is reached when *gone* is removed: others of the kind in the place, else the group's."""
    alike = Contact.objects.filter(group=gone.group_id, kind=gone.kind).exclude(pk=gone.pk)
    near = list(alike.filter(subgroup=gone.subgroup_id))
    return near or list(alike.filter(subgroup=None))


def _address(request: GroupRequest, unit: Subgroup | None, kind: str) -> HttpResponse:
    words = _kind_of_address(kind)
    places = request.group.address_set.filter(kind=kind)
    found = places.filter(subgroup=unit).first()
    before = rules.state_of(found)
    form = PlaceForm(
        request.POST or None,
        kind=kind,
        version=found.version if found else 0,
        initial=dict(before),
    )
    heading = _("%(kind)s of %(unit)s") % {"kind": words, "unit": unit} if unit else words
    deed = Deed(
        form,
        lambda **typed: actions.change_address(request.group, subgroup=unit, kind=kind, **typed),
        "groups/address.html",
        rules.ADDRESS_CHANGED,
        before or {"kind": kind},
        unit,
        heading,
        decided_by_us=bool(rules.waits_for(kind)),
        waits=waits_for_address(kind, waiting_in(request.group, unit)),
        words={
            "own": found,
            "groups_own": places.filter(subgroup=None).first() if unit else None,
            "kind": kind,
        },
    )
    return _walk(request, deed)


def _kind_of_address(kind: str) -> str:
    if kind not in Address.Kind:
        raise Http404
    return str(Address.Kind(kind).label)


def _walk(request: GroupRequest, deed: Deed) -> HttpResponse:
    """Take *deed* a step on: the form, its review, or the confirmation; what was typed is never lost."""
    if done := _sent_before(request, deed.kind):
        return done
    form = deed.form
    if not form.is_bound or request.POST.get("step") == "edit" or not form.is_valid():
        return _form_page(request, deed)
    if form.is_stale:
        return _form_page(request, deed, is_stale=True)
    if all(change.before == change.after for change in _changes(deed)):
        form.add_error(None, actions.SAME)
        return _form_page(request, deed)
    if request.POST.get("step") == "submit":
        return _submit(request, deed)
    return htmx.render(request, "groups/review_contact.html", _context(request, deed, 2))


def _submit(request: GroupRequest, deed: Deed) -> HttpResponse:
    try:
        found = deed.submit(**deed.form.cleaned_data, by=request.user)
    except ValidationError as error:
        if getattr(error, "code", "") == "stale":
            return _form_page(request, deed, is_stale=True)
        deed.form.add_error(None, error)
        return _form_page(request, deed)
    return redirect("groups:submitted", request.group.slug, found.number)


def _sent_before(request: GroupRequest, kind: str) -> HttpResponse | None:
    """Lead whoever sends the same form again to the confirmation of the first time."""
    try:
        key = UUID(request.POST.get("form_key", ""))
    except ValueError:
        return None
    found = already_submitted(request.group, key, kind=kind, by=cast("Person", request.user))
    return redirect("groups:submitted", request.group.slug, found.number) if found else None


def _form_page(request: GroupRequest, deed: Deed, *, is_stale: bool = False) -> HttpResponse:
    context = _context(request, deed, 1)
    if is_stale:
        deed.form.show_again()
        context["on_file"] = _written(deed, deed.before)
    return htmx.render(request, deed.template, context)


def _context(request: GroupRequest, deed: Deed, step: int) -> dict[str, Any]:
    return {
        "group": request.group,
        "unit": deed.unit,
        "deed": deed,
        "form": deed.form,
        "steps": STEPS,
        "step": step,
        "changes": _changes(deed) if step == 2 else [],
        "back_url": _home_of(request, deed.unit),
        **deed.words,
    }


def _changes(deed: Deed) -> list[Change]:
    """Return what differs, as the transaction will be read."""
    gone = deed.kind in {rules.REMOVED, rules.ADDRESS_DROPPED}
    typed = {} if gone else {**deed.before, **_typed(deed)}
    return compared(deed.kind, deed.before, typed)


def _typed(deed: Deed) -> dict[str, str]:
    names = {*CONTACT_WORDS, *ADDRESS_WORDS}
    return {name: text for name, text in deed.form.cleaned_data.items() if name in names}


def _written(deed: Deed, state: Mapping[str, str]) -> list[Change]:
    """Return what is on file, in words."""
    return compared(deed.kind, {}, state)


def _home_of(request: GroupRequest, unit: Subgroup | None) -> str:
    if unit is None:
        return reverse("groups:overview", args=[request.group.slug])
    return reverse("groups:unit", args=[request.group.slug, unit.code])
