"""Transactions about documents and renewals."""

from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.actions.renewals import carry_out_acceptance
from groups.models import Renewal, Transaction
from groups.models.renewals import ACCEPTED
from groups.renewal_reading import ASKED
from groups.transaction_kinds import TransactionKind, Words, register


def _accept(found: Transaction) -> None:
    carry_out_acceptance(found, by=found.submitted_by)


def _renewal(found: Transaction) -> tuple[Words, str] | None:
    """Return the page of the renewal of the day, if the group still sees one."""
    shown = Renewal.objects.shown_on(timezone.localdate()).filter(group=found.group_id)
    renewal = shown.filter(renewal_date=found.effective_date or date.min).first()
    if renewal is None:
        return None
    return _("The renewal"), reverse("groups:renewal", args=[found.group.slug, renewal.key])


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
        change_right="users_manage",
    ),
    TransactionKind(
        ASKED,
        _("Question about the renewal"),
        right="renewal_view",
        fields={"question": _("Question"), "answer": _("Answer")},
        answer="answer",
        page=_renewal,
    ),
)


def register_kinds() -> None:
    """Make the kinds of this module known."""
    register(*KINDS)
