"""Announcements on the staff side: written, looked at, published, taken back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from groups.actions import announcements as actions
from groups.forms.announcements import AnnouncementForm
from groups.forms.transactions import VersionForm
from groups.models import Announcement, EmployerGroup
from portal.staff import ReadOnlyAdmin
from portal.templatetags.portal_ui import status

ADD, CHANGE = "groups.add_announcement", "groups.change_announcement"
PAGE, LIST = "admin:groups_announcement_change", "admin:groups_announcement_changelist"
SAMPLE = 10  # groups named in the preview; the others are counted


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin):
    """What the carrier tells its groups, drafts included."""

    heading = gettext_lazy("Announcements")
    list_display = ("title", "state_shown", "starts_on", "ends_on", "email_shown")
    search_fields = ("title",)
    search_help_text = gettext_lazy("Title")
    ordering = ("-starts_on", "-pk")
    change_list_template = "admin/groups/announcement/change_list.html"
    change_form_template = "admin/groups/announcement/change_form.html"
    fieldsets = (
        (None, {"fields": ("state_shown", "starts_on", "ends_on", "email_shown")}),
        (
            gettext_lazy("For these groups"),
            {"fields": ("markets_shown", "regions_shown", "statuses_shown", "ids_shown")},
        ),
    )

    @admin.display(description=gettext_lazy("State"), ordering="published_at")
    def state_shown(self, row: Announcement) -> SafeString:
        """Return where it stands today."""
        today = timezone.localdate()
        if row.published_at is None:
            return status("waived", _("Draft"))
        if row.ends_on and row.ends_on < today:
            return status("ended", _("Over"))
        return (
            status("progress", _("From its first day"))
            if row.starts_on > today
            else status("active", _("Shown"))
        )

    @admin.display(description=gettext_lazy("By email"))
    def email_shown(self, row: Announcement) -> str:
        """Return how far the letters have got."""
        if not row.by_email:
            return _("No")
        if row.mailed_at:
            return _("Yes, all written")
        return _("Yes, being written") if row.mailed_to else _("Yes, not yet written")

    @admin.display(description=gettext_lazy("Markets"))
    def markets_shown(self, row: Announcement) -> str:
        """Return the markets in words."""
        return _in_words(row.markets, dict(EmployerGroup.Market.choices))

    @admin.display(description=gettext_lazy("Regions"))
    def regions_shown(self, row: Announcement) -> str:
        """Return the regions in words."""
        return _in_words(row.regions, dict(settings.REGIONS))

    @admin.display(description=gettext_lazy("Group IDs"))
    def ids_shown(self, row: Announcement) -> str:
        """Return the IDs of the groups it is only for."""
        return _in_words(row.group_ids, {})

    @admin.display(description=gettext_lazy("Status of the group"))
    def statuses_shown(self, row: Announcement) -> str:
        """Return the states in words."""
        return _in_words(row.statuses, dict(EmployerGroup.Status.choices))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change something."""
        own: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
            ("add/", "add", write),
            ("<int:pk>/edit/", "edit", rewrite),
            ("<int:pk>/publish/", "publish", publish),
            ("<int:pk>/take-back/", "take_back", take_back),
        )
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"groups_announcement_{word}")
                for route, word, view in own
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list whether to offer the button."""
        context = {"may_add": request.user.has_perm(ADD), **(extra_context or {})}
        return super().changelist_view(request, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the text as employers read it, and which groups it reaches."""
        row: Announcement | None = context.get("original")
        if row is not None:
            reached = row.reached().order_by("name", "group_id")
            context["reached"] = reached.count()
            context["sample"] = list(reached[:SAMPLE])
            context["may_change"] = request.user.has_perm(CHANGE)
            context["is_over"] = bool(row.ends_on and row.ends_on < timezone.localdate())
        return super().render_change_form(request, context, *args, **kwargs)


def write(request: HttpRequest) -> HttpResponse:
    """Write a new announcement; its page then shows whom it reaches, and asks whether to publish it."""
    _require(request, ADD)
    form = AnnouncementForm(request.POST or None, initial={"starts_on": timezone.localdate()})
    return _form_page(request, form, actions.draft, _("Write an announcement"), reverse(LIST))


def rewrite(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    _require(request, CHANGE)
    row = get_object_or_404(Announcement, pk=pk)
    values = {name: getattr(row, name) for name in actions.FIELDS}
    values |= {"group_ids": ", ".join(row.group_ids), "version": row.version}
    form = AnnouncementForm(request.POST or None, initial=values)
    back = reverse(PAGE, args=[pk])

    def redraft(typed: dict[str, Any], *, by: Any) -> Announcement:
        return actions.redraft(row, typed, version=typed["version"], by=by)

    return _form_page(request, form, redraft, _("Change the draft"), back)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft as its page showed it."""
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    return _act(request, pk, partial(actions.publish, version=version), _("Published."))


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an announcement back."""
    words = _("Taken back. It is a draft again; nobody sees it.")
    return _act(request, pk, actions.take_back, words)


def _act(
    request: HttpRequest, pk: int, act: Callable[..., Announcement], words: str
) -> HttpResponse:
    _require(request, CHANGE)
    row = get_object_or_404(Announcement, pk=pk)
    try:
        act(row, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, words)
    return redirect(PAGE, pk)


def _form_page(
    request: HttpRequest,
    form: AnnouncementForm,
    act: Callable[..., Announcement],
    title: str,
    back: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            row = act(form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved as a draft. Nobody sees it yet."))
            return redirect(PAGE, row.pk)
    context = {"form": form, "title": title, "back": back}
    return render(request, "admin/groups/announcement/form.html", context)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _in_words(values: list[str], words: dict[str, Any]) -> str:
    return ", ".join(str(words.get(value, value)) for value in values) or _("All")
