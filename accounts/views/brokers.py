"""*Authorize a broker*: find them, to what, review and send. And *Remove agency*.

What was chosen waits in the session; nothing is written before. The search goes by POST: it may be an address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.actions import brokers as actions
from accounts.actions import delegation
from accounts.actions.delegation import Removal
from accounts.forms.access import AccessForm
from accounts.forms.brokers import ChooseBrokersForm, SearchForm
from accounts.models import Agency, Broker, Grant, User
from accounts.plain_words import and_list
from accounts.user_rows import visible_grants
from accounts.views.access_level import (
    choice_context,
    form_for,
    level_context,
    record_overstep,
)
from accounts.views.confirmations import confirmed
from accounts.visit import fingerprint
from groups.access import GroupRequest, group_view
from groups.models import Contact
from portal import htmx, throttle

STEPS = [gettext_lazy("Broker"), gettext_lazy("Access level"), gettext_lazy("Review and send")]
DRAFT = "authorize_broker"
MOST_FOUND = 40
SEARCHES_PER_HOUR = 200  # of one person: enough for work, too few to copy the directory


@dataclass(frozen=True)
class Found:
    """A broker of the directory; *grant* is what they have here, *has_access* also when it may not be shown."""

    broker: Broker
    has_access: bool
    grant: Grant | None
    is_chosen: bool


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def authorize_broker(request: GroupRequest) -> HttpResponse:
    """Step 1: find the agency or the broker, and choose one or several."""
    if "cancel" in request.POST:
        drafts.forget(request.session, DRAFT, request.group.slug)
        return redirect("accounts:manage_users", request.group.slug)
    draft = drafts.read(request.session, DRAFT, request.group.slug)
    if request.method == "GET":
        form = SearchForm(initial=draft)
        return _find_page(request, form, draft.get("search", ""), chosen=draft.get("brokers", ()))
    if "choose" in request.POST:
        return _choose(request)
    form = SearchForm(request.POST)
    return _find_page(request, form, form.cleaned_data["search"] if form.is_valid() else "")


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def authorize_broker_access(request: GroupRequest) -> HttpResponse:
    """Step 2: what they may do, for which billing units, until when; only as far as the giver's own access."""
    draft = drafts.read(request.session, DRAFT, request.group.slug)
    brokers = _brokers(draft)
    if not brokers:
        return redirect("accounts:authorize_broker", request.group.slug)
    form = form_for(request, request.POST or None, broker=True, initial=draft.get("access"))
    if form.is_bound and not htmx.asks_for(request, "plain-words"):
        drafts.keep(request.session, DRAFT, request.group.slug, access=form.typed())
        if form.is_valid():
            return redirect("accounts:authorize_broker_review", request.group.slug)
    return _access_page(request, form, brokers)


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
def authorize_broker_review(request: GroupRequest) -> HttpResponse:
    """Step 3: read it once more, then authorize. Sent twice, it authorizes once."""
    draft = drafts.read(request.session, DRAFT, request.group.slug)
    brokers = _brokers(draft)
    if "access" not in draft or not brokers:
        return _nothing_waits(request)
    form = form_for(request, draft["access"], broker=True)
    if not form.is_valid():
        return _access_page(request, form, brokers)
    shown = fingerprint({"brokers": [broker.pk for broker in brokers], **form.chosen()})
    context: dict[str, Any] = {"shown": shown, "changed": request.POST.get("shown", shown) != shown}
    if request.method == "POST" and not context["changed"]:
        try:
            grants = actions.authorize_brokers(
                request.group, brokers=brokers, **form.chosen(), by=_me(request)
            )
        except ValidationError as error:
            context["problem"] = " ".join(error.messages)
        else:
            return _authorized(request, grants)
    context |= {**_about(request, brokers), **choice_context(form)}
    return htmx.render(request, "accounts/authorize_broker_review.html", context)


