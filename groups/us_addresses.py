"""Addresses in the United States: the states of the Postal Service, which ZIP codes are theirs, PO boxes.

Source: domain handbook, "Field formats and validators" (3.7, 3.9); the first three digits of a ZIP code name its
sectional center, each of one state (USPS labeling list L002). The few ZIP codes that lie across a border or apart
from their neighbors stand by themselves.
"""

import re

from django.utils.translation import gettext_lazy as _

STATES = [
    ("AL", _("Alabama")), ("AK", _("Alaska")), ("AS", _("American Samoa")), ("AZ", _("Arizona")),
    ("AR", _("Arkansas")), ("AA", _("Armed Forces Americas")), ("AE", _("Armed Forces Europe")),
    ("AP", _("Armed Forces Pacific")), ("CA", _("California")), ("CO", _("Colorado")), ("CT", _("Connecticut")),
    ("DE", _("Delaware")), ("DC", _("District of Columbia")), ("FL", _("Florida")), ("GA", _("Georgia")),
    ("GU", _("Guam")), ("HI", _("Hawaii")), ("ID", _("Idaho")), ("IL", _("Illinois")), ("IN", _("Indiana")),
    ("IA", _("Iowa")), ("KS", _("Kansas")), ("KY", _("Kentucky")), ("LA", _("Louisiana")), ("ME", _("Maine")),
    ("MD", _("Maryland")), ("MA", _("Massachusetts")), ("MI", _("Michigan")), ("MN", _("Minnesota")),
    ("MS", _("Mississippi")), ("MO", _("Missouri")), ("MT", _("Montana")), ("NE", _("Nebraska")),
    ("NV", _("Nevada")), ("NH", _("New Hampshire")), ("NJ", _("New Jersey")), ("NM", _("New Mexico")),
    ("NY", _("New York")), ("NC", _("North Carolina")), ("ND", _("North Dakota")),
    ("MP", _("Northern Mariana Islands")), ("OH", _("Ohio")), ("OK", _("Oklahoma")), ("OR", _("Oregon")),
    ("PA", _("Pennsylvania")), ("PR", _("Puerto Rico")), ("RI", _("Rhode Island")), ("SC", _("South Carolina")),
    ("SD", _("South Dakota")), ("TN", _("Tennessee")), ("TX", _("Texas")), ("UT", _("Utah")), ("VT", _("Vermont")),
    ("VI", _("Virgin Islands")), ("VA", _("Virginia")), ("WA", _("Washington")), ("WV", _("West Virginia")),
    ("WI", _("Wisconsin")), ("WY", _("Wyoming")),
]  # fmt: skip
# State: its first three digits, as (first, last), both inclusive
_CENTERS = {
    "AL": [(350, 352), (354, 369)], "AK": [(995, 999)], "AS": [(967, 967)], "AZ": [(850, 865)],
    "AR": [(716, 729)], "AA": [(340, 340)], "AE": [(90, 98)], "AP": [(962, 966)], "CA": [(900, 961)],
    "CO": [(800, 816)], "CT": [(60, 69)], "DE": [(197, 199)], "DC": [(200, 200), (202, 205), (569, 569)],
    "FL": [(320, 339), (341, 349)], "GA": [(300, 319), (398, 399)], "GU": [(969, 969)], "HI": [(967, 968)],
    "ID": [(832, 838)], "IL": [(600, 629)], "IN": [(460, 479)], "IA": [(500, 528)], "KS": [(660, 679)],
    "KY": [(400, 427)], "LA": [(700, 714)], "ME": [(39, 49)], "MD": [(206, 219)], "MA": [(10, 27)],
    "MI": [(480, 499)], "MN": [(550, 567)], "MS": [(386, 397)], "MO": [(630, 658)], "MT": [(590, 599)],
    "NE": [(680, 693)], "NV": [(889, 898)], "NH": [(30, 38)], "NJ": [(70, 89)], "NM": [(870, 884)],
    "NY": [(5, 5), (100, 149)], "NC": [(270, 289)], "ND": [(580, 588)], "MP": [(969, 969)], "OH": [(430, 459)],
    "OK": [(730, 749)], "OR": [(970, 979)], "PA": [(150, 196)], "PR": [(6, 7), (9, 9)], "RI": [(28, 29)],
    "SC": [(290, 299)], "SD": [(570, 577)], "TN": [(370, 385)], "TX": [(733, 733), (750, 799), (885, 885)],
    "UT": [(840, 847)], "VT": [(50, 54), (56, 59)], "VI": [(8, 8)], "VA": [(201, 201), (220, 246)],
    "WA": [(980, 994)], "WV": [(247, 268)], "WI": [(530, 549)], "WY": [(820, 831)],
}  # fmt: skip
# The counties of the states whose rates we set by county; rates follow them, so a name must be one of them
COUNTIES = {
    "MA": (
        "Barnstable", "Berkshire", "Bristol", "Dukes", "Essex", "Franklin", "Hampden", "Hampshire", "Middlesex",
        "Nantucket", "Norfolk", "Plymouth", "Suffolk", "Worcester",
    ),
}  # fmt: skip
# ZIP codes beyond their center's state: Andover's tax office, Fishers Island, Alta and its neighbor
_APART = {"05501": "MA", "05544": "MA", "06390": "NY", "83414": "WY"}
_PO_BOX = re.compile(
    r"\b(?:p\s*\.?\s*o\s*\.?|post\s+office|postal)\s*[.\-]?\s*box\b|^\s*(?:p\s*\.?\s*o\s*\.?\s*b|box)\s*\.?\s*#?\s*\d",
    re.IGNORECASE,
)


def county_of(name: str, state: str) -> str | None:
    """Return the county of *state* that *name* means, "Hampden" for "hampden county"; None for none of its counties.

    Of states whose counties are not listed every name is taken as it is.
    """
    if state not in COUNTIES:
        return name
    wanted = re.sub(r"\s+county$", "", name.strip(), flags=re.IGNORECASE).casefold()
    return next((one for one in COUNTIES[state] if one.casefold() == wanted), None)


def is_in_state(zip_code: str, state: str) -> bool:
    """Tell whether *zip_code* (5 digits, or 5-4) can be of *state* (2 letters)."""
    if state == _APART.get(zip_code[:5]):
        return True
    center = int(zip_code[:3])
    return any(first <= center <= last for first, last in _CENTERS.get(state, ()))


def is_po_box(line: str) -> bool:
    """Tell whether a line of an address names a PO box."""
    return _PO_BOX.search(line) is not None
