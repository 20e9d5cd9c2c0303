"""Registration requests for the staff queue: one of each state, age and kind of doubt.

Times are business days before the loading, so that the queue looks the same on any day.
"""

from dataclasses import dataclass
from typing import Literal

IdentifiedBy = Literal["group_id", "policyholder_id"]
RequestState = Literal[
    "submitted", "in_review", "needs_info", "approved", "declined", "withdrawn", "expired"
]
RequestRole = Literal["primary_administrator", "broker"]


@dataclass(frozen=True)
class Decision:
    """What staff made of a request. *question*, *answer* and *note* are kept with it.

    *assigned* is the user name of who works, or worked, on it; empty while nobody does. *key* says
    what became of the access key of an approved request.
    """

    state: RequestState
    assigned: str = ""
    question: str = ""
    answer: str = ""
    decline_reason: str = ""
    note: str = ""
    key: Literal["", "open", "expired"] = ""


@dataclass(frozen=True)
class RequestData:
    """What an applicant sent, and what became of it.

    *submitted_business_days_ago*: the whole part counts business days back from today; the
    fraction is the part of that working day (8 a.m. to 5 p.m.) that was still to come.
    """

    identify_by: IdentifiedBy
    identifier: str
    first_name: str
    middle_initial: str
    last_name: str
    title: str
    company_legal_name: str
    fein: str
    phone: str
    email: str
    region: str
    role: RequestRole
    signer_name: str
    signer_email: str
    submitted_business_days_ago: float
    decision: Decision
    agency: str = ""
    npn: str = ""
    source: Literal["online", "paper"] = "online"
    statement_of_authority: str = (
        "I administer the health benefits of this company and am authorized to act for it."
    )


NORA, BEN = "ncastellanos", "bwhitaker"
BROKER_STATEMENT = "I am the broker of record and act for this company by its letter on file."

OPEN = (
    RequestData(
        "group_id",
        "20533A",
        "Teresa",
        "",
        "Quinn",
        "HR Manager",
        "Cedar Ridge Logistics, LLC",
        "045529031",
        "4135550188",
        "tquinn@cedarridgelogistics.example",
        "MA",
        "primary_administrator",
        "Paul Hendricks",
        "paul.hendricks@cedarridgelogistics.example",
        1.31,
        Decision(
            "in_review",
            NORA,
            note="Phone is the new HR line, checked on their website. Paul Hendricks confirmed by telephone.",
        ),
    ),
    RequestData(
        "group_id",
        "20677A",
        "Marcus",
        "T",
        "Bell",
        "Front office lead",
        "Hollis Dental Arts, P.C.",
        "046610248",
        "4135550109",
        "mbell@hollisdental.example",
        "MA",
        "primary_administrator",
        "Margaret Hollis",
        "mhollis@hollisdental.example",
        0.7,
        Decision("submitted"),
    ),
    RequestData(
        "group_id",
        "20535A",
        "Wesley",
        "",
        "Tran",
        "Controller",
        "Thistle Landing Warehousing, LLC",
        "842277103",
        "5085550133",
        "wtran@thistlelanding.example",
        "MA",
        "primary_administrator",
        "Olga Brandt",
        "obrandt@thistlelanding.example",
        0.45,
        Decision("submitted"),
    ),
    RequestData(
        "group_id",
        "21302A",
        "Imani",
        "R",
        "Fontaine",
        "People operations",
        "Heron Point Brewing Company, LLC",
        "465172290",
        "9785550126",
        "imani@heronpointtaproom.example",
        "MA",
        "primary_administrator",
        "Desmond Achebe",
        "dachebe@heronpointbrewing.example",
        3.2,
        Decision(
            "needs_info",
            NORA,
            question=(
                "Your e-mail address ends in heronpointtaproom.example. We have"
                " heronpointbrewing.example on file. Which of the two does your company use for work?"
            ),
        ),
    ),
    RequestData(
        "group_id",
        "21477A",
        "Sofia",
        "",
        "Medeiros",
        "Benefits analyst",
        "Harborlight Community Health Center",
        "042930157",
        "5085550147",
        "smedeiros@harborlighthealth.example",
        "MA",
        "primary_administrator",
        "Amina Warsame",
        "awarsame@harborlighthealth.example",
        1.6,
        Decision(
            "submitted",
            NORA,
            question="Do you replace Alan Browning, or work beside him?",
            answer="Beside him. He stays until the end of June and hands over to me.",
        ),
    ),
    RequestData(
        "group_id",
        "20822A",
        "Patrick",
        "J",
        "Doherty",
        "Office administrator",
        "O'Neill & D'Angelo, LLP",
        "042771836",
        "5085550128",
        "pdoherty@oneilldangelo.example",
        "MA",
        "primary_administrator",
        "Fiona O'Neill",
        "foneill@oneilldangelo.example",
        4.4,
        Decision("submitted"),
    ),
    RequestData(
        "policyholder_id",
        "000001027",
        "Béatrice",
        "",
        "Lefèvre",
        "Assistant library director",
        "City of Alder Falls",
        "046001973",
        "9785550140",
        "blefevre@alderfallslibrary.example",
        "MA",
        "primary_administrator",
        "Yvonne Castonguay",
        "ycastonguay@alderfallslibrary.example",
        2.35,
        Decision("in_review", BEN),
    ),
    RequestData(
        "group_id",
        "21604A",
        "Linh",
        "",
        "Lê",
        "Owner",
        "Lê & Daughters Nail Studio",
        "830517742",
        "6175550159",
        "le.l@gmail.com",  # three letters: no such mailbox can exist there
        "MA",
        "primary_administrator",
        "Thảo Lê",
        "tle@lenails.example",
        1.1,
        Decision("submitted"),
    ),
    RequestData(
        "group_id",
        "21477A",
        "Colin",
        "",
        "Mercer",
        "Senior adviser",
        "Harborlight Community Health Center, Inc.",
        "042930157",
        "6175550136",
        "cmercer@baylinebenefits.example",
        "MA",
        "broker",
        "Amina Warsame",
        "awarsame@harborlighthealth.example",
        1.8,
        Decision("submitted"),
        agency="Bayline Benefit Advisors",
        npn="9900042077",
        statement_of_authority=BROKER_STATEMENT,
    ),
    RequestData(
        "group_id",
        "21588A",
        "Agnes",
        "M",
        "Sullivan",
        "Personnel clerk",
        "Saint Brendan Home for Retired Mariners",
        "042103894",
        "9785550129",
        "asullivan@saintbrendanhome.example",
        "MA",
        "primary_administrator",
        "Bartholomew Featherstonehaugh-Kowalczyk",
        "bfeatherstonehaughkowalczyk@saintbrendanhome.example",
        1.5,
        Decision("submitted", note="Signed form came by post, scanned to the group's folder."),
        source="paper",
    ),
    RequestData(
        "policyholder_id",
        "000790218",
        "Noah",
        "",
        "Eklund",
        "Business manager",
        "Kestrel Montessori School, Inc.",
        "861937045",
        "8025550162",
        "neklund@kestrelmontessori.example",
        "VT",
        "primary_administrator",
        "Gareth Lindqvist",
        "glindqvist@kestrelmontessori.example",
        0.9,
        Decision("submitted"),
    ),
)