@require_http_methods(["GET", "POST"])
@group_view("users_manage", whole_group=True, after_end=True)
def remove_agency(request: GroupRequest, pk: int) -> HttpResponse:
    """Take the access of all brokers of an agency away, after a page that names them."""
    agency = get_object_or_404(Agency, pk=pk)
    grants = _grants_of(request, agency)
    if not grants:
        return _nobody_of_agency(request)
    shown = fingerprint({"grants": [(grant.pk, grant.version) for grant in grants]})
    context: dict[str, Any] = {"changed": request.POST.get("shown", shown) != shown, "shown": shown}
    if request.method == "POST" and not context["changed"]:
        try:
            removals = delegation.remove_agency(request.group, agency=agency, by=_me(request))
        except ValidationError as error:
            context["problem"] = " ".join(error.messages)
        else:
            messages.success(request, confirmed(request, _removed(agency, removals)))
            return redirect("accounts:manage_users", request.group.slug)
    context |= {"group": request.group, "agency": agency, "grants": grants}
    return htmx.render(request, "accounts/remove_agency.html", context)


def _choose(request: GroupRequest) -> HttpResponse:
    form = ChooseBrokersForm(request.POST)
    if form.is_valid():
        chosen = [broker.pk for broker in form.cleaned_data["brokers"]]
        drafts.keep(
            request.session,
            DRAFT,
            request.group.slug,
            search=form.cleaned_data["search"],
            brokers=chosen,
        )
        return redirect("accounts:authorize_broker_access", request.group.slug)
    return _find_page(request, form, form.cleaned_data.get("search", ""))


def _find_page(
    request: GroupRequest, form: SearchForm, search: str, *, chosen: Iterable[int] = ()
) -> HttpResponse:
    """Show the search and, by agency, the brokers whom *search* (empty: nothing yet) finds."""
    brokers: list[Broker] = []
    if search:
        throttle.limit(
            "broker-search", f"user:{request.user.pk}", tries=SEARCHES_PER_HOUR, seconds=3600
        )
        found = Broker.objects.matching(search).order_by(
            "agency__name", "agency_id", "last_name", "first_name"
        )
        brokers = list(found[: MOST_FOUND + 1])
    context = {
        "group": request.group,
        "steps": STEPS,
        "form": form,
        "search": search,
        "agencies": _by_agency(request, brokers[:MOST_FOUND], set(chosen)),
        "too_many": len(brokers) > MOST_FOUND,
        "stopped": _stopped(request, search) if search else [],
        "of_record": _of_record(request),
    }
    return htmx.render(request, "accounts/authorize_broker.html", context)


def _stopped(request: GroupRequest, search: str) -> list[Agency]:
    """Return the stopped agencies that *search* means, of whom the person knows.

    Their brokers have or had access to billing units of theirs here; or *search* is the address of one of them.
    """
    here = Grant.objects.filter(group=request.group, agency__isnull=False).within(request.units)
    text = search.strip()
    meant = Q(name__istartswith=text) | Q(npn=text) | Q(brokers__npn=text)
    known = Q(brokers__email__iexact=text) | (meant & Q(pk__in=here.values("agency")))
    stopped = Agency.objects.filter(known, stopped_at__isnull=False)
    return list(stopped.distinct().order_by("name"))


def _by_agency(
    request: GroupRequest, brokers: list[Broker], chosen: set[int]
) -> list[tuple[Agency, list[Found]]]:
    """Return *brokers* under their agencies, each with the access they have here already; two statements."""
    if not brokers:
        return []
    address = Lower(Coalesce("user__email", "email"))
    emails = [broker.email.lower() for broker in brokers]
    here = Grant.objects.open().filter(group=request.group).alias(address=address)
    taken = set(here.filter(address__in=emails).values_list(address, flat=True))
    seen = visible_grants(request.group, request.units, request.user.pk or 0, timezone.now())
    shown = seen.annotate(address=address).filter(address__in=taken)
    grants = {grant.address: grant for grant in shown}  # type: ignore[attr-defined]
    found = [
        Found(
            broker=broker,
            has_access=broker.email.lower() in taken,
            grant=grants.get(broker.email.lower()),
            is_chosen=broker.pk in chosen or len(brokers) == 1,
        )
        for broker in brokers
    ]
    return [
        (agency, list(rows)) for agency, rows in groupby(found, key=lambda one: one.broker.agency)
    ]


