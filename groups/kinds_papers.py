"""Transactions about documents and renewals."""

from django.utils.translation import gettext_lazy as _

from groups.transaction_kinds import TransactionKind, register

KINDS = (
    TransactionKind(
        "groups.document_uploaded",
        _("Document sent"),
        right="documents_view",
        fields={"title": _("Title"), "file": _("File"), "unit": _("Billing unit")},
    ),
)


def register_kinds() -> None:
    """Make the kinds of this module known."""
    register(*KINDS)
