"""Brokers get access to a group. Who is broker of record is another matter, and stays as it is."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from accounts.actions.delegation import add_user, refusals_on_record
from accounts.models import Broker, Grant, User
from groups.models import EmployerGroup


@refusals_on_record
@transaction.atomic
def authorize_brokers(
    group: EmployerGroup,
    *,
    brokers: Iterable[Broker],
    role: str,
    atoms: Iterable[str] = (),
    units: Iterable[int] | None = None,
    last_day: date | None = None,
    by: User,
) -> list[Grant]:
    """Invite *brokers* with the same access, each with a grant and an access code of their own: all or none.

    As ``add_user``, which says what it raises.
    """
    return [
        add_user(
            group,
            first_name=broker.first_name,
            last_name=broker.last_name,
            email=broker.email,
            role=role,
            atoms=atoms,
            units=units,
            last_day=last_day,
            broker=broker,
            by=by,
        )
        for broker in brokers
    ]
