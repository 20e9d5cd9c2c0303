"""What one demo company consists of: plain values, without Django and without a database."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

EntityKind = Literal[
    "tax_exempt_organization",
    "c_corporation",
    "s_corporation",
    "partnership",
    "limited_liability_corporation",
    "limited_liability_partnership",
    "governmental_employer",
]
Market = Literal["small", "large"]
GroupStatus = Literal["prospect", "installed", "active", "grace", "suspended", "terminated"]
SubgroupKind = Literal["active", "cobra", "retiree"]
AddressKind = Literal["physical", "mailing", "billing"]
ContactKind = Literal["contract_signer", "primary_admin", "billing", "enrollment", "broker"]

SMALL_GROUP_LIMIT = 50  # employees; Massachusetts counts 1 to 50 as small


@dataclass(frozen=True)
class SubgroupData:
    """A billing unit. *term_date* is its last day, inclusive; None while it is open."""

    code: str
    name: str
    kind: SubgroupKind
    effective_date: date
    term_date: date | None = None


@dataclass(frozen=True)
class AddressData:
    """A United States address; *zip5* keeps its leading zero."""

    kind: AddressKind
    line1: str
    line2: str
    city: str
    state: str
    zip5: str
    county: str


@dataclass(frozen=True)
class ContactData:
    """A person on file at the carrier. *phone* is 10 digits, in the range kept for fiction."""

    kind: ContactKind
    first_name: str
    last_name: str
    title: str
    phone: str
    email: str


@dataclass(frozen=True)
class GroupData:
    """One Group ID of a company: the tenant of the portal."""

    group_id: str
    slug: str
    name: str
    subgroups: tuple[SubgroupData, ...]
    addresses: tuple[AddressData, ...]
    contacts: tuple[ContactData, ...]


@dataclass(frozen=True)
class CompanyData:
    """An employer with one or several Group IDs under one policyholder ID.

    *fein* and *policyholder_id* are 9 digits, *phone* is 10. *renewal_date* is the first
    anniversary of *effective_date* after today, or after the last day of an ended company.
    """

    legal_name: str
    dba: str
    fein: str
    entity_kind: EntityKind
    sic_code: str
    market: Market
    employees: int
    effective_date: date
    renewal_date: date
    status: GroupStatus
    phone: str
    email_domain: str
    region: str
    policyholder_id: str
    groups: tuple[GroupData, ...]
