"""The staff side of people and access: the queue of requests, accounts, grants and access codes; split by noun."""

from accounts.admin import access, events, people, registration

__all__ = ["access", "events", "people", "registration"]
