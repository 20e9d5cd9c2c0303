"""The staff side, split by noun; Django reads this package when it starts."""

from groups.admin import (
    announcements,
    documents,
    events,
    plans,
    rate_loads,
    renewals,
    tenant,
    transactions,
)

__all__ = [
    "announcements",
    "documents",
    "events",
    "plans",
    "rate_loads",
    "renewals",
    "tenant",
    "transactions",
]
