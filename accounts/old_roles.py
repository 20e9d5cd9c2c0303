"""What role somebody had in an old portal, as the list of its users said. Only reads."""

from accounts.models import AccessImportRow, Grant
from portal.tenancy import carrier_scope


def old_role_of(grant: Grant) -> str:
    """Return the old role that *grant* was taken over with, as typed; empty for any other grant. One statement.

    The lists of old portals are the carrier's: only this word leaves them.
    """
    with carrier_scope():
        rows = AccessImportRow.objects.filter(grant=grant.pk)
        return rows.values_list("old_role", flat=True).first() or ""