def _brokers(draft: drafts.Draft) -> list[Broker]:
    """Return the brokers of the draft, as the directory has them now."""
    return list(
        Broker.objects.filter(pk__in=draft.get("brokers", ()))
        .select_related("agency")
        .order_by("last_name", "first_name")
    )


def _about(request: GroupRequest, brokers: list[Broker]) -> dict[str, Any]:
    """Return what every page after the first says of *brokers*; one is named, several are "they"."""
    alone = len(brokers) == 1
    return {
        "group": request.group,
        "steps": STEPS,
        "brokers": brokers,
        "names": and_list(str(broker) for broker in brokers),
        "name": brokers[0].first_name if alone else _("Each of them"),
        "of_record": _of_record(request),
    }


def _access_page(request: GroupRequest, form: AccessForm, brokers: list[Broker]) -> HttpResponse:
    whom = {"brokers": brokers}
    record_overstep(request, form, request.group, "authorize_brokers", whom=whom)
    context = {**_about(request, brokers), **level_context(request, form)}
    return htmx.render(
        request, "accounts/authorize_broker_access.html", context, partials=("plain-words",)
    )


def _authorized(request: GroupRequest, grants: list[Grant]) -> HttpResponse:
    drafts.forget(request.session, DRAFT, request.group.slug)
    if len(grants) == 1:
        words = _("Broker authorized. An email has been sent to %(people)s.")
    else:
        words = _("Brokers authorized. Emails have been sent to %(people)s.")
    people = [
        _("%(person)s at %(email)s") % {"person": grant.person, "email": grant.email}
        for grant in grants
    ]
    messages.success(request, confirmed(request, words % {"people": and_list(people)}))
    return redirect("accounts:manage_users", request.group.slug)


def _nothing_waits(request: GroupRequest) -> HttpResponse:
    """Lead back somebody who sends what was sent already, or opens a later step first."""
    if request.method == "GET":
        return redirect("accounts:authorize_broker_access", request.group.slug)
    messages.info(request, _("Nothing was sent twice. This is who has access now."))
    return redirect("accounts:manage_users", request.group.slug)


def _grants_of(request: GroupRequest, agency: Agency) -> list[Grant]:
    """Return what the brokers of *agency* hold here, with their persons and billing units."""
    found = Grant.objects.with_units().open().filter(group=request.group, agency=agency)
    return list(found.select_related("user").order_by("pk"))


def _nobody_of_agency(request: GroupRequest) -> HttpResponse:
    """Answer for an agency without access here: the second of two submits, or an address somebody made up."""
    if request.method == "GET":
        raise Http404
    messages.info(request, _("Nobody of this agency has access any more. Nothing was done twice."))
    return redirect("accounts:manage_users", request.group.slug)


def _removed(agency: Agency, removals: list[Removal]) -> str:
    """Return what the removal ended, in words."""
    sessions = sum(removal.sessions for removal in removals)
    codes = sum(removal.codes for removal in removals)
    parts = [
        ngettext("%(count)d broker of %(agency)s", "%(count)d brokers of %(agency)s", len(removals))
        % {"count": len(removals), "agency": agency},
        *_sessions_ended(sessions),
        ngettext(
            "%(count)d unused access code withdrawn",
            "%(count)d unused access codes withdrawn",
            codes,
        )
        % {"count": codes},
    ]
    return _("Access removed: %(what)s. This does not change your broker of record.") % {
        "what": ", ".join(parts)
    }


def _sessions_ended(count: int) -> list[str]:
    """Return how many sessions ended; nothing for none, or where the number is not for the group."""
    words = ngettext("%(count)d open session ended", "%(count)d open sessions ended", count)
    return [words % {"count": count}] if count else []


def _of_record(request: GroupRequest) -> list[Contact]:
    """Return the broker of record on file, which access neither follows from nor changes."""
    return list(request.group.contact_set.filter(kind=Contact.Kind.BROKER))


def _me(request: GroupRequest) -> User:
    return cast("User", request.user)
