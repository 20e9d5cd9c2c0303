"""The quarterly access reviews as staff see them: which are late, which are done. Nobody decides here."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccessReview, AccessReviewItem, Grant
from accounts.review_list import Decision, last_day_of
from accounts.roles import EMERGENCY
from portal.staff import ReadOnlyAdmin, home_section
from portal.templatetags.portal_ui import status

ON_HOME = 5


class ReviewStateFilter(admin.SimpleListFilter):
    """State by the clock."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every state."""
        return [
            ("overdue", gettext_lazy("Late")),
            ("open", gettext_lazy("Open, in time")),
            ("done", gettext_lazy("Done")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AccessReview]
    ) -> QuerySet[AccessReview]:
        """Return reviews in the chosen state at this moment."""
        now = timezone.now()
        chosen = {
            "overdue": Q(completed_at__isnull=True, due_at__lte=now),
            "open": Q(completed_at__isnull=True, due_at__gt=now),
            "done": Q(completed_at__isnull=False),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


@admin.register(AccessReview)
class AccessReviewAdmin(ReadOnlyAdmin):
    """Which groups looked through who has access."""

    heading = gettext_lazy("Access reviews")
    empty_text = gettext_lazy("A review opens once a quarter for each group with several users.")
    list_display = ("group", "quarter", "state_shown", "due", "progress", "completed_by")
    list_filter = (ReviewStateFilter,)
    search_fields = ("group__group_id__istartswith", "group__name", "quarter__exact")
    search_help_text = gettext_lazy("Group ID, group name or quarter, such as 2026-Q4")
    list_select_related = ("group", "completed_by")
    ordering = ("-due_at", "group__name", "pk")
    fields = (
        "group", "quarter", "state_shown", "opened_at", "due", "progress", "reminders", "reminded_at",
        "completed_at", "completed_by", "answers",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessReview]:
        """Count answers and people beside each review."""
        return counted(super().get_queryset(request))

    def title_of(self, row: AccessReview) -> str:
        """Return quarter and group."""
        return f"{row.quarter}, {row.group.name}"

    @admin.display(description=gettext_lazy("State"))
    def state_shown(self, review: AccessReview) -> SafeString:
        """Return the state at this moment as shape and word."""
        return state_of(review)

    @admin.display(description=gettext_lazy("Due"), ordering="due_at")
    def due(self, review: AccessReview) -> str:
        """Return the last day."""
        return date_format(last_day_of(review), "M j, Y")

    @admin.display(description=gettext_lazy("Progress"))
    def progress(self, review: AccessReview) -> str:
        """Return how many are answered; of a review that is done, what was decided."""
        return progress_of(review)

    @admin.display(description=gettext_lazy("Decisions"))
    def answers(self, review: AccessReview) -> str:
        """Return each decision, a line each, with what the person had and who decided."""
        items = review.items.select_related("grant__group", "grant__user", "decided_by")
        lines = (
            _("%(person)s: %(decision)s (%(held)s). Decided by %(name)s.")
            % {
                "person": item.grant.person,
                "decision": item.get_decision_display(),
                "held": item.held,
                "name": item.decided_by,
            }
            for item in items
        )
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


def counted(reviews: QuerySet[AccessReview]) -> QuerySet[AccessReview]:
    """Return *reviews* with ``kept``, ``removed`` and ``people``: how many have access beside the one who confirms."""
    items = AccessReviewItem.objects.filter(review=OuterRef("pk"))
    people = Grant.objects.open().filter(group=OuterRef("group")).exclude(role=EMERGENCY.key)
    return reviews.annotate(
        kept=_number(items.filter(decision=Decision.KEEP), "review"),
        removed=_number(items.filter(decision=Decision.REMOVE), "review"),
        people=_number(people, "group") - 1,
    )


def _number(rows: QuerySet[Any], of: str) -> Coalesce:
    """Return how many *rows* belong to the same *of*; a subquery, which a count of the list leaves out."""
    counted: QuerySet[Any] = rows.order_by().values(of).annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def state_of(review: AccessReview) -> SafeString:
    """Return the state of a review at this moment as shape and word."""
    if review.completed_at:
        return status("done", _("Done"))
    if review.due_at <= timezone.now():
        return status("late", _("Late"))
    return status("progress", _("Open"))


def progress_of(review: Any) -> str:
    """Return the progress of a ``counted`` review: "3 of 5", or "4 kept, 1 removed" when it is done."""
    if review.completed_at:
        return str(_("%(kept)d kept, %(removed)d removed") % vars(review))
    answered = review.kept + review.removed
    total = max(review.people, review.kept) + review.removed
    return str(_("%(answered)d of %(total)d") % {"answered": answered, "total": total})


@home_section(30)
def late_reviews(request: HttpRequest) -> dict[str, Any] | None:
    """Put reviews that are late on the staff home, the oldest first; nothing while none is."""
    if not request.user.has_perm("accounts.view_accessreview"):
        return None
    late = AccessReview.objects.overdue_at(timezone.now())
    found = counted(late).select_related("group").order_by("due_at", "group__name")[:ON_HOME]
    rows = [
        {
            "review": review,
            "days": (timezone.localdate() - last_day_of(review)).days,
            "last_day": last_day_of(review),
            "progress": progress_of(review),
        }
        for review in found
    ]
    if not rows:
        return None
    return {"template": "admin/accounts/_late_reviews.html", "rows": rows, "count": late.count()}
