"""Which companies there are: industries with names that fit them.

Placeholders of a pattern: {surname} and {second} (family names) and {feature} (an invented piece of
New England landscape; real towns are left out, their companies exist). A form is an entity kind and
what it puts after the name.
"""

from dataclasses import dataclass

from portal.demo.records import EntityKind

Form = tuple[EntityKind, str]

INC: Form = ("c_corporation", ", Inc.")
CORP: Form = ("c_corporation", " Corporation")
CLOSE: Form = ("s_corporation", ", Inc.")
LLC: Form = ("limited_liability_corporation", ", LLC")
LLP: Form = ("limited_liability_partnership", ", LLP")
PC: Form = ("c_corporation", ", P.C.")
PARTNERS: Form = ("partnership", "")
NONPROFIT: Form = ("tax_exempt_organization", ", Inc.")
CHURCHLIKE: Form = ("tax_exempt_organization", "")
PUBLIC: Form = ("governmental_employer", "")


@dataclass(frozen=True)
class Industry:
    """One line of business. *size* is the range of employees; *units* are names of billing units."""

    sic_code: str
    forms: tuple[Form, ...]
    names: tuple[str, ...]
    size: tuple[int, int]
    signer: str = "President"
    units: tuple[str, ...] = ("Main office",)
    trade_names: tuple[str, ...] = ()


INDUSTRIES = (
    Industry(
        "8021",
        (PC, LLC),
        (
            "{feature} Dental Group",
            "{feature} Family Dentistry",
            "{surname} & {second} Dental Care",
        ),
        (6, 34),
        "Practice owner",
    ),
    Industry(
        "3599",
        (INC, CLOSE),
        (
            "{surname} Precision Machine",
            "{feature} Machine & Tool",
            "{surname} Brothers Machine Works",
        ),
        (18, 160),
        units=("Shop floor", "Office"),
    ),
    Industry(
        "5461",
        (LLC, CLOSE),
        ("{surname}'s Bakery", "{feature} Bread Company", "{surname} & Daughters Bakehouse"),
        (4, 40),
        "Owner",
        units=("Bakery", "Cafés"),
        trade_names=("The {feature} Oven", "{feature} Crumb & Crust"),
    ),
    Industry(
        "8111",
        (LLP, PC),
        (
            "{surname} & {second}",
            "{surname}, {second} & Partners",
            "Law Offices of {surname} & {second}",
        ),
        (5, 60),
        "Managing partner",
    ),
    Industry(
        "8211",
        (NONPROFIT,),
        ("{feature} Montessori School", "{feature} Academy", "{surname} School"),
        (24, 140),
        "Head of school",
        units=("Faculty", "Staff"),
    ),
    Industry(
        "4213",
        (INC, LLC),
        ("{feature} Freight Lines", "{surname} Trucking", "{surname} & Sons Transport"),
        (20, 210),
        units=("Drivers", "Terminal"),
    ),
    Industry(
        "4225",
        (LLC, INC),
        ("{feature} Logistics", "{surname} Warehouse & Distribution", "{feature} Cold Storage"),
        (25, 180),
        "Chief operating officer",
        units=("Warehouse", "Office"),
    ),
    Industry(
        "2082",
        (LLC, INC),
        ("{feature} Brewing Company", "{surname} & {second} Brewers"),
        (12, 70),
        "Founder",
        units=("Brewhouse", "Taproom"),
        trade_names=("{feature} Taproom",),
    ),
    Industry(
        "8011",
        (PC, NONPROFIT),
        (
            "{feature} Family Medicine",
            "{feature} Pediatric Associates",
            "{surname} Orthopedic Clinic",
        ),
        (14, 240),
        "Medical director",
        units=("Clinical staff", "Administration"),
    ),
    Industry(
        "8231",
        (PUBLIC, CHURCHLIKE),
        ("{feature} Public Library", "{surname} Free Library"),
        (8, 36),
        "Library director",
    ),
    Industry(
        "1711",
        (CLOSE, LLC),
        (
            "{surname} Plumbing & Heating",
            "{feature} Mechanical",
            "{surname} & Sons Heating and Cooling",
        ),
        (5, 65),
        "Owner",
    ),
    Industry(
        "1731",
        (CLOSE, INC),
        ("{surname} Electric", "{feature} Electrical Contractors"),
        (6, 90),
        "Owner",
    ),
    Industry(
        "0782",
        (LLC, CLOSE),
        ("{feature} Landscaping", "{surname} Lawn & Garden"),
        (4, 45),
        "Owner",
    ),
    Industry(
        "0742",
        (PC, LLC),
        ("{feature} Animal Hospital", "{surname} Veterinary Clinic"),
        (7, 38),
        "Practice owner",
    ),
    Industry(
        "8351",
        (NONPROFIT, LLC),
        ("{feature} Children's Center", "Little {feature} Day School"),
        (9, 55),
        "Executive director",
    ),
    Industry(
        "8721",
        (LLP, PC),
        ("{surname} {second}", "{surname} & Company", "{surname}, {second} & Associates"),
        (6, 85),
        "Managing partner",
    ),
    Industry(
        "8711",
        (INC, PC),
        ("{surname} Engineering", "{feature} Civil & Structural"),
        (11, 120),
        "Principal",
    ),
    Industry(
        "7372",
        (INC, LLC),
        ("{feature} Software", "{feature} Analytics", "{surname} Labs"),
        (8, 260),
        "Chief executive officer",
        units=("Headquarters", "Remote employees"),
    ),
    Industry(
        "8051",
        (LLC, NONPROFIT),
        ("{feature} Nursing & Rehabilitation", "{surname} House Skilled Care"),
        (60, 320),
        "Administrator",
        units=("Nursing", "Support services"),
    ),
    Industry(
        "8082",
        (NONPROFIT, LLC),
        ("{feature} Home Care", "{feature} Visiting Nurses"),
        (30, 280),
        "Executive director",
        units=("Field staff", "Office"),
    ),
    Industry(
        "5812",
        (LLC, CLOSE),
        ("{feature} Hospitality", "{surname} Restaurant Group", "{surname}'s Kitchen"),
        (9, 130),
        "Owner",
        units=("Kitchen and floor", "Management"),
        trade_names=("The {feature} Tavern", "{surname}'s Oyster Bar", "Café {feature}"),
    ),
    Industry(
        "7011",
        (LLC, INC),
        ("{feature} Inn", "{feature} Hotel Partners"),
        (15, 190),
        "General manager",
        units=("Hotel", "Restaurant"),
    ),
    Industry(
        "2752",
        (INC, CLOSE),
        ("{surname} Printing", "{feature} Press"),
        (6, 48),
    ),
    Industry(
        "3841",
        (INC, CORP),
        ("{feature} Medical Devices", "{surname} Surgical Instruments"),
        (40, 480),
        "Chief financial officer",
        units=("Production", "Research", "Administration"),
    ),
    Industry(
        "5251",
        (CLOSE, LLC),
        ("{surname} Hardware", "{feature} Hardware & Supply"),
        (4, 28),
        "Owner",
    ),
    Industry(
        "7538",
        (CLOSE, LLC),
        ("{surname}'s Garage", "{feature} Auto Care", "{surname} & Sons Auto Repair"),
        (3, 22),
        "Owner",
    ),
    Industry(
        "6062",
        (CHURCHLIKE,),
        ("{feature} Credit Union", "{surname} Employees' Credit Union"),
        (22, 140),
        "Chief executive officer",
        units=("Branches", "Operations"),
    ),
    Industry(
        "2092",
        (INC, LLC),
        ("{surname} Seafood", "{feature} Fish Company"),
        (14, 150),
        units=("Plant", "Fleet office"),
    ),
    Industry(
        "2434",
        (CLOSE, LLC),
        ("{surname} Cabinetmakers", "{feature} Millwork"),
        (5, 44),
        "Owner",
    ),
    Industry(
        "8322",
        (NONPROFIT,),
        ("{feature} Community Services", "{surname} Family Resource Center"),
        (18, 230),
        "Executive director",
        units=("Programs", "Administration"),
    ),
    Industry(
        "8412",
        (NONPROFIT,),
        ("{feature} Museum of Art", "{surname} House Museum"),
        (7, 60),
        "Executive director",
    ),
    Industry(
        "0241",
        (LLC, PARTNERS),
        ("{feature} Dairy Farm", "{surname} Family Farm"),
        (2, 19),
        "Owner",
    ),
    Industry(
        "5411",
        (INC, CLOSE),
        ("{surname}'s Market", "{feature} Food Co-op"),
        (12, 170),
        "General manager",
        units=("Stores", "Office"),
    ),
    Industry(
        "2095",
        (LLC,),
        ("{feature} Coffee Roasters", "{surname} & {second} Coffee"),
        (3, 32),
        "Founder",
        units=("Roastery", "Cafés"),
    ),
    Industry(
        "5942",
        (LLC, CLOSE),
        ("{feature} Books", "{surname} & {second} Booksellers"),
        (2, 17),
        "Owner",
    ),
    Industry(
        "9224",
        (PUBLIC,),
        ("{feature} Fire District",),
        (12, 58),
        "District chief",
        units=("Firefighters", "Administration"),
    ),
    Industry(
        "4941",
        (PUBLIC,),
        ("{feature} Water District",),
        (6, 42),
        "Superintendent",
    ),
    Industry(
        "3089",
        (INC, CORP),
        ("{feature} Plastics", "{surname} Molding"),
        (22, 310),
        "Chief financial officer",
        units=("First shift", "Second shift", "Office"),
    ),
)

