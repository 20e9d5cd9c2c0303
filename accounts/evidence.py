"""What is on file about a group, set against what a registration request claims.

Only contacts that the carrier vouches for count: whoever may edit contacts could otherwise plant what staff approve by.
"""

from accounts.match_score import Claim, OnFile, Score, score
from accounts.models import RegistrationRequest
from groups.models import Contact, EmployerGroup


def score_of(request: RegistrationRequest) -> Score:
    """Return the match score of *request* against its group.

    Two statements; none without a group, or when the request came by ``with_evidence()``.
    """
    return score_against(request, request.group)


def score_against(request: RegistrationRequest, group: EmployerGroup | None) -> Score:
    """Return the score that *request* has, or would have, against *group*."""
    claim = Claim(
        identifier=request.identifier,
        legal_name=request.company_legal_name,
        fein=request.fein,
        email=request.email,
        phone=request.phone,
        signer_name=request.signer_name,
        signer_email=request.signer_email,
    )
    return score(claim, _on_file(group) if group else None)


def vouched_contacts(group: EmployerGroup) -> list[Contact]:
    """Return the contacts of *group* that are evidence."""
    return [contact for contact in group.contact_set.all() if contact.is_evidence]


def other_contacts(group: EmployerGroup) -> list[Contact]:
    """Return the contacts of *group* that are none: named by the employer, or a billing unit's."""
    return [contact for contact in group.contact_set.all() if not contact.is_evidence]


def _on_file(group: EmployerGroup) -> OnFile:
    contacts = vouched_contacts(group)
    signers = [contact for contact in contacts if contact.kind == Contact.Kind.CONTRACT_SIGNER]
    units = [unit.group_id for unit in group.units.all()]
    return OnFile(
        identifiers=(group.group_id, group.policyholder_id, *units),
        legal_names=tuple(filter(None, (group.legal_name, group.name, group.dba))),
        fein=group.fein,
        emails=tuple(contact.email for contact in contacts if contact.email),
        phones=tuple(filter(None, (group.phone, *(contact.phone for contact in contacts)))),
        signer_names=tuple(f"{contact.first_name} {contact.last_name}" for contact in signers),
        signer_emails=tuple(contact.email for contact in signers),
    )
