"""A request set against what is on file, line by line, as staff read it."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.differences import Segment, compare
from accounts.evidence import other_contacts, vouched_contacts
from accounts.match_score import FREE_DOMAINS, Part, Score, domain_of, plain_name
from accounts.models import RegistrationRequest
from groups.admin.origins import origin_of
from groups.models import Contact, IdentifiedBy
from portal.templatetags.portal_words import phone

LABELS: dict[str, str | Promise] = {
    "legal_name": gettext_lazy("Legal name"),
    "fein": gettext_lazy("FEIN"),
    "email_domain": gettext_lazy("Email domain"),
    "phone": gettext_lazy("Phone"),
    "contract_signer": gettext_lazy("Contract signer"),
}
# Result of a part: the shape of the status component, and its word.
RESULTS: dict[str, tuple[str, str | Promise]] = {
    "same": ("done", gettext_lazy("Same")),
    "close": ("done", gettext_lazy("Close")),
    "different": ("attention", gettext_lazy("Different")),
    "unknown": ("quiet", gettext_lazy("Nothing on file")),
}


@dataclass(frozen=True)
class Line:
    """One line of the comparison; *is_same* lines go when only differences are asked for."""

    label: str | Promise
    claimed: list[Segment]
    on_file: list[Segment]
    remark: str
    shape: str
    result: str | Promise
    points: int
    of: int
    is_same: bool


def lines(request: RegistrationRequest, score: Score) -> list[Line]:
    """Return the comparison of *request*, which came by ``with_evidence()``, part by part."""
    return [_line(request, part) for part in score.parts]


def _line(request: RegistrationRequest, part: Part) -> Line:
    claimed, on_file = (_written(part.name, text) for text in (part.claimed, part.on_file))
    # Digits of a tax number are not compared on a screen: masked, they only seem to differ or not.
    if part.result in {"close", "different"} and part.name != "fein":
        left, right = compare(claimed, on_file)
    else:
        left, right = [Segment(claimed, False)], [Segment(on_file, False)]
    shape, result = RESULTS[part.result]
    return Line(
        label=label_of(part, request),
        claimed=left,
        on_file=right if on_file else [],
        remark=_remark(part, request),
        shape=shape,
        result=result,
        points=part.points,
        of=part.of,
        is_same=part.result == "same",
    )


@dataclass(frozen=True)
class OfficerLine:
    """One fact about the officer of a nomination, and the contact on file who has it (empty: nobody).

    A contact who is no evidence is shown as such, and is not "Same".
    """

    label: str | Promise
    claimed: str
    on_file: str
    shape: str
    result: str | Promise


def officer_lines(request: RegistrationRequest) -> list[OfficerLine]:
    """Return whether the officer of a nomination is somebody we know; none for any other request.

    *request* came by ``with_evidence()``.
    """
    if not request.is_nomination or request.group is None:
        return []
    contacts = list(request.group.contact_set.all())
    name, email = plain_name(request.officer_name), request.officer_email.lower()
    return [
        _officer_line(
            _("Name"),
            request.officer_name,
            [one for one in contacts if plain_name(f"{one.first_name} {one.last_name}") == name],
        ),
        _officer_line(
            _("Email address"),
            request.officer_email,
            [one for one in contacts if one.email.lower() == email],
        ),
        _officer_line(
            _("Phone"),
            phone(request.officer_phone),
            [one for one in contacts if one.phone == request.officer_phone],
            otherwise=_("The group’s own number")
            if request.officer_phone == request.group.phone
            else "",
        ),
    ]


def _officer_line(
    label: str, claimed: str, found: list[Contact], otherwise: str = ""
) -> OfficerLine:
    # Evidence before the employer's own word; who signed the contract says most.
    found.sort(key=lambda one: (not one.is_evidence, one.kind != Contact.Kind.CONTRACT_SIGNER))
    first = found[0] if found else None
    if first and first.is_evidence:
        return OfficerLine(label, claimed, _named(first), *RESULTS["same"])
    if otherwise:
        return OfficerLine(label, claimed, otherwise, *RESULTS["same"])
    if first is None:
        return OfficerLine(label, claimed, "", "attention", _("Not on file"))
    words = f"{_named(first)}. {origin_of(first)}"
    return OfficerLine(label, claimed, words, "attention", _("Not evidence"))


def _named(contact: Contact) -> str:
    kind = contact.get_kind_display().lower()
    return _("%(name)s, %(kind)s") % {"name": contact, "kind": kind}


@dataclass(frozen=True)
class OtherLine:
    """A contact that fits the request and is no evidence: who, in what they fit, and where they come from."""

    name: str
    fits: str
    origin: str


def other_lines(request: RegistrationRequest) -> list[OtherLine]:
    """Return the contacts on file that fit *request*, which came by ``with_evidence()``, and do not count."""
    if request.group is None:
        return []
    pairs = ((contact, _fits(contact, request)) for contact in other_contacts(request.group))
    return [
        OtherLine(_named(contact), ", ".join(str(one) for one in fits), origin_of(contact))
        for contact, fits in pairs
        if fits
    ]


def _fits(contact: Contact, request: RegistrationRequest) -> list[str | Promise]:
    """Return in what *contact* is like somebody whom *request* names."""
    applicant = f"{request.first_name} {request.last_name}"  # contacts have no middle initial
    names = {plain_name(one) for one in (applicant, request.signer_name, request.officer_name)}
    addresses = {one.lower() for one in (request.email, request.signer_email, request.officer_email)}  # fmt: skip
    domains = {domain_of(one) for one in addresses} - FREE_DOMAINS
    email = contact.email.lower()
    found: list[str | Promise] = []
    if plain_name(str(contact)) in names - {""}:
        found.append(_("Name"))
    if email and (email in addresses or domain_of(email) in domains):
        found.append(_("Email address") if email in addresses else LABELS["email_domain"])
    if contact.phone and contact.phone in {request.phone, request.officer_phone}:
        found.append(_("Phone"))
    return found


def label_of(part: Part, request: RegistrationRequest) -> str | Promise:
    """Return what a part of the score is called."""
    if part.name == "group":
        return IdentifiedBy(request.identified_by).label
    if part.name == "contract_signer" and request.is_nomination:
        return _("Group officer, as contract signer")
    return LABELS[part.name]


def note_on(score: Score, request: RegistrationRequest) -> str:
    """Return what the score means, where it is weakest, and whether the e-mail domain proves anything."""
    if request.group is None:
        return _("We know no group by this ID. Link the request to a group to compare it.")
    sentences = [_about_limit(score.points)]
    if score.lowest:
        lowest = str(label_of(score.lowest, request))
        sentences.append(_("Lowest part: %(part)s.") % {"part": lowest})
    if not score.free_domain:
        sentences.append(_("No sign of a free email domain."))
    return " ".join(sentences)


def _about_limit(points: int) -> str:
    limit = settings.MATCH_LIMIT
    if settings.FOUR_EYES == "always":
        return _("Two people approve every request.")
    if settings.FOUR_EYES == "never":
        words = _("Below the limit of %(limit)d.") if points < limit else _("At least %(limit)d.")
    elif points < limit:
        words = _("Below the limit of %(limit)d: two people must approve.")
    else:
        words = _("Above the limit of %(limit)d for one-person approval.")
    return words % {"limit": limit}


def _remark(part: Part, request: RegistrationRequest) -> str:
    """Return what else is on file about a part: how many contacts share the domain, the signer's title."""
    contacts = vouched_contacts(request.group) if request.group and part.on_file else []
    if part.name == "email_domain":
        count = sum(domain_of(contact.email) == part.on_file for contact in contacts)
        words = ngettext(" (%(count)d contact)", " (%(count)d contacts)", count)
        return words % {"count": count} if count else ""
    if part.name == "contract_signer":
        titles = (
            contact.title
            for contact in contacts
            if contact.kind == Contact.Kind.CONTRACT_SIGNER and str(contact) == part.on_file
        )
        title = next(titles, "")
        return f", {title}" if title else ""
    return ""


def _written(name: str, text: str) -> str:
    if name == "fein":
        return masked_fein(text)
    return phone(text) if name == "phone" else text


def masked_fein(digits: str) -> str:
    """Return a tax number by its last four digits: ••-•••9031."""
    return f"••-•••{digits[-4:]}" if digits else ""
