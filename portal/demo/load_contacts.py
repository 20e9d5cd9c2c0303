"""Gives some of the demo's billing units contacts and addresses of their own; the others use the group's."""

from collections.abc import Mapping

from django.utils import timezone

from groups.models import Address, Contact, EmployerGroup, Subgroup

CEDAR_RIDGE, WAREHOUSE = "20418A", "0002"


def load_contacts(groups: Mapping[str, EmployerGroup]) -> None:
    """Let one unit of Cedar Ridge Manufacturing be reached by itself, where that group is among *groups*."""
    group = groups.get(CEDAR_RIDGE)
    unit = Subgroup.objects.filter(group=group, code=WAREHOUSE).first() if group else None
    if group is None or unit is None:
        return
    Contact.objects.create(
        group=group,
        subgroup=unit,
        kind=Contact.Kind.BILLING,
        first_name="Owen",
        last_name="Castillo",
        title="Plant controller",
        phone="4135550126",
        email="ocastillo@cedarridgemfg.example",
        vouched_at=timezone.now(),
    )
    Address.objects.create(
        group=group,
        subgroup=unit,
        kind=Address.Kind.BILLING,
        line1="PO Box 417",
        city="Holyoke",
        state="MA",
        zip_code="01041",
        county="Hampden",
    )
