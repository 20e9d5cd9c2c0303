"""What is on file about a group, set against what a registration request claims."""

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


def _on_file(group: EmployerGroup) -> OnFile:
    contacts = list(group.contact_set.all())
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
