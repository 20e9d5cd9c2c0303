"""The door of the groups app for queue and clock."""

from celery import shared_task
from django.utils import timezone

from portal.tenancy import carrier_scope, on_behalf_of_carrier


@shared_task(
    name="groups.scan_document",
    autoretry_for=(OSError,),
    retry_backoff=True,
    retry_jitter=True,
    max_retries=5,
)
@on_behalf_of_carrier
def scan_document(key: int) -> None:
    """Have the virus scanner look at one document; safe to repeat (what has a verdict is left alone)."""
    from groups.actions import documents

    documents.scan_document(key)


@shared_task(name="groups.escalate_transactions")
def escalate_transactions() -> None:
    """Escalate, once each, what has waited for us for 24 hours; safe to repeat. In batches that commit on their own."""
    from groups.actions import transactions

    now, done = timezone.now(), 1
    while done:
        with carrier_scope():
            done = transactions.escalate_pending(now)


@shared_task(name="groups.scan_waiting_documents")
@on_behalf_of_carrier
def scan_waiting_documents() -> None:
    """Send what still waits for the virus scanner to it again; safe to repeat."""
    from groups.actions import documents

    documents.scan_waiting_documents()


@shared_task(name="groups.lapse_renewals")
def lapse_renewals() -> None:
    """Let renewals lapse that nobody accepted in time; safe to repeat. In batches that commit on their own."""
    from groups.actions import renewals

    today, done = timezone.localdate(), 1
    while done:
        with carrier_scope():
            done = renewals.lapse_renewals(today)
