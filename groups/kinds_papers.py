"""Transactions about documents and renewals."""

from django.utils.translation import gettext_lazy as _

from groups.actions.renewals import carry_out_acceptance
from groups.models import Transaction
from groups.models.renewals import ACCEPTED
from groups.renewal_reading import ASKED
from groups.transaction_kinds import TransactionKind, register


def _accept(found: Transaction) -> None:
    carry_out_acceptance(found, by=found.submitted_by)


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
        change_right="users_manage",
    ),
    TransactionKind(
        ASKED,
        _("Question about the renewal"),
        right="renewal_view",
        fields={"question": _("Question")},
    ),
)


def register_kinds() -> None:
    """Make the kinds of this module known."""
    register(*KINDS)
