"""Writes demo companies into the tables of groups, in a handful of statements."""

from collections.abc import Iterable, Iterator

from django.utils import timezone

from groups.models import Address, Contact, EmployerGroup, Subgroup
from portal.demo.records import CompanyData, GroupData

Pair = tuple[EmployerGroup, GroupData]


def load_groups(companies: Iterable[CompanyData]) -> dict[str, EmployerGroup]:
    """Store *companies* with units, addresses and contacts; return the groups by Group ID."""
    companies = list(companies)
    mains = [(_row(company, company.groups[0]), company.groups[0]) for company in companies]
    EmployerGroup.objects.bulk_create(row for row, _group in mains)
    others = [
        (_row(company, group, main=main), group)
        for company, (main, _group) in zip(companies, mains, strict=True)
        for group in company.groups[1:]
    ]
    EmployerGroup.objects.bulk_create(row for row, _group in others)
    pairs = [*mains, *others]
    Subgroup.objects.bulk_create(_subgroups(pairs))
    Address.objects.bulk_create(_addresses(pairs))
    Contact.objects.bulk_create(_contacts(pairs))
    return {row.group_id: row for row, _group in pairs}


def _row(
    company: CompanyData, group: GroupData, *, main: EmployerGroup | None = None
) -> EmployerGroup:
    return EmployerGroup(
        group_id=group.group_id,
        slug=group.slug,
        policyholder_id=company.policyholder_id,
        main_group=main,
        name=group.name,
        legal_name=company.legal_name,
        dba=company.dba,
        fein=company.fein,
        entity_kind=company.entity_kind,
        sic_code=company.sic_code,
        market=company.market,
        region=company.region,
        phone=company.phone,
        effective_date=company.effective_date,
        renewal_date=company.renewal_date,
        status=company.status,
    )


def _subgroups(pairs: Iterable[Pair]) -> Iterator[Subgroup]:
    for row, group in pairs:
        for unit in group.subgroups:
            yield Subgroup(
                group=row,
                code=unit.code,
                name=unit.name,
                kind=unit.kind,
                effective_date=unit.effective_date,
                term_date=unit.term_date,
            )


def _addresses(pairs: Iterable[Pair]) -> Iterator[Address]:
    for row, group in pairs:
        for address in group.addresses:
            yield Address(
                group=row,
                kind=address.kind,
                line1=address.line1,
                line2=address.line2,
                city=address.city,
                state=address.state,
                zip_code=address.zip5,
                county=address.county,
            )


def _contacts(pairs: Iterable[Pair]) -> Iterator[Contact]:
    now = timezone.now()  # what the carrier loads it vouches for
    for row, group in pairs:
        for contact in group.contacts:
            yield Contact(
                group=row,
                kind=contact.kind,
                first_name=contact.first_name,
                last_name=contact.last_name,
                title=contact.title,
                phone=contact.phone,
                email=contact.email,
                vouched_at=now,
            )
