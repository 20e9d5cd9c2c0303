"""The door of the accounts app for queue and clock."""

from celery import shared_task
from django.db import transaction

from portal.tenancy import carrier_scope, on_behalf_of_carrier


@shared_task(name="accounts.expire_access_codes")
def expire_access_codes() -> None:
    """Mark access codes whose days are over, and close requests nobody used; safe to repeat.

    In steps that commit on their own: together they would hold codes while they wait for requests and groups.
    """
    from accounts.actions import codes, review

    with carrier_scope():
        codes.expire_codes()
    review.close_unused_requests()


@shared_task(name="accounts.remind_of_expiring_codes")
@on_behalf_of_carrier
def remind_of_expiring_codes() -> None:
    """Remind, once each, of access codes that end soon; safe to repeat."""
    from accounts.actions import codes

    codes.remind_of_expiring_codes()


@shared_task(name="accounts.escalate_overdue_requests")
@on_behalf_of_carrier
def escalate_overdue_requests() -> None:
    """Escalate, once each, requests whose promise has passed; safe to repeat."""
    from accounts.actions import review

    review.escalate_overdue_requests()


@shared_task(name="accounts.expire_grants")
def expire_grants() -> None:
    """Mark grants whose end has passed, and forget marks of ended sessions; safe to repeat.

    In steps that commit on their own, a grant each.
    """
    from accounts import sessions
    from accounts.actions import grants

    grants.expire_grants()
    with carrier_scope():
        sessions.forget_ended()


@shared_task(name="accounts.take_over_imports")
def take_over_imports() -> None:
    """Take over the lists that staff decided to, as far as that is not done; safe to repeat or run twice.

    In steps that commit on their own, a group each.
    """
    from accounts.actions import imports
    from accounts.models import AccessImport

    with carrier_scope():
        begun = AccessImport.objects.filter(state=AccessImport.State.COMMITTING)
        keys = list(begun.order_by("decided_at").values_list("pk", flat=True))
    for key in keys:
        imports.take_over(key)


@shared_task(name="accounts.announce_endings")
@on_behalf_of_carrier
def announce_endings() -> None:
    """Write, once each, about access that ends soon; safe to repeat."""
    from accounts.actions import endings

    endings.announce_endings()


@shared_task(name="accounts.open_access_reviews")
@on_behalf_of_carrier
def open_access_reviews() -> None:
    """Open this quarter's access review of every group that needs one; safe to repeat."""
    from accounts.actions import access_reviews

    access_reviews.open_reviews()


@shared_task(name="accounts.remind_of_access_reviews")
@on_behalf_of_carrier
def remind_of_access_reviews() -> None:
    """Remind, three times each, of access reviews that end soon or are late; safe to repeat."""
    from accounts.actions import access_reviews

    access_reviews.remind()


@shared_task(name="accounts.write_announcements")
@on_behalf_of_carrier
def write_announcements() -> None:
    """Write the letters of announcements that go out by email; safe to repeat.

    One batch of people, committed on its own; the next one is another task.
    """
    from accounts.actions import announcement_letters

    if announcement_letters.write_announcements():
        transaction.on_commit(write_announcements.delay, robust=True)
