"""Where contacts come from, and whether they are evidence; staff vouch for them on a page of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from groups.actions.vouching import stop_vouching_for, vouch_for
from groups.contact_rules import VOUCH
from groups.forms.transactions import VersionForm
from groups.models import Contact


def origin_of(contact: Contact) -> str:
    """Return in words whether *contact* is evidence of who somebody is, and why."""
    if contact.vouched_at is None and contact.named_at is None:
        return _("We do not vouch for it: not evidence")
    if contact.vouched_at is None:
        return _("Named by the employer on %(day)s, not evidence") % {"day": _day(contact.named_at)}
    words = _("Vouched for since %(day)s") % {"day": _day(contact.vouched_at)}
    if contact.subgroup_id is None:
        return words
    return _("%(since)s; of a billing unit, so not evidence") % {"since": words}


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "M j, Y")


def change_origin(request: HttpRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Vouch for a contact, or stop; the page says what that means."""
    if not request.user.has_perm(VOUCH):
        raise PermissionDenied
    contact = get_object_or_404(Contact.objects.select_related("group", "subgroup"), pk=contact_pk, group=pk)  # fmt: skip
    back = reverse("admin:groups_employergroup_change", args=[pk])
    form = VersionForm(request.POST if request.method == "POST" else None, initial={"version": contact.version})  # fmt: skip
    act: Callable[..., Contact] = stop_vouching_for if contact.vouched_at else vouch_for
    # What the button said: another answer meanwhile must not turn the deed around.
    if form.is_valid() and request.POST.get("deed") == act.__name__:
        if _done(request, form, act, contact):
            return redirect(back)
    elif request.method == "POST":
        messages.error(request, _("Somebody has changed this in the meantime. Look at it again."))
    context = {
        "contact": contact, "group": contact.group, "origin": origin_of(contact), "form": form, "back": back, "deed": act.__name__,
    }  # fmt: skip
    return render(request, "admin/groups/employergroup/origin.html", context)


def _done(
    request: HttpRequest, form: VersionForm, act: Callable[..., Contact], contact: Contact
) -> bool:
    person: Any = request.user
    try:
        act(contact, by=person, **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return False
    messages.success(request, _("Saved."))
    return True
