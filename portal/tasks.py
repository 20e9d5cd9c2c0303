"""The frame's door for queue and clock."""

from celery import shared_task


@shared_task(name="portal.deliver_email")
def deliver_email(pk: int) -> None:
    """Send one letter of the outbox; safe to repeat (a letter that left is not sent again)."""
    from portal import mail

    mail.deliver(pk)


@shared_task(name="portal.send_due_emails")
def send_due_emails() -> None:
    """Send what still waits: the broker was down, a worker was killed, the mail server said later."""
    from portal import mail

    mail.deliver_due()


@shared_task(name="portal.tidy_up")
def tidy_up() -> None:
    """Delete throttle windows and sessions that ended, and the secrets of letters that never left."""
    from django.core.management import call_command

    from portal import mail, throttle

    throttle.forget_old()
    mail.forget_secrets_of_failed()
    call_command("clearsessions")