_BEFORE = (
    "Alder", "Beacon", "Birch", "Blueberry", "Bramble", "Clover", "Copper", "Cranberry", "Fern",
    "Fox", "Granite", "Gull", "Heron", "Hickory", "Ironwood", "Juniper", "Kestrel", "Lantern",
    "Larch", "Marsh", "Mill", "Mohawk", "Moss", "North", "Old Mill", "Orchard", "Osprey", "Otter",
    "Pebble", "Quarry", "Raven", "Sandbar", "Slate", "Spruce", "Stone", "Sumac", "Tamarack",
    "Thistle", "Wharf", "Willow", "Winter", "Wren",
)  # fmt: skip
_AFTER = (
    "Bay", "Brook", "Cove", "Falls", "Field", "Gate", "Harbor", "Hill", "Hollow", "Island",
    "Landing", "Meadow", "Neck", "Point", "Pond", "Ridge", "River", "Run", "Shore", "Spring",
)  # fmt: skip

FEATURES = tuple(f"{before} {after}" for before in _BEFORE for after in _AFTER)

# Family names that a form, a file or a search may stumble over; the census writes only A to Z.
ACCENTED_SURNAMES = (
    "Peña", "Núñez", "Béliveau", "Müller", "Araújo-Souza", "O'Shaughnessy", "D'Amico", "Lê",
    "Sørensen", "Dvořák", "Gonçalves", "Fitz-Gerald", "St. Onge", "Ó Briain", "Łukasik",
)  # fmt: skip
