"""The door of the accounts app for queue and clock."""

from celery import shared_task


@shared_task(name="accounts.expire_access_codes")
def expire_access_codes() -> None:
    """Mark access codes whose days are over, and close requests nobody used; safe to repeat."""
    from accounts.actions import codes, review

    codes.expire_codes()
    review.close_unused_requests()


@shared_task(name="accounts.remind_of_expiring_codes")
def remind_of_expiring_codes() -> None:
    """Remind, once each, of access codes that end soon; safe to repeat."""
    from accounts.actions import codes

    codes.remind_of_expiring_codes()


@shared_task(name="accounts.escalate_overdue_requests")
def escalate_overdue_requests() -> None:
    """Escalate, once each, requests whose promise has passed; safe to repeat."""
    from accounts.actions import review

    review.escalate_overdue_requests()
