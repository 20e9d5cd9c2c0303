from groups.models.announcements import Announcement, AnnouncementRead, TeamMember
from groups.models.contacts import Address, Contact
from groups.models.coverage import (
    EmployeeClass,
    InForce,
    Plan,
    PlanOffer,
    Rate,
    RateLoad,
    RateLoadRow,
)
from groups.models.documents import Document
from groups.models.renewals import Renewal, RenewalRate
from groups.models.tenant import (
    EmployerGroup,
    EmployerGroupQuerySet,
    IdentifiedBy,
    OwnedByGroup,
    Subgroup,
)
from groups.models.transactions import Transaction

__all__ = [
    "Address",
    "Announcement",
    "AnnouncementRead",
    "Contact",
    "Document",
    "EmployeeClass",
    "EmployerGroup",
    "EmployerGroupQuerySet",
    "IdentifiedBy",
    "InForce",
    "OwnedByGroup",
    "Plan",
    "PlanOffer",
    "Rate",
    "RateLoad",
    "RateLoadRow",
    "Renewal",
    "RenewalRate",
    "Subgroup",
    "TeamMember",
    "Transaction",
]
