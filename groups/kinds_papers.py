"""Transactions about documents and renewals."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.actions.renewals import carry_out_acceptance
from groups.models import Renewal, Transaction
from groups.models.renewals import ACCEPTED
from groups.renewal_reading import ASKED, renewal_in
from groups.transaction_kinds import TransactionKind, Words, register


def _accept(found: Transaction) -> None:
    carry_out_acceptance(found, by=found.decided_by)


def _renewal(found: Transaction) -> tuple[Words, str] | None:
    """Return the page of the renewal, if the group still sees it."""
    renewal = renewal_in(found)
    shown = Renewal.objects.shown_on(timezone.localdate())
    if renewal is None or not shown.filter(pk=renewal.pk).exists():
        return None
    return _("The renewal"), reverse("groups:renewal", args=[found.group.slug, renewal.key])


def _renewal_for_staff(found: Transaction) -> tuple[Words, str] | None:
    renewal = renewal_in(found)
    if renewal is None:
        return None
    return _("The renewal"), reverse("admin:groups_renewal_change", args=[renewal.pk])


KINDS = (
    TransactionKind(
        "groups.document_uploaded",
        _("Document sent"),
        right="documents_view",
        fields={"title": _("Title"), "file": _("File"), "unit": _("Billing unit")},
        about=("title",),
    ),
    TransactionKind(
        ACCEPTED,
        _("Renewal accepted"),
        right="renewal_view",
        fields={"plans": _("Plans"), "monthly": _("Monthly premium")},
        apply=_accept,
        page=_renewal,
        staff_page=_renewal_for_staff,
        effect=_("Completing it puts the plans and rates of the renewal in force from its day on."),
        change_right="users_manage",
    ),
    TransactionKind(
        ASKED,
        _("Question about the renewal"),
        right="renewal_view",
        fields={"question": _("Question"), "answer": _("Answer")},
        answer="answer",
        page=_renewal,
        staff_page=_renewal_for_staff,
    ),
)


def register_kinds() -> None:
    """Make the kinds of this module known."""
    register(*KINDS)
