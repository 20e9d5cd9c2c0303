"""Companies that every demo has, whatever its seed: the people of the demo work for them.

They also hold what lists and forms have to survive: accents, a very long name, two employees,
three Group IDs, and each status a group can have.
"""

from dataclasses import dataclass

from portal.demo.records import ContactKind, EntityKind, GroupStatus, SubgroupKind


@dataclass(frozen=True)
class UnitOutline:
    """A billing unit that is known; *closed* means its last day is past."""

    code: str
    name: str
    kind: SubgroupKind = "active"
    closed: bool = False


@dataclass(frozen=True)
class GroupOutline:
    """A Group ID that is known, and its billing units."""

    group_id: str
    name: str
    units: tuple[UnitOutline, ...] = (UnitOutline("0001", "Main office"),)


@dataclass(frozen=True)
class PersonOutline:
    """A contact that is known; an empty *phone* is drawn, *domain* is the company's if empty."""

    kind: ContactKind
    first_name: str
    last_name: str
    title: str
    phone: str = ""
    domain: str = ""


@dataclass(frozen=True)
class Outline:
    """What is decided about a company before addresses, telephones and the other people are drawn.

    *age* is full calendar years since the contract began, *month* the month it began in.
    Empty *street* and *phone* are drawn.
    """

    legal_name: str
    fein: str
    policyholder_id: str
    entity_kind: EntityKind
    sic_code: str
    employees: int
    zip5: str
    domain: str
    groups: tuple[GroupOutline, ...]
    people: tuple[PersonOutline, ...] = ()
    dba: str = ""
    status: GroupStatus = "active"
    age: int = 5
    month: int = 1
    street: str = ""
    phone: str = ""
    signer: str = "President"


SUMMIT = PersonOutline(
    "broker",
    "Alicia",
    "Grant",
    "Account executive, Summit Benefit Partners",
    "4135550171",
    "summitbenefit.example",
)
BAYLINE = PersonOutline(
    "broker",
    "Colin",
    "Mercer",
    "Senior adviser, Bayline Benefit Advisors",
    "6175550136",
    "baylinebenefits.example",
)

_MAKERS = (
    Outline(
        "Cedar Ridge Manufacturing, Inc.",
        "043182706",
        "000412706",
        "c_corporation",
        "3599",
        85,
        "01301",
        "cedarridgemfg.example",
        (
            GroupOutline(
                "20418A",
                "Cedar Ridge Manufacturing",
                (
                    UnitOutline("0001", "Main plant"),
                    UnitOutline("0002", "Distribution center"),
                    UnitOutline("0003", "COBRA", "cobra"),
                ),
            ),
        ),
        (
            PersonOutline("contract_signer", "Harold", "Whitcomb", "President"),
            PersonOutline("primary_admin", "Karen", "Mitchell", "Director of human resources"),
            PersonOutline("billing", "Dana", "Pruitt", "Accounts payable"),
            PersonOutline("enrollment", "Luis", "Ortega", "Benefits coordinator"),
            SUMMIT,
        ),
        age=3,
        street="410 Millbrook Road",
        phone="4135550102",
    ),
    Outline(
        "Cedar Ridge Logistics",
        "045529031",
        "000519880",
        "limited_liability_corporation",
        "4213",
        41,
        "01060",
        "cedarridgelogistics.example",
        (GroupOutline("20533A", "Cedar Ridge Logistics"),),
        (
            PersonOutline("contract_signer", "Paul", "Hendricks", "CFO", "4135550115"),
            PersonOutline("primary_admin", "Ruth", "Delaney", "Office manager", "4135550114"),
            PersonOutline("billing", "Glenn", "Avery", "Bookkeeper", "4135550116"),
            SUMMIT,
        ),
        age=2,
        phone="4135550114",
    ),
    Outline(
        "Hollis Dental Arts, P.C.",
        "046610248",
        "000377215",
        "c_corporation",
        "8021",
        14,
        "01002",
        "hollisdental.example",
        (GroupOutline("20677A", "Hollis Dental Arts"),),
        (
            PersonOutline("contract_signer", "Margaret", "Hollis", "Practice owner"),
            PersonOutline("primary_admin", "Joanna", "Petrakis", "Practice manager"),
            SUMMIT,
        ),
        month=7,
    ),
    Outline(
        "Peña & Söhne Bakery, LLC",
        "271940563",
        "000608114",
        "limited_liability_corporation",
        "5461",
        19,
        "01103",
        "penasohne.example",
        (GroupOutline("207143", "Peña & Söhne Bakery"),),
        (PersonOutline("contract_signer", "Inés", "Peña", "Owner"),),
        dba="Peña & Söhne",
        age=4,
    ),
    Outline(
        "O'Neill & D'Angelo, LLP",
        "042771836",
        "000233490",
        "limited_liability_partnership",
        "8111",
        27,
        "01608",
        "oneilldangelo.example",
        (GroupOutline("20822A", "O'Neill & D'Angelo"),),
        (PersonOutline("contract_signer", "Fiona", "O'Neill", "Managing partner"),),
        age=9,
    ),
    Outline(
        "Heron Point Brewing Company, LLC",
        "465172290",
        "000715562",
        "limited_liability_corporation",
        "2082",
        37,
        "01930",
        "heronpointbrewing.example",
        (
            GroupOutline(
                "21302A",
                "Heron Point Brewing Company",
                (
                    UnitOutline("0001", "Brewhouse"),
                    UnitOutline("0002", "Taproom"),
                    UnitOutline("0003", "Bottling line", closed=True),
                ),
            ),
        ),
        (PersonOutline("contract_signer", "Desmond", "Achebe", "Founder"), SUMMIT),
        dba="Heron Point Taproom",
        month=4,
        signer="Founder",
    ),
)

