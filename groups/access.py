"""The first wall of tenancy: who may open a page of a group. Only reads guardian's lines.

404 to those who may not know of the group, 403 to those who may but lack the right.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from guardian.utils import get_user_obj_perms_model

from groups.atoms import ATOMS
from groups.models import EmployerGroup

P = ParamSpec("P")
LABELS = dict(ATOMS)


class GroupRequest(HttpRequest):
    """A request inside a group: the tenant of the URL and the rights its person holds there."""

    group: EmployerGroup
    granted: frozenset[str]


def granted_to(user: AbstractBaseUser | AnonymousUser, group: EmployerGroup) -> frozenset[str]:
    """Return the codenames *user* holds on *group*; one statement, asked on every request, kept nowhere."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    lines: Any = get_user_obj_perms_model(EmployerGroup)  # type: ignore[arg-type]
    return frozenset(
        lines.objects.filter(user=user, content_object=group).values_list(
            "permission__codename", flat=True
        )
    )


def group_view(
    permission: str,
) -> Callable[[Callable[Concatenate[GroupRequest, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Open a view below ``/g/<group_slug>/`` to people who hold *permission* there.

    The view gets ``request.group`` and ``request.granted`` instead of the slug.
    """

    def decorate(
        view: Callable[Concatenate[GroupRequest, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(
            request: GroupRequest, group_slug: str, *args: Any, **kwargs: Any
        ) -> HttpResponse:
            group = EmployerGroup.objects.filter(slug=group_slug).first()
            granted = granted_to(request.user, group) if group else frozenset()
            if group is None or not granted:
                raise Http404
            request.group, request.granted = group, granted
            if permission not in granted:
                raise PermissionDenied(
                    _("Your access does not include this: %(right)s.")
                    % {"right": LABELS[permission]}
                )
            return view(request, *args, **kwargs)

        inner.group_permission = permission  # type: ignore[attr-defined]  # read by tests/guards
        return inner

    return decorate
