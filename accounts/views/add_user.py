"""*Add user*: who, to what, review and send. What was typed waits in the session; nothing is written before."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.actions import delegation
from accounts.authority import may_touch, open_grant_of
from accounts.forms.access import AccessForm, WhoForm
from accounts.models import Broker, Grant, User
from accounts.user_rows import visible_grants
from accounts.views.access_level import (
    choice_context,
    form_for,
    giver_of,
    level_context,
    record_overstep,
)
from accounts.views.confirmations import confirmed
from accounts.visit import fingerprint
from groups.access import GroupRequest, group_view
from portal import htmx
from portal.brand import brand

STEPS = [gettext_lazy("Who"), gettext_lazy("Access level"), gettext_lazy("Review and send")]
DRAFT = "add_user"


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def add_user(request: GroupRequest) -> HttpResponse:
    """Step 1: the person. Somebody who has access already is changed instead, a broker authorized."""
    if "cancel" in request.POST:
        drafts.forget(request.session, DRAFT, request.group.slug)
        return redirect("accounts:manage_users", request.group.slug)
    draft = drafts.read(request.session, DRAFT, request.group.slug)
    form = WhoForm(request.POST or None, initial=draft.get("who"))
    known: dict[str, Any] = {}
    if form.is_valid():
        known = _known(request, form.cleaned_data["email"])
        if not known:
            drafts.keep(request.session, DRAFT, request.group.slug, who=form.cleaned_data)
            return redirect("accounts:add_user_access", request.group.slug)
        form.add_error("email", known["problem"])
    context = {"group": request.group, "form": form, "steps": STEPS, **known}
    return htmx.render(request, "accounts/add_user.html", context)


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def add_user_access(request: GroupRequest) -> HttpResponse:
    """Step 2: role or single rights, billing units, last day; each only as far as the giver's own."""
    draft = drafts.read(request.session, DRAFT, request.group.slug)
    if "who" not in draft:
        return redirect("accounts:add_user", request.group.slug)
    form = form_for(request, request.POST or None, initial=draft.get("access"))
    if htmx.asks_for(request, "plain-words"):
        return _access_page(request, form, draft)
    if form.is_bound:
        drafts.keep(request.session, DRAFT, request.group.slug, access=form.typed())
    if form.is_valid():
        return redirect("accounts:add_user_review", request.group.slug)
    return _access_page(request, form, draft)


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def add_user_review(request: GroupRequest) -> HttpResponse:
    """Step 3: read it once more, then invite. Sent twice, it invites once."""
    draft = drafts.read(request.session, DRAFT, request.group.slug)
    if "access" not in draft or "who" not in draft:
        return _nothing_waits(request)
    form = form_for(request, draft["access"])
    if not form.is_valid():
        return _access_page(request, form, draft)
    details = _details(draft["who"], form)
    context: dict[str, Any] = {
        "shown": fingerprint(details),
        "changed": request.POST.get("shown", fingerprint(details)) != fingerprint(details),
    }
    if request.method == "POST" and not context["changed"]:
        try:
            grant = delegation.add_user(request.group, **details, by=cast("User", request.user))
        except ValidationError as error:
            context |= {"problem": " ".join(error.messages), **_known(request, details["email"])}
        else:
            return _added(request, grant)
    return _review_page(request, form, draft["who"], context)


def _details(who: dict[str, str], form: AccessForm) -> dict[str, Any]:
    """Return the arguments of ``add_user``."""
    return {name: who[name] for name in ("first_name", "last_name", "email")} | form.chosen()


def _known(request: GroupRequest, email: str) -> dict[str, Any]:
    """Return whose *email* it is, when it is nobody to add: somebody with access here, or a broker; else nothing."""
    grant = open_grant_of(request.group, email)
    if grant is not None:
        return _known_here(request, grant)
    broker = Broker.objects.filter(email__iexact=email).select_related("agency").first()
    return _known_broker(broker) if broker else {}


def _known_broker(broker: Broker) -> dict[str, Any]:
    """Return that a broker is authorized instead; or nobody of a stopped agency, and whom to call."""
    names, carrier = {"person": broker, "agency": broker.agency}, brand()
    if not broker.agency.stopped_at:
        words = _(
            "This is the address of a broker, %(person)s of %(agency)s. Authorize a broker instead."
        )
        return {"problem": words % names, "broker": broker}
    words = _(
        "This is the address of a broker, %(person)s of %(agency)s. We have stopped all access of this agency."
        " Call %(team)s at %(phone)s, %(hours)s."
    )
    whom = {"team": carrier.team, "phone": carrier.phone, "hours": carrier.hours}
    return {"problem": words % {**names, **whom}}


def _known_here(request: GroupRequest, grant: Grant) -> dict[str, Any]:
    """Return what may be said about somebody with access: nothing by name beyond the giver's billing units."""
    person_key = request.user.pk or 0
    if grant.user_id == person_key:
        return {"problem": _("This is your own email address: you have access already.")}
    seen = visible_grants(request.group, request.units, person_key, timezone.now())
    known = seen.with_units().filter(pk=grant.pk).first()
    if known is None:
        return {
            "problem": _(
                "This address has access to this group already, beyond your billing units."
            )
        }
    words = {"person": known.person, "role": known.get_role_display()}
    return {
        "problem": _("%(person)s has access here already, as %(role)s. Change it instead.") % words,
        "existing": known if may_touch(giver_of(request), known) else None,
    }


def _access_page(request: GroupRequest, form: AccessForm, draft: dict[str, Any]) -> HttpResponse:
    record_overstep(request, form, request.group, "add_user", whom=draft["who"])
    context = {
        "group": request.group,
        "steps": STEPS,
        "name": draft["who"]["first_name"],
        "who": draft["who"],
        **level_context(request, form),
    }
    return htmx.render(request, "accounts/add_user_access.html", context, partials=("plain-words",))


def _review_page(
    request: GroupRequest, form: AccessForm, who: dict[str, str], context: dict[str, Any]
) -> HttpResponse:
    context |= {"group": request.group, "steps": STEPS, "name": who["first_name"], "who": who}
    context |= choice_context(form)
    return htmx.render(request, "accounts/add_user_review.html", context)


def _added(request: GroupRequest, grant: Grant) -> HttpResponse:
    drafts.forget(request.session, DRAFT, request.group.slug)
    words = _("User added successfully. An email has been sent to %(person)s at %(email)s.")
    said = words % {"person": grant.person, "email": grant.email}
    messages.success(request, confirmed(request, said))
    return redirect("accounts:manage_users", request.group.slug)


def _nothing_waits(request: GroupRequest) -> HttpResponse:
    """Lead back somebody who sends what was sent already, or opens a later step first."""
    if request.method == "GET":
        return redirect("accounts:add_user_access", request.group.slug)
    messages.info(request, _("Nothing was sent twice. This is who has access now."))
    return redirect("accounts:manage_users", request.group.slug)
