"""The staff side, split by noun; Django reads this package when it starts."""

from groups.admin import events, tenant

__all__ = ["events", "tenant"]
