"""Taking one person's access to one group away, for a reason."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import sessions
from accounts.actions.delegation import Removal
from accounts.actions.grants import LAST_PRIMARY
from accounts.actions.revocations import revoke_access
from accounts.admin.confirm import Question, ask, require
from accounts.models import Grant
from accounts.staff_roles import REVOKE


def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason and take the access away."""
    require(request, REVOKE)
    grant = get_object_or_404(Grant.objects.select_related("user", "group"), pk=pk)
    page = reverse("admin:accounts_grant_change", args=[pk])
    question = Question(
        title=_("Take away the access of %(person)s") % {"person": grant.person},
        lead=_("%(role)s of %(group)s") % {"role": grant.get_role_display(), "group": grant.group},
        button=_("Take the access away"),
        crumbs=[
            (reverse("admin:accounts_grant_changelist"), _("Access")),
            (page, f"{grant.get_role_display()}, {grant.group.name}"),
        ],
        effects=_effects(grant),
        blocked=_blocked(grant),
    )
    return ask(
        request, question, act=partial(revoke_access, grant), done=_done, version=grant.version
    )


def _blocked(grant: Grant) -> Any:
    if grant.state not in Grant.OPEN:
        return _("This access has ended. There is nothing to take away.")
    if Grant.objects.filter(pk=grant.pk).without_another_primary().exists():
        return LAST_PRIMARY
    return ""


def _effects(grant: Grant) -> list[tuple[str, str]]:
    words = {"person": grant.person, "group": grant.group}
    effects = [("ban", _("%(person)s cannot open %(group)s any more, at once.") % words)]
    if grant.user and (count := sessions.still_open(grant.user, timezone.now()).count()):
        ended = ngettext("%(count)d open session ends.", "%(count)d open sessions end.", count)
        effects.append(("log-out", ended % {"count": count}))
    if grant.state == Grant.State.PENDING:
        effects.append(("key-round", _("The Access Key that waits opens nothing any more.")))
    if children := Grant.objects.open().filter(parent=grant).count():
        kept = ngettext(
            "%(count)d other person keeps the access that this one answers for. Somebody else answers for it.",
            "%(count)d other people keep the access that this one answers for. Somebody else answers for it.",
            children,
        )
        effects.append(("users", kept % {"count": children}))
    told = _("The person and the primary administrators get an email, without your reason.")
    return [*effects, ("mail", told)]


def _done(removal: Removal) -> str:
    count = removal.sessions
    words = ngettext(
        "Taken away. %(count)d session ended.", "Taken away. %(count)d sessions ended.", count
    )
    return words % {"count": count}
