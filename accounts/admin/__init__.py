"""The staff side of people and access: the queue of requests, accounts, grants and access codes,
agencies, users of old portals; split by noun."""

from accounts.admin import (
    access,
    access_reviews,
    agencies,
    events,
    imports,
    people,
    registration,
)

__all__ = ["access", "access_reviews", "agencies", "events", "imports", "people", "registration"]
