"""The primary role changes hands: offer it, answer an offer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions import hand_over
from accounts.actions.delegation import NOT_YOURS
from accounts.authority import can_receive_primary_role, grant_of
from accounts.forms.colleague import AnswerForm, OfferForm
from accounts.models import Grant, HandOver
from accounts.views.colleague import about, me, on_colleague, refusal, to_colleague, version_of
from accounts.views.confirmations import confirmed
from groups.access import GroupRequest, group_view
from portal import htmx

ACTIONS = {
    "accept": hand_over.accept_hand_over,
    "decline": hand_over.decline_hand_over,
    "take_back": hand_over.take_back_hand_over,
}


@require_http_methods(["GET", "POST"])
@group_view("users_manage")
@on_colleague("hand_over", judge=hand_over.may_offer)
def offer_hand_over(request: GroupRequest, grant: Grant) -> HttpResponse:
    """Offer one's primary role to a colleague, and say what one keeps."""
    form = OfferForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        offer = hand_over.offer_hand_over(
            grant, **form.cleaned_data, version=version_of(request), by=me(request)
        )
        messages.success(
            request, _("Offered. %(person)s has an email about it.") % {"person": grant.person}
        )
        return htmx.redirect(request, "accounts:answer_hand_over", offer.group.slug)
    context = {**about(grant), "form": form, "days": hand_over.OFFER_DAYS}
    return htmx.render(request, "accounts/hand_over.html", context)


@require_http_methods(["GET", "POST"])
@group_view("group_view")
def answer_hand_over(request: GroupRequest) -> HttpResponse:
    """Show the offers one made or got in this group; accept, decline or take back."""
    if request.method == "POST":
        return _answer(request)
    offers = HandOver.objects.open_at(timezone.now()).between(request.user)
    rows = [_row(offer, request) for offer in offers.filter(group=request.group)]
    context = {"rows": rows, "candidates": [] if rows else _candidates(request)}
    return htmx.render(request, "accounts/answer_hand_over.html", context)


def _answer(request: GroupRequest) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose what to do with the offer. Nothing was changed."))
        return htmx.redirect(request, "accounts:answer_hand_over", request.group.slug)
    found = HandOver.objects.filter(group=request.group)
    offer = get_object_or_404(found, pk=form.cleaned_data["offer"])
    answer = form.cleaned_data["answer"]
    try:
        offer = ACTIONS[answer](offer, by=me(request))
    except ValidationError as error:
        if error.code == NOT_YOURS:
            return refusal(request, error)
        messages.warning(request, error.messages[0])
        return htmx.redirect(request, "accounts:answer_hand_over", request.group.slug)
    words = _words(answer, offer)
    messages.success(request, confirmed(request, words) if answer == "accept" else words)
    if answer == "take_back":
        return to_colleague(request, offer.to_grant)
    page = "accounts:manage_users" if answer == "accept" else "group_home"
    return htmx.redirect(request, page, request.group.slug)


def _candidates(request: GroupRequest) -> list[Grant]:
    """Return to whom a primary administrator may offer the role; nobody else may offer it."""
    own = grant_of(request.group, me(request))
    if own is None or not own.is_primary or request.viewed_as is not None:
        return []
    others = Grant.objects.in_force().filter(group=request.group).select_related("user")
    return [
        one for one in others.order_by("user__last_name", "pk") if can_receive_primary_role(one)
    ]


def _words(answer: str, offer: HandOver) -> str:
    giver = {"person": offer.from_grant.person}
    if answer == "accept":
        return _("You are a primary administrator now. %(person)s knows it by email.") % giver
    if answer == "decline":
        return _("Declined. %(person)s knows it by email.") % giver
    return _("The offer is taken back.")


def _row(offer: HandOver, request: GroupRequest) -> dict[str, Any]:
    return {
        "offer": offer,
        "is_mine": offer.from_grant.user_id == request.user.pk,
        "giver": offer.from_grant.person,
        "receiver": offer.to_grant.person,
        "keeps": offer.get_keeps_role_display() if offer.keeps_role else "",
    }
