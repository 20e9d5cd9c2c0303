"""The people of the demo who have an account: who they are, how they sign in, what they may do.

The passwords are public on purpose; portal.demo is installed only where PORTAL_ENV is demo.
"""

from dataclasses import dataclass
from typing import Literal

StaffRole = Literal["am_specialist", "am_supervisor", "billing_staff", "read_only", "system_admin"]


@dataclass(frozen=True)
class GrantData:
    """What a person may do in one group: a role preset, on billing units by code (none: every unit), for some days."""

    group_id: str
    role: str
    units: tuple[str, ...] = ()
    days: int | None = None


@dataclass(frozen=True)
class PersonData:
    """One account. *seal_picture* is a key of the set; *clients* are further groups a broker works for.

    *company* is where the person works: an employer, a brokerage, or empty for the carrier's staff.
    """

    role: str
    user_name: str
    password: str
    first_name: str
    last_name: str
    email: str
    seal_picture: str
    seal_phrase: str
    title: str
    company: str = ""
    grants: tuple[GrantData, ...] = ()
    clients: int = 0
    staff_role: StaffRole | None = None
    phone: str = ""

    @property
    def is_staff(self) -> bool:
        """Tell whether the person works for the carrier."""
        return self.staff_role is not None


EMPLOYERS = (
    PersonData(
        "Primary administrator, two groups",
        "kmitchell",
        "maple-kettle-harbor-42",
        "Karen",
        "Mitchell",
        "kmitchell@cedarridgemfg.example",
        "lighthouse",
        "Two loons on the lake",
        "Director of human resources",
        "Cedar Ridge Manufacturing, Inc.",
        (
            GrantData("20418A", "primary_administrator"),
            GrantData("20533A", "enrollment_manager", ("0001",)),
        ),
    ),
    PersonData(
        "Enrollment manager",
        "lortega",
        "canyon-violet-spoon-18",
        "Luis",
        "Ortega",
        "lortega@cedarridgemfg.example",
        "bicycle",
        "Abuela's blue bicycle",
        "Benefits coordinator",
        "Cedar Ridge Manufacturing, Inc.",
        (GrantData("20418A", "enrollment_manager", ("0001", "0002")),),
    ),
    PersonData(
        "Billing manager",
        "dpruitt",
        "pepper-window-cedar-63",
        "Dana",
        "Pruitt",
        "dpruitt@cedarridgemfg.example",
        "teapot",
        "Earl Grey at four",
        "Accounts payable",
        "Cedar Ridge Manufacturing, Inc.",
        (GrantData("20418A", "billing_manager", days=222),),
    ),
    PersonData(
        "Primary administrator, one group",
        "rdelaney",
        "anchor-biscuit-meadow-27",
        "Ruth",
        "Delaney",
        "rdelaney@cedarridgelogistics.example",
        "barn",
        "Grandpa's red barn",
        "Office manager",
        "Cedar Ridge Logistics",
        (GrantData("20533A", "primary_administrator"),),
    ),
    PersonData(
        "Primary administrator, one company with three Group IDs",
        "dokafor",
        "saddle-lemon-orbit-91",
        "Denise",
        "Okafor",
        "dokafor@quarryhillschools.example",
        "owl",
        "Night owl, early bird",
        "Benefits administrator",
        "Quarry Hill Regional School District",
        tuple(
            GrantData(group_id, "primary_administrator")
            for group_id in ("21150A", "21150B", "211507")
        ),
    ),
    PersonData(
        "Broker with forty clients",
        "agrant",
        "granite-otter-lamp-55",
        "Alicia",
        "Grant",
        "agrant@summitbenefit.example",
        "mountain",
        "First snow on Greylock",
        "Account executive",
        "Summit Benefit Partners",
        tuple(
            GrantData(group_id, "broker_full")
            for group_id in ("20418A", "20533A", "20677A", "21302A")
        ),
        clients=36,
    ),
    PersonData(
        "Account without access to any group yet",
        "pvance",
        "tulip-hammer-river-36",
        "Priscilla",
        "Vance",
        "pvance@cedarridgemfg.example",
        "sunflower",
        "Sunflowers by the fence",
        "Plant administrator",
        "Cedar Ridge Manufacturing, Inc.",
    ),
)

STAFF = (
    PersonData(
        "Staff: account management specialist",
        "ncastellanos",
        "velvet-compass-pine-74",
        "Nora",
        "Castellanos",
        "nora.castellanos@evergreen.example",
        "fox",
        "The fox under the porch",
        "AM specialist",
        staff_role="am_specialist",
        phone="4135550127",
    ),
    PersonData(
        "Staff: account management supervisor",
        "bwhitaker",
        "copper-thistle-barge-29",
        "Ben",
        "Whitaker",
        "ben.whitaker@evergreen.example",
        "canoe",
        "Canoe trip, summer of 98",
        "AM supervisor",
        staff_role="am_supervisor",
        phone="4135550163",
    ),
    PersonData(
        "Staff: auditor, read only",
        "glindholm",
        "marble-candle-fjord-80",
        "Grace",
        "Lindholm",
        "grace.lindholm@evergreen.example",
        "anchor",
        "Count twice, sign once",
        "Internal auditor",
        staff_role="read_only",
    ),
    PersonData(
        "Staff: system administrator",
        "siyer",
        "walnut-signal-drum-47",
        "Samir",
        "Iyer",
        "samir.iyer@evergreen.example",
        "train",
        "The last train to Concord",
        "System administrator",
        staff_role="system_admin",
    ),
)

PERSONS = (*EMPLOYERS, *STAFF)
