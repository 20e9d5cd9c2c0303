"""The frame's tables on the staff side: the audit trail and the outbox, to look at."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import mail
from portal.models import AuditEvent, OutboundEmail
from portal.staff import ReadOnlyAdmin, describe_events, event_words, home_section, in_words
from portal.templatetags.portal_ui import status

MOST_AT_ONCE = 500
SEND_AGAIN = "portal.change_outboundemail"
SHAPES = {
    OutboundEmail.State.QUEUED: "progress",
    OutboundEmail.State.SENT: "done",
    OutboundEmail.State.FAILED: "late",
    OutboundEmail.State.GIVEN_UP: "late",
}


describe_events({"portal.email_requeued": gettext_lazy("sent an email again")})


class KindFilter(admin.SimpleListFilter):
    """Events of one kind, by the words of the history; a list from the code, not a walk through the table."""

    title = gettext_lazy("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every kind that has words."""
        return sorted(
            ((kind, str(capfirst(str(words)))) for kind, words in event_words().items()),
            key=lambda pair: pair[1],
        )

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        """Return the events of the chosen kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class TargetFilter(admin.SimpleListFilter):
    """Events about one kind of thing."""

    title = gettext_lazy("about")
    parameter_name = "target_type"
    choices_offered = (
        ("accounts.registrationrequest", gettext_lazy("Requests")),
        ("accounts.user", gettext_lazy("People")),
        ("accounts.grant", gettext_lazy("Grants")),
        ("accounts.accesscode", gettext_lazy("Access Keys")),
        ("accounts.agency", gettext_lazy("Agencies")),
        ("accounts.accessimport", gettext_lazy("Imports")),
        ("messaging.issuereport", gettext_lazy("Issue reports")),
        ("portal.outboundemail", gettext_lazy("Emails")),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the things that events speak of."""
        return list(self.choices_offered)

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        """Return the events about the chosen kind of thing."""
        return queryset.filter(target_type=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what, kept for good."""

    heading = gettext_lazy("Audit trail")
    list_display = ("at", "who", "what", "about")
    list_filter = (KindFilter, TargetFilter, "at")
    search_fields = ("target_label__istartswith", "actor_label__istartswith", "request_id__exact")
    search_help_text = gettext_lazy("Person, number or request id")
    ordering = ("-at", "-pk")
    fields = (
        "at", "who", "what", "kind", "about", "target_type", "changes_listed", "note", "request_id",
        "ip_address", "user_agent",
    )  # fmt: skip

    def title_of(self, row: AuditEvent) -> str:
        """Return who did what."""
        return f"{self.who(row)} {self.what(row)}"

    @admin.display(description=gettext_lazy("Who"), ordering="actor_label")
    def who(self, event: AuditEvent) -> str:
        """Return the name at that time; nobody is the applicant or the clock."""
        return event.actor_label or _("Nobody signed in")

    @admin.display(description=gettext_lazy("What"), ordering="kind")
    def what(self, event: AuditEvent) -> str:
        """Return the event in words."""
        return str(in_words(event.kind))

    @admin.display(description=gettext_lazy("About"), ordering="target_label")
    def about(self, event: AuditEvent) -> str:
        """Return what the row was called at that time."""
        return event.target_label

    @admin.display(description=gettext_lazy("Changes"))
    def changes_listed(self, event: AuditEvent) -> str:
        """Return each changed field with its value before and after."""
        return "; ".join(
            _("%(field)s: %(old)s, now %(new)s") % {"field": field, "old": old, "new": new}
            for field, (old, new) in event.changes.items()
        )


@admin.register(OutboundEmail)
class OutboundEmailAdmin(ReadOnlyAdmin):
    """Letters in the outbox: their state, never what is sealed in them."""

    heading = gettext_lazy("Email")
    list_display = (
        "created_at",
        "template",
        "to",
        "state_shown",
        "attempts",
        "last_error",
        "sent_at",
    )
    list_filter = ("state", "created_at")
    search_fields = ("to__istartswith", "key__istartswith", "template__istartswith")
    search_help_text = gettext_lazy("Address, key or template")
    ordering = ("-created_at", "-pk")
    change_list_template = "admin/portal/outboundemail/change_list.html"
    change_form_template = "admin/portal/outboundemail/change_form.html"
    fields = (
        "template", "to", "state_shown", "attempts", "last_error", "next_attempt_at", "created_at", "sent_at",
        "key", "has_secret",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboundEmail]:
        """Leave what letters carry in the database."""
        letters: QuerySet[OutboundEmail] = super().get_queryset(request)
        return letters.defer("context")

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def state_shown(self, email: OutboundEmail) -> SafeString:
        """Return the state as shape and word."""
        state = OutboundEmail.State(email.state)
        return status(SHAPES[state], state.label)

    @admin.display(description=gettext_lazy("Encrypted part"))
    def has_secret(self, email: OutboundEmail) -> str:
        """Tell whether something waits encrypted; what it is, nobody sees."""
        return _("Yes, erased with the sending") if email.sealed else _("None")

    def get_urls(self) -> list[URLPattern]:
        """Add the two actions to Django's pages."""
        one, everything = (
            self.admin_site.admin_view(view) for view in (self._send_one, self._send_all)
        )
        name = "portal_outboundemail_send"
        return [
            path("send-again/", everything, name=f"{name}_all_again"),
            path("<int:pk>/send-again/", one, name=f"{name}_again"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list whether to offer the button."""
        failed = OutboundEmail.objects.filter(state=OutboundEmail.State.FAILED)
        may = request.user.has_perm(SEND_AGAIN) and failed.exists()
        return super().changelist_view(request, {"may_send_all": may, **(extra_context or {})})

    def _send_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        email = get_object_or_404(OutboundEmail, pk=pk)
        return self._send_again(
            request, OutboundEmail.objects.filter(pk=email.pk), "change", email.pk
        )

    def _send_all(self, request: HttpRequest) -> HttpResponse:
        return self._send_again(request, OutboundEmail.objects.all(), "changelist")

    def _send_again(
        self, request: HttpRequest, emails: QuerySet[OutboundEmail], page: str, *args: int
    ) -> HttpResponse:
        """Let those of *emails* that failed be sent again, say how many, and go to *page*."""
        if not request.user.has_perm(SEND_AGAIN):
            raise PermissionDenied
        if request.method == "POST":
            failed = emails.filter(state=OutboundEmail.State.FAILED)[:MOST_AT_ONCE]
            count = sum(mail.requeue(email, by=request.user) for email in failed)  # type: ignore[arg-type]
            words = ngettext(
                "%(count)d email is sent again within a minute.",
                "%(count)d emails are sent again within a minute.",
                count,
            )
            nothing = _("No failed email here. Nothing was sent again.")
            level = messages.SUCCESS if count else messages.WARNING
            messages.add_message(request, level, words % {"count": count} if count else nothing)
        return redirect(f"admin:portal_outboundemail_{page}", *args)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Tell the page whether to offer the button."""
        email: OutboundEmail | None = context.get("original")
        failed = email is not None and email.state == OutboundEmail.State.FAILED
        context["may_send_again"] = failed and request.user.has_perm(SEND_AGAIN)
        return super().render_change_form(request, context, *args, **kwargs)


@home_section(20)
def mail_section(request: HttpRequest) -> dict[str, Any] | None:
    """Put letters that failed on the staff home."""
    if not request.user.has_perm("portal.view_outboundemail"):
        return None
    failed = OutboundEmail.objects.filter(state=OutboundEmail.State.FAILED)
    return {"template": "admin/portal/_home.html", "failed": failed.count()}
