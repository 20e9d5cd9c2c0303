"""People with access to a group, as tests need them."""

from accounts.actions.grants import activate_grant, offer_grant
from accounts.authority import Access, preset
from accounts.models import Grant
from groups.atoms import with_needs
from tests.factories import EmployerGroupFactory, UserFactory


def primary_of(group=None, user=None):
    """Return an active grant of a primary administrator on *group* (a new one when None)."""
    return given(group or EmployerGroupFactory(), "primary_administrator", user=user)


def given(
    group, role="custom", *, atoms=(), units=None, ends_at=None, user=None, parent=None, **more
):
    """Return an active grant of *role*, or of single *atoms*, on *units* (ids; None: every unit)."""
    access = preset(role)
    chosen = with_needs(atoms) if role == "custom" else access.atoms
    user = user or UserFactory()
    grant = offer_grant(
        group,
        email=user.email,
        role=role,
        access=Access(role, chosen, None if units is None else frozenset(units), ends_at),
        source=more.pop("source", Grant.Source.DELEGATION if parent else Grant.Source.REGISTRATION),
        parent=parent,
        by=parent.user if parent else None,
        **more,
    )
    return activate_grant(grant, user=user, by=user)
