"""The first wall of tenancy: who may open a page of a group. Only reads guardian's lines.

404 to those who may not know of the group, 403 to those who may but lack the right.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, NoReturn, ParamSpec

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.atoms import LABELS
from groups.models import EmployerGroup, Subgroup
from portal import audit
from portal.tenancy import carrier_scope, person_scope
from portal.throttle import TooManyRequestsError

P = ParamSpec("P")
VIEW_AS = "view_as"  # in the session: {group slug: key of the person whose view is shown}
SAFE = {"GET", "HEAD", "OPTIONS"}


class MissingRightError(PermissionDenied):
    """The person may open the group, but lacks the right *codename* in it."""

    def __init__(self, codename: str) -> None:
        super().__init__(
            _("Your access does not include this: %(right)s.") % {"right": LABELS[codename]}
        )
        self.codename = codename


class NoRightGivesItError(PermissionDenied):
    """What was asked for is nobody's at the group, so that no administrator can give it; says what to do instead."""


class ReadOnlyGroupError(NoRightGivesItError):
    """The group has ended: its people look and change nothing more."""

    def __init__(self) -> None:
        super().__init__(_("This group has ended. You can look at everything, and change nothing."))


class _ViewEndedError(Exception):
    """The person no longer sees the group as another; written down, and to be entered anew as themselves."""


# django-guardian's lines, as it would read them itself: by hand, for every page of a group asks, and to build the
# statement anew takes longer than to answer it.
_RIGHTS = """
SELECT p.codename, line.unit
FROM (
    SELECT permission_id, grant_id, NULL AS unit FROM accounts_grouppermissionline
    WHERE content_object_id = %(group)s AND user_id = %(user)s
    UNION ALL
    SELECT permission_id, grant_id, content_object_id FROM accounts_subgrouppermissionline
    WHERE group_id = %(group)s AND user_id = %(user)s
) AS line
JOIN accounts_grant AS g ON g.id = line.grant_id
JOIN auth_permission AS p ON p.id = line.permission_id
WHERE g.ends_at IS NULL OR g.ends_at > %(now)s
"""

_INSIDE = """
SELECT DISTINCT line.user_id, line.group_id
FROM (
    SELECT user_id, content_object_id AS group_id, grant_id FROM accounts_grouppermissionline
    WHERE user_id = ANY (%(people)s::bigint[])
    UNION ALL
    SELECT user_id, group_id, grant_id FROM accounts_subgrouppermissionline
    WHERE user_id = ANY (%(people)s::bigint[])
) AS line
JOIN unnest(%(people)s::bigint[], %(groups)s::bigint[]) AS asked (person, its_group)
    ON asked.person = line.user_id AND asked.its_group = line.group_id
JOIN accounts_grant AS g ON g.id = line.grant_id
WHERE g.ends_at IS NULL OR g.ends_at > %(now)s
"""


@dataclass(frozen=True)
class Rights:
    """What somebody may do in a group: codenames, and the billing units they hold for (None: every unit)."""

    atoms: frozenset[str] = frozenset()
    units: frozenset[int] | None = None

    def covers(self, other: "Rights") -> bool:
        """Tell whether *other* is no more than these, in atoms and in billing units."""
        if not other.atoms <= self.atoms:
            return False
        return self.units is None or (other.units is not None and other.units <= self.units)


class GroupRequest(HttpRequest):
    """A request inside a group: the tenant of the URL and the rights its person holds there.

    ``units`` are the ids of the billing units the rights are limited to, None when the whole group is open.
    ``viewed_as`` is the key of the person whose view is shown, None where one sees with one's own eyes.
    """

    group: EmployerGroup
    granted: frozenset[str]
    units: frozenset[int] | None
    viewed_as: int | None


def rights_of(user: AbstractBaseUser | AnonymousUser, group: EmployerGroup) -> Rights:
    """Return what *user* may do in *group*; one statement, asked on every request, kept nowhere.

    Reads the lines on the group and on its billing units, of grants that have not ended.
    """
    if not user.is_authenticated or not user.is_active:
        return Rights()
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, {"user": user.pk, "group": group.pk, "now": timezone.now()})
        found = cursor.fetchall()
    units = frozenset(unit for _codename, unit in found if unit is not None)
    return Rights(frozenset(codename for codename, _unit in found), units or None)