_PUBLIC = (
    Outline(
        "City of Alder Falls",
        "046001973",
        "000001027",
        "governmental_employer",
        "8231",
        23,
        "01420",
        "alderfallslibrary.example",
        (GroupOutline("21009A", "Alder Falls City Library"),),
        (PersonOutline("contract_signer", "Yvonne", "Castonguay", "City treasurer"),),
        dba="Alder Falls City Library",
        age=14,
        month=7,
    ),
    Outline(
        "Quarry Hill Regional School District",
        "046004418",
        "000001184",
        "governmental_employer",
        "8211",
        412,
        "01757",
        "quarryhillschools.example",
        (
            GroupOutline(
                "21150A",
                "Quarry Hill Regional School District, teachers",
                (UnitOutline("0001", "Teachers"), UnitOutline("0002", "COBRA", "cobra")),
            ),
            GroupOutline(
                "21150B",
                "Quarry Hill Regional School District, support staff",
                (UnitOutline("0001", "Cafeteria and grounds"), UnitOutline("0002", "Bus drivers")),
            ),
            GroupOutline(
                "211507",
                "Quarry Hill Regional School District, retirees",
                (UnitOutline("0001", "Retirees", "retiree"),),
            ),
        ),
        (
            PersonOutline("contract_signer", "Raymond", "Bouchard", "Superintendent"),
            PersonOutline("primary_admin", "Denise", "Okafor", "Benefits administrator"),
            BAYLINE,
        ),
        age=12,
        month=7,
    ),
    Outline(
        "Harborlight Community Health Center, Inc.",
        "042930157",
        "000300461",
        "tax_exempt_organization",
        "8011",
        640,
        "02740",
        "harborlighthealth.example",
        (
            GroupOutline(
                "21477A",
                "Harborlight Community Health Center",
                (
                    UnitOutline("0001", "Clinical staff"),
                    UnitOutline("0002", "Administration"),
                    UnitOutline("0003", "Mobile clinics"),
                    UnitOutline("0004", "COBRA", "cobra"),
                ),
            ),
            GroupOutline("21477B", "Harborlight Community Health Center, residents and fellows"),
        ),
        (PersonOutline("contract_signer", "Amina", "Warsame", "Chief financial officer"), BAYLINE),
        age=8,
    ),
    Outline(
        "The Trustees of the Saint Brendan Home for Retired Mariners and Their Families of the"
        " North Shore and the Islands, Inc.",
        "042103894",
        "000000936",
        "tax_exempt_organization",
        "8361",
        118,
        "01970",
        "saintbrendanhome.example",
        (
            GroupOutline(
                "21588A",
                "Saint Brendan Home for Retired Mariners and Their Families of the North Shore",
            ),
        ),
        (
            PersonOutline(
                "contract_signer", "Bartholomew", "Featherstonehaugh-Kowalczyk", "Trustee"
            ),
        ),
        age=16,
        month=10,
    ),
)

_OTHERS = (
    Outline(
        "Lê & Daughters Nail Studio",
        "830517742",
        "000744009",
        "partnership",
        "7231",
        2,
        "02139",
        "lenails.example",
        (GroupOutline("21604A", "Lê & Daughters Nail Studio"),),
        (PersonOutline("contract_signer", "Thảo", "Lê", "Owner"),),
        age=1,
        month=6,
    ),
    Outline(
        "Millrace Textile Finishing Company, Inc.",
        "042388017",
        "000118853",
        "c_corporation",
        "2269",
        63,
        "02721",
        "millracetextile.example",
        (GroupOutline("21733A", "Millrace Textile Finishing Company"),),
        status="terminated",
        age=11,
        month=3,
    ),
    Outline(
        "Tamarack Freight & Rigging, LLC",
        "264471309",
        "000590277",
        "limited_liability_corporation",
        "4213",
        29,
        "02703",
        "tamarackfreight.example",
        (GroupOutline("218910", "Tamarack Freight & Rigging"),),
        status="suspended",
        age=6,
        month=5,
    ),
    Outline(
        "Sandbar Robotics, Inc.",
        "884120695",
        "000801336",
        "c_corporation",
        "3569",
        52,
        "01803",
        "sandbarrobotics.example",
        (GroupOutline("3B127A", "Sandbar Robotics"),),
        (PersonOutline("contract_signer", "Mei-Ling", "Zhao", "Chief executive officer"),),
        status="prospect",
        signer="Chief executive officer",
    ),
    Outline(
        "Otter Brook Landscaping, LLC",
        "475093318",
        "000662871",
        "limited_liability_corporation",
        "0782",
        16,
        "03431",
        "otterbrook.example",
        (GroupOutline("2206C4", "Otter Brook Landscaping"),),
        status="grace",
        age=3,
        month=9,
        signer="Owner",
    ),
    Outline(
        "Kestrel Montessori School, Inc.",
        "861937054",
        "000790218",
        "tax_exempt_organization",
        "8211",
        33,
        "05301",
        "kestrelmontessori.example",
        (GroupOutline("22347A", "Kestrel Montessori School"),),
        (PersonOutline("contract_signer", "Gareth", "Lindqvist", "Head of school"),),
        status="installed",
        signer="Head of school",
    ),
)

ANCHORS = (*_MAKERS, *_PUBLIC, *_OTHERS)


def group_names() -> dict[str, str]:
    """Return the name of each Group ID that every demo has."""
    return {group.group_id: group.name for outline in ANCHORS for group in outline.groups}
