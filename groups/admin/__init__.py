"""The staff side, split by noun; Django reads this package when it starts."""

from groups.admin import announcements, events, plans, rate_loads, tenant, transactions

__all__ = ["announcements", "events", "plans", "rate_loads", "tenant", "transactions"]
