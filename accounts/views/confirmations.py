"""The confirmation number of a change of access, said with the change."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.activity import SUBMITTED
from groups.access import GroupRequest, Rights
from groups.transaction_history import visible_to
from portal.models import AuditEvent
from portal.request_info import current

RIGHT = "transactions_view"
RECENT = timedelta(hours=1)  # an index finds by time, and no request takes longer


def confirmed(request: GroupRequest, words: str) -> str | SafeString:
    """Return *words* and the number of the change of access that this request has made, as a link.

    To be called right after the change, in its transaction. Whoever may not see transactions, or not this one, gets
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
    number = mine.order_by("pk").values_list("number", flat=True).first()
    if number is None:
        return words
    page = reverse("groups:transaction", args=[request.group.slug, number])
    link = format_html('<a href="{}">{}</a>', page, number)
    return format_html("{} {}", words, format_html(_("Confirmation {}."), link))