def still_inside(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which of *pairs*, person and group by their ids, hold any right there; one statement."""
    with connection.cursor() as cursor:
        people, groups = [person for person, _group in pairs], [group for _person, group in pairs]
        values: dict[str, Any] = {"people": people, "groups": groups, "now": timezone.now()}
        cursor.execute(_INSIDE, values)
        return {(person, group) for person, group in cursor.fetchall()}


def granted_to(user: AbstractBaseUser | AnonymousUser, group: EmployerGroup) -> frozenset[str]:
    """Return the codenames *user* holds on *group* or any of its billing units."""
    return rights_of(user, group).atoms


def open_units(request: GroupRequest) -> QuerySet[Subgroup]:
    """Return the billing units of the group of *request* that its person holds rights for, by code."""
    units = Subgroup.objects.filter(group=request.group).order_by("code")
    return units if request.units is None else units.filter(pk__in=request.units)


def group_view(
    permission: str,
    *,
    also: str = "",
    while_viewing_as: bool = False,
    whole_group: bool = False,
    export: bool = False,
    after_end: bool = False,
) -> Callable[[Callable[Concatenate[GroupRequest, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Open a view below ``/g/<group_slug>/`` to people who hold *permission* there, and *also* that one if given.

    The view gets ``request.group``, ``request.granted`` and ``request.units`` instead of the slug, and runs in one
    transaction in which PostgreSQL shows the rows of this group alone. With *whole_group* the right must hold for
    every billing unit. Somebody who views the group as another person sees what both may see and changes nothing,
    save by views that allow it *while_viewing_as* (the way out). An *export* sends a file, which would outlive the
    view as another person: it is for one's own eyes alone. A terminated group can only be read, save by views that
    also work *after_end*: what is one's own affair, and taking access away.
    """

    def decorate(
        view: Callable[Concatenate[GroupRequest, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(
            request: GroupRequest, group_slug: str, *args: Any, **kwargs: Any
        ) -> HttpResponse:
            hasty: TooManyRequestsError | None = None
            with person_scope(request.user.pk or 0, address=group_slug):
                try:
                    _enter(request, group_slug)
                    _require_own_eyes(request, export=export, way_out=while_viewing_as)
                    for right in filter(None, (permission, also)):
                        _require(request, right, whole_group=whole_group, way_out=while_viewing_as)
                    _require_open(request, after_end=after_end or while_viewing_as)
                    if request.viewed_as is None:
                        return view(request, *args, **kwargs)
                    with person_scope(request.viewed_as, address=group_slug):
                        return view(request, *args, **kwargs)
                except TooManyRequestsError as error:  # what was counted must not be rolled back
                    hasty = error
                except _ViewEndedError:  # nor its record by what the page answers
                    pass
            if hasty:
                raise hasty
            return inner(request, group_slug, *args, **kwargs)

        inner.group_permission = permission  # type: ignore[attr-defined]  # read by tests/guards
        inner.also_needed = also  # type: ignore[attr-defined]
        inner.whole_group = whole_group  # type: ignore[attr-defined]
        return inner

    return decorate


def across_groups(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Run a view of a signed-in person in a transaction in which PostgreSQL shows the rows of all their groups."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with person_scope(request.user.pk or 0):
            return view(request, *args, **kwargs)

    inner.on_behalf_of = "person"  # type: ignore[attr-defined]  # read by tests/guards
    return inner


def _enter(request: GroupRequest, slug: str) -> None:
    """Set the tenant and the rights of *request*; raises Http404 for a group that is none of the person's.

    Raises _ViewEndedError after ending a view that is no longer allowed; the next entrance finds none.
    """
    group = EmployerGroup.objects.filter(slug=slug).first()
    rights = rights_of(request.user, group) if group else Rights()
    viewed = request.session.get(VIEW_AS, {})
    if group is None or not rights.atoms:
        if slug in viewed:  # it must not come back by itself with later access
            _end_view(request, slug)
        raise Http404
    request.viewed_as = viewed.get(slug)
    request.group, request.granted, request.units = group, rights.atoms, rights.units
    if request.viewed_as is not None:
        _see_as_another(request, rights)


def _see_as_another(request: GroupRequest, own: Rights) -> None:
    """Show what the other person may see, as long as that is no more than one's own.

    PostgreSQL shows the rows of the other then, so a wider other would open more than one holds. A change of either
    access ends the view with the next page; whatever is sent meanwhile is still refused. Raises _ViewEndedError.
    """
    other = get_user_model().objects.filter(pk=request.viewed_as).first()
    theirs = rights_of(other, request.group) if other else Rights()
    request.granted = own.atoms & theirs.atoms
    request.units = theirs.units
    may_look = "users_manage" in own.atoms and theirs.atoms and own.covers(theirs)
    if may_look or request.method not in SAFE:
        return
    messages.info(request, _("You see this as yourself again: somebody’s access has changed."))
    _end_view(request, request.group.slug)


def _end_view(request: GroupRequest, slug: str) -> NoReturn:
    """Forget whose view of a group is shown, and write it down; raises _ViewEndedError."""
    request.session[VIEW_AS].pop(slug)
    request.session.modified = True
    with (
        carrier_scope()
    ):  # whoever has lost the group cannot see it any more, and began to while they could
        group = EmployerGroup.objects.filter(slug=slug).first()
    if group:
        audit.record(
            "accounts.viewed_as_ended",
            by=request.user,  # type: ignore[arg-type]  # a visitor views as nobody, and is not here
            target=group,
            group_id=group.pk,
        )
    raise _ViewEndedError


def _require_own_eyes(request: GroupRequest, *, export: bool, way_out: bool) -> None:
    """Raise PermissionDenied when somebody who sees the group as another person would change or export something."""
    if request.viewed_as is None or way_out:
        return
    if request.method not in SAFE:
        raise PermissionDenied(
            _("You see this as another person. Nothing can be changed meanwhile.")
        )
    if export:
        raise PermissionDenied(
            _("You see this as another person. Nothing can be exported meanwhile.")
        )


def _require_open(request: GroupRequest, *, after_end: bool) -> None:
    """Raise ReadOnlyGroupError when something would be changed in a terminated group. Source: docs/domain.md."""
    if request.group.is_read_only and request.method not in SAFE and not after_end:
        raise ReadOnlyGroupError


def _require(request: GroupRequest, permission: str, *, whole_group: bool, way_out: bool) -> None:
    """Raise PermissionDenied, in words for the person, unless the request may go on."""
    if permission not in request.granted and not way_out:
        if request.viewed_as is not None:
            raise PermissionDenied(
                _("This person’s access does not include it: %(right)s.")
                % {"right": LABELS[permission]}
            )
        raise MissingRightError(permission)
    if whole_group and request.units is not None:
        raise PermissionDenied(
            _("Your access is for single billing units. This needs all of them.")
        )
