"""The confirmation number of a change of access, said with the change."""

from typing import cast

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.kinds import LABELS_OF_KINDS
from groups.access import GroupRequest, Rights
from groups.transaction_history import visible_to

RIGHT = "transactions_view"


def confirmed(request: GroupRequest, words: str) -> str | SafeString:
    """Return *words* and the number of the last change of access that the person made in the group, as a link.

    To be called right after the change, in its transaction. Whoever may not see transactions gets the words alone.
    """
    if RIGHT not in request.granted:
        return words
    mine = visible_to(Rights(request.granted, request.units), request.group).filter(
        submitted_by=cast("int", request.user.pk), kind__in=list(LABELS_OF_KINDS)
    )
    number = mine.order_by("-submitted_at", "-pk").values_list("number", flat=True).first()
    if number is None:
        return words
    page = reverse("groups:transaction", args=[request.group.slug, number])
    link = format_html('<a href="{}">{}</a>', page, number)
    return format_html("{} {}", words, format_html(_("Confirmation {}."), link))
