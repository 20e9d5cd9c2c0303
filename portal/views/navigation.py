"""What stands in the navigation: built at the door, where every app is known."""

from functools import cache, partial
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, HandOver, User
from accounts.own_access import OwnAccess, own_access
from accounts.user_rows import visible_grants
from groups.models import EmployerGroup
from portal.views.staff_navigation import staff_navigation

# what every page leads to, whoever looks: the name in templates, and that of the view
LINKS = {
    "home": "home", "tour": "tour", "help": "help", "region": "region", "report_issue": "messaging:report_issue",
    "privacy": "privacy", "terms": "terms", "accessibility": "accessibility", "language_help": "language_help",
    "cookies": "cookies", "landing": "accounts:landing", "switcher": "accounts:switcher", "profile": "accounts:profile",
    "security": "mfa_index", "seal": "accounts:edit_seal", "devices": "usersessions_list",
    "redeem": "accounts:redeem_code", "extend": "accounts:extend_session", "sign_out": "account_logout",
    "staff": "admin:index",
}  # fmt: skip
# view name, words, icon, right needed; in the order of the page
GROUP_PAGES = [
    ("group_home", _("Home"), "home", "group_view"),
    ("groups:transactions", _("Transactions"), "arrow-left-right", "transactions_view"),
    ("groups:plans", _("Plans and rates"), "file-text", "plans_view"),
    ("groups:documents", _("Documents"), "file-check", "documents_view"),
    ("groups:renewals", _("Renewals"), "refresh-cw", "renewal_view"),
    ("groups:overview", _("Group details"), "building-2", "group_view"),
    ("accounts:manage_users", _("Manage user access"), "user-cog", "users_view"),
    ("accounts:activity", _("Activity"), "history", "audit_view"),
]
# pages for people who hold the right for every billing unit only
WHOLE_GROUP = {"groups:renewals", "accounts:activity"}
# pages below a page of the navigation, which keep it marked
CHILDREN: dict[str, tuple[str, ...]] = {
    "groups:plans": ("groups:plan",),
    "group_home": ("groups:announcements", "groups:announcement", "accounts:account_settings"),
    "groups:overview": (
        "groups:unit", "groups:contact", "groups:add_contact", "groups:add_unit_contact", "groups:remove_contact",
        "groups:address", "groups:unit_address", "groups:drop_address", "groups:submitted",
    ),
    "groups:transactions": ("groups:transaction", "groups:cancel_transaction"),
    "groups:renewals": ("groups:renewal", "groups:accept_renewal", "groups:ask_renewal"),
    "groups:documents": ("groups:upload_document",),
    "accounts:manage_users": (
        "accounts:add_user", "accounts:add_user_access", "accounts:add_user_review", "accounts:change_access",
        "accounts:change_access_review",
        "accounts:colleague", "accounts:remove_user", "accounts:deactivate_user", "accounts:reset_password",
        "accounts:edit_colleague", "accounts:offer_hand_over", "accounts:access_review", "accounts:review_results",
        "accounts:authorize_broker", "accounts:authorize_broker_access", "accounts:authorize_broker_review",
        "accounts:remove_agency",
    ),
}  # fmt: skip


def context(request: HttpRequest) -> dict[str, object]:
    """Give templates the fixed links, the navigation of the group in the URL, the other groups, and the staff's own."""
    group = getattr(request, "group", None)
    shared: dict[str, object] = {
        "links": _links(get_script_prefix()),
        "staff_navigation": staff_navigation(request),
    }
    return shared if group is None else {**shared, **_of_group(request, group)}


@cache
def _links(_prefix: str) -> dict[str, str]:
    """Return the addresses of LINKS; they stay as long as the portal stands below the same *_prefix*."""
    return {name: reverse(view) for name, view in LINKS.items()}


def _of_group(request: HttpRequest, group: EmployerGroup) -> dict[str, Any]:
    """Return the pages the person may open, their role, and whether there are groups to switch to; one statement."""
    granted: frozenset[str] = request.granted  # type: ignore[attr-defined]
    is_whole: bool = request.units is None  # type: ignore[attr-defined]
    here = request.resolver_match.view_name if request.resolver_match else ""
    mine = own_access(request.user.pk or 0, group.pk, timezone.now())
    return {
        "navigation": [
            {
                "url": reverse(name, args=[group.slug]),
                "label": label,
                "icon": icon,
                "current": here == name or here in CHILDREN.get(name, ()),
            }
            for name, label, icon, right in GROUP_PAGES
            if right in granted and (is_whole or name not in WHOLE_GROUP)
        ],
        "has_other_groups": mine.has_other_groups if mine else False,
        "role_label": _role_label(request, mine),
        "emergency": _emergency(mine),
        "viewed_person": _viewed_person(request),
        # Called by the pages that show it, and by no other
        "hand_over_offer": cache(partial(_hand_over_offer, request, group)),
        "agencies_with_access": cache(partial(_agencies_with_access, request, group)),
    }


def _role_label(request: HttpRequest, mine: OwnAccess | None) -> str:
    """Return the person's role; nothing while they see the group as somebody else, whose rights count then."""
    if mine is None or getattr(request, "viewed_as", None):
        return ""
    return mine.role_label


def _emergency(mine: OwnAccess | None) -> dict[str, Any] | None:
    """Return what the bar of emergency access says, while the person works under one."""
    if mine is None or not mine.is_emergency:
        return None
    return {"grant": mine.grant, "until": mine.ends_at}


def _viewed_person(request: HttpRequest) -> str:
    """Return the name of the person as whom the group is shown, if it is; one statement then."""
    key: int | None = getattr(request, "viewed_as", None)
    return str(User.objects.filter(pk=key).first() or "") if key else ""


def _hand_over_offer(request: HttpRequest, group: EmployerGroup) -> HandOver | None:
    """Return the open offer of the primary role that the person made or got in *group*; one statement."""
    if getattr(request, "viewed_as", None):
        return None
    offers = HandOver.objects.open_at(timezone.now()).between(request.user)
    return offers.filter(group=group).first()


def _agencies_with_access(request: HttpRequest, group: EmployerGroup) -> list[Agency]:
    """Return the agencies whose brokers have access to *group*, as far as the person may know; one statement."""
    if "users_view" not in request.granted:  # type: ignore[attr-defined]
        return []
    now, person = timezone.now(), getattr(request, "viewed_as", None) or request.user.pk or 0
    seen = visible_grants(group, request.units, person, now).in_force(now)  # type: ignore[attr-defined]
    return list(Agency.objects.filter(grants__in=seen).order_by("name").distinct())