CLOSED = (
    RequestData(
        "group_id",
        "207143",
        "Eva",
        "",
        "Brückner-O'Hara",
        "Bakery manager",
        "Peña & Söhne Bakery, LLC",
        "271940563",
        "4135550159",
        "ebruckner@penasohne.example",
        "MA",
        "primary_administrator",
        "Inés Peña",
        "ipena@penasohne.example",
        1.9,
        Decision("approved", NORA, key="open"),
    ),
    RequestData(
        "group_id",
        "2206C4",
        "Travis",
        "W",
        "Goodwin",
        "Crew and office manager",
        "Otter Brook Landscaping, LLC",
        "475093318",
        "6035550175",
        "tgoodwin@otterbrook.example",
        "NH",
        "primary_administrator",
        "Travis Goodwin",
        "tgoodwin@otterbrook.example",
        12.4,
        Decision("approved", BEN, key="expired"),
    ),
    RequestData(
        "group_id",
        "218910",
        "Owen",
        "",
        "Blackwood",
        "Dispatcher",
        "Tamarack Freight & Rigging, LLC",
        "264471309",
        "5085550164",
        "oblackwood@tamarackfreight.example",
        "MA",
        "primary_administrator",
        "Owen Blackwood",
        "oblackwood@tamarackfreight.example",
        34.2,
        Decision("expired", BEN, key="expired"),
    ),
    RequestData(
        "group_id",
        "21150A",
        "Gerald",
        "",
        "Stroud",
        "Payroll clerk",
        "Quarry Hill Regional School District",
        "046004418",
        "5085550190",
        "gstroud@quarryhillschools.example",
        "MA",
        "primary_administrator",
        "Raymond Bouchard",
        "rbouchard@quarryhillschools.example",
        7.6,
        Decision(
            "declined",
            BEN,
            decline_reason=(
                "The contract signer told us that Denise Okafor administers the benefits. She can give"
                " you the access that you need."
            ),
        ),
    ),
    RequestData(
        "group_id",
        "3B127A",
        "Harriet",
        "",
        "Osei",
        "Operations lead",
        "Sandbar Robotics, Inc.",
        "884120695",
        "7815550151",
        "hosei@sandbarrobotics.example",
        "MA",
        "primary_administrator",
        "Mei-Ling Zhao",
        "mzhao@sandbarrobotics.example",
        5.25,
        Decision("withdrawn"),
    ),
)

REQUESTS = (*OPEN, *CLOSED)
