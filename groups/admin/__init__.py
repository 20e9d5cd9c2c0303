"""The staff side, split by noun; Django reads this package when it starts."""

from groups.admin import events, rate_loads, tenant

__all__ = ["events", "rate_loads", "tenant"]
