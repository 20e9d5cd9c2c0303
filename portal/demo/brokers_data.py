"""The brokers the demo's carrier knows. Made up, all of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BrokerData:
    """One broker; whoever has an account has it by the same e-mail address."""

    first_name: str
    last_name: str
    email: str
    npn: str


@dataclass(frozen=True)
class AgencyData:
    """One brokerage with its brokers."""

    name: str
    npn: str
    city: str
    state: str
    brokers: tuple[BrokerData, ...]


AGENCIES = (
    AgencyData(
        "Summit Benefit Partners",
        "17204418",
        "Springfield",
        "MA",
        (
            BrokerData("Alicia", "Grant", "agrant@summitbenefit.example", "9120447"),
            BrokerData("Thomas", "Beckett", "tbeckett@summitbenefit.example", "9120931"),
            BrokerData("Ines", "Moreau", "imoreau@summitbenefit.example", "9121302"),
        ),
    ),
    AgencyData(
        "Harbor Group Benefits",
        "16893027",
        "Portland",
        "ME",
        (
            BrokerData("Walter", "Nakamura", "wnakamura@harborgroup.example", "8843510"),
            BrokerData("Sofia", "Lindqvist", "slindqvist@harborgroup.example", "8843922"),
        ),
    ),
    AgencyData(
        "Old Mill Insurance",
        "15540761",
        "Nashua",
        "NH",
        (BrokerData("Rafael", "Ocampo", "rocampo@oldmill.example", "7719284"),),
    ),
)
