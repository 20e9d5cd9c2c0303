"""The staff side, split by noun; Django reads this package when it starts."""

from groups.admin import tenant

__all__ = ["tenant"]
