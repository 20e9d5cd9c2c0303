"""The confirmation numbers of changes of access, said with the changes."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.activity import SUBMITTED
from groups.access import GroupRequest, Rights
from groups.transaction_history import visible_to
from portal.models import AuditEvent
from portal.request_info import current

RIGHT = "transactions_view"
MOST = 5  # numbers in one message; all of them stand among the transactions
RECENT = timedelta(hours=1)  # an index finds by time, and no request takes longer


def confirmed(request: GroupRequest, words: str) -> str | SafeString:
    """Return *words* and the numbers of the changes of access that this request has made, as links; MOST at most.

    To be called right after the changes, in their transaction. Whoever may not see transactions, or not these, gets
    the words alone.
    """
    if RIGHT not in request.granted:
        return words
    made = AuditEvent.objects.filter(
        kind=SUBMITTED,
        group_key=request.group.pk,
        at__gte=timezone.now() - RECENT,
        request_id=current.get().request_id,
    )
    mine = visible_to(Rights(request.granted, request.units), request.group).filter(
        number__in=made.order_by().values("target_label")
    )
    numbers = list(mine.order_by("pk").values_list("number", flat=True)[:MOST])
    if not numbers:
        return words
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((reverse("groups:transaction", args=[request.group.slug, one]), one) for one in numbers),
    )
    return format_html("{} {}", words, format_html(_("Confirmation {}."), links))
