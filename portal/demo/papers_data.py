"""The papers of the demo: what the carrier publishes to everybody, to be made into small real PDFs."""

from dataclasses import dataclass

from groups.models import Document

Kind = Document.Kind


@dataclass(frozen=True)
class PaperData:
    """A document for many groups: its words, how many months before today it is dated, for whom it is.

    In *title*, {year} is the year of its date. *everybody*: for people of single billing units too.
    """

    kind: Kind
    title: str
    months_ago: int
    text: tuple[str, ...]
    everybody: bool = True


PAPERS = (
    PaperData(
        Kind.CONTRACT,
        "Group contract {year}",
        10,
        (
            "This contract is between the health plan and the company named in the application.",
            "The plans, the rates and the classes of employees stand in the schedules of the plan year.",
            "Premiums are due on the first day of each month. The grace period is 31 days.",
        ),
        everybody=False,
    ),
    PaperData(
        Kind.SBC,
        "Summary of Benefits and Coverage, Gold PPO 1500, {year}",
        10,
        (
            "What this plan covers and what you pay for covered services.",
            "Deductible: $1,500 a person, $3,000 a family. Primary care visit: $25. Specialist visit: $45.",
            "Out-of-pocket limit: $5,000 a person, $10,000 a family.",
        ),
    ),
    PaperData(
        Kind.SBC,
        "Summary of Benefits and Coverage, Silver HMO 3000, {year}",
        10,
        (
            "What this plan covers and what you pay for covered services.",
            "Deductible: $3,000 a person, $6,000 a family. Primary care visit: $35. Specialist visit: $60.",
            "Out-of-pocket limit: $8,000 a person, $16,000 a family.",
        ),
    ),
    PaperData(
        Kind.CERTIFICATE,
        "Certificate of coverage {year}",
        10,
        ("This certificate describes the coverage of members, its limits and how to appeal.",),
    ),
    PaperData(
        Kind.NOTICE,
        "Medicare Part D creditable coverage notice {year}",
        2,
        (
            "The prescription drug coverage of your plans is creditable.",
            "It is expected to pay, on average, at least as much as standard Medicare drug coverage.",
            "Give this notice to employees who are eligible for Medicare before October 15.",
        ),
    ),
    PaperData(
        Kind.FORM,
        "Enrollment and change form",
        22,
        (
            "For employees who enroll, change or end coverage on paper. Complete every part and sign.",
        ),
    ),
)
