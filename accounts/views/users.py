"""*Manage user access*: who may do what in a group."""

from typing import Any, cast

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.authority import grant_of
from accounts.book import first_grants
from accounts.forms.users import UserFilterForm
from accounts.models import Agency, Grant, GrantUnit, User
from accounts.models.grants import GrantQuerySet
from accounts.reviews_due import notice_for
from accounts.user_rows import (
    codes_in_words,
    for_rows,
    last_change,
    user_rows,
    visible_grants,
)
from groups.access import GroupRequest, group_view
from groups.models import Subgroup
from portal import htmx
from portal.tenancy import person_scope_among

# A group has a few hundred people at most, ordered in four ways: pages by number, no key for each order.
PAGE = 50
ACCOUNTS = 10


@require_GET
@group_view("users_view")
def manage_users(request: GroupRequest) -> HttpResponse:
    """*Manage user access*: who may do what in this group, and in which groups one has access oneself."""
    person_key = request.viewed_as or request.user.pk or 0
    form = UserFilterForm(request.GET)
    context = {"group": request.group, "form": form, **_list_context(request, form, person_key)}
    if not htmx.asks_for(request, "users-list"):
        context |= _frame_context(request, person_key)
    response = htmx.render(request, "accounts/manage_users.html", context, partials=("users-list",))
    if htmx.asks_for(request, "users-list"):
        response["HX-Push-Url"] = request.path + form.query().removeprefix(".")
    return response


def _list_context(request: GroupRequest, form: UserFilterForm, person_key: int) -> dict[str, Any]:
    """Return the filters, one page of the list, and the words around it."""
    now = timezone.now()
    visible = visible_grants(request.group, request.units, person_key, now)
    chips = form.chips(visible)
    total = next(chip.count for chip in chips if chip.is_current)
    number = _page_number(request.GET.get("page", ""), total)
    start = (number - 1) * PAGE
    found = for_rows(form.apply(visible))[start : start + PAGE]
    giver = None if request.viewed_as else grant_of(request.group, cast("User", request.user))
    return {
        "rows": user_rows(found, giver=giver, person_key=person_key, now=now),
        "chips": chips,
        "sort": form.sort_links(),
        "total": total,
        "chosen": form.chosen(),
        "first": start + 1,
        "last": min(start + PAGE, total),
        "previous_url": form.query(page=str(number - 1)) if number > 1 else "",
        "next_url": form.query(page=str(number + 1)) if start + PAGE < total else "",
        "may_manage": _may_manage(request),
        "is_partial": htmx.asks_for(request, "users-list"),
    }


def _frame_context(request: GroupRequest, person_key: int) -> dict[str, Any]:
    """Return what stands around the list: the last change, the agencies, the person's own groups."""
    visible = visible_grants(request.group, request.units, person_key, timezone.now())
    accounts = _accounts(request, person_key)
    return {
        "last_change": last_change(request.group, None if request.units is None else visible),
        "agencies": list(
            Agency.objects.filter(grants__in=visible).order_by("name").distinct()
            if _may_manage(request)
            else []
        ),
        "accounts": accounts[:ACCOUNTS],
        "more_accounts": len(accounts) > ACCOUNTS,
        "review_notice": notice_for(request),
    }


def _accounts(request: GroupRequest, person_key: int) -> list[dict[str, Any]]:
    """Return the person's grants with their groups; somebody else's other groups are not shown by "View as"."""
    now = timezone.now()
    mine = Grant.objects.in_force(now).filter(user_id=person_key)
    if request.viewed_as is not None:
        return _account_rows(mine)
    # Not in a scope of all groups: PostgreSQL would compare each of thousands with every row (accounts/book.py).
    keys = first_grants(person_key, now=now, limit=ACCOUNTS + 1)
    with person_scope_among(person_key, keys, now=now):
        return _account_rows(mine.filter(pk__in=keys))


def _account_rows(grants: GrantQuerySet) -> list[dict[str, Any]]:
    """Return *grants* in words, in the order of their groups; one statement."""
    units = GrantUnit.objects.filter(grant=OuterRef("pk")).order_by("subgroup__code")
    everything = Subgroup.objects.filter(group=OuterRef("group")).order_by("code")
    found = (
        grants.select_related("group")
        .annotate(
            unit_codes=ArraySubquery(units.values("subgroup__code")),
            all_codes=ArraySubquery(everything.values("code")),
        )
        .order_by(Lower("group__name"), "pk")
    )
    regions = dict(settings.REGIONS)
    return [
        {
            "grant": grant,
            "units": _units_of(grant),
            "region": regions.get(grant.group.region, grant.group.region),
        }
        for grant in found
    ]


def _units_of(grant: Any) -> str:
    """Return the billing units of a *grant* that comes with the codes of its own and of all of its group."""
    return codes_in_words(None if grant.all_units else grant.unit_codes, grant.all_codes)


def _may_manage(request: GroupRequest) -> bool:
    return "users_manage" in request.granted and request.viewed_as is None


def _page_number(asked: str, total: int) -> int:
    """Return the page that was *asked* for, or the nearest there is."""
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    return max(1, min(wanted, -(-total // PAGE)))
