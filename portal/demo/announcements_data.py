"""What the demo's carrier has told its groups. Days are counted from the day the demo is filled."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AnnouncementData:
    """An announcement; *starts* and *ends* (None: open) in days from today, *ends* inclusive."""

    title: str
    text: str
    starts: int
    ends: int | None
    markets: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    by_email: bool = False
    is_draft: bool = False


ANNOUNCEMENTS = (
    AnnouncementData(
        "Welcome to the new employer portal",
        "Your group is at home here now: plans and rates, contacts, documents and every change you submit, in one "
        "place.\n\nTake a Tour in the navigation shows you around in five minutes.",
        starts=-210,
        ends=-120,
        by_email=True,
    ),
    AnnouncementData(
        "Changes are answered within 24 hours",
        "What waits for us for more than 24 hours now goes to our supervisors by itself. You find every change, and "
        "who has it, under Transactions.",
        starts=-40,
        ends=None,
        statuses=("active", "grace"),
    ),
    AnnouncementData(
        "Massachusetts: summaries of benefits for next year",
        "The summaries of benefits and coverage (SBC) of all plans offered in Massachusetts are under Documents.\n\n"
        "Give them to everybody who is eligible with the enrollment materials.",
        starts=-12,
        ends=75,
        regions=("MA",),
    ),
    AnnouncementData(
        "Small groups: compare your renewal online",
        "Renewals show the plans and rates of today and of next year side by side, with the difference a month for "
        "the contracts you have.\n\nAccept online, or ask us a question first.",
        starts=-5,
        ends=60,
        markets=("small",),
        statuses=("active",),
        by_email=True,
    ),
    AnnouncementData(
        "Open enrollment: dates and materials",
        "Draft: waits for the dates of the large groups.",
        starts=20,
        ends=90,
        is_draft=True,
    ),
)
