import pytest

from groups.us_addresses import _CENTERS, COUNTIES, STATES, county_of, is_in_state, is_po_box
from portal.demo import sources


@pytest.mark.parametrize(
    "line",
    ["PO Box 12", "P.O. Box 12", "p o box 7", "P. O. Box 3", "Post Office Box 9", "Box 44", "POB 5", "Mill Lane, PO Box 2"],
)  # fmt: skip
def test_po_boxes_are_known(line):
    assert is_po_box(line)


@pytest.mark.parametrize("line", ["12 Box Elder Road", "Boxwood Lane 3", "1 Post Road", "4 Depot Street", "Lunchbox Plaza 1"])  # fmt: skip
def test_streets_are_no_po_boxes(line):
    assert not is_po_box(line)


@pytest.mark.parametrize(
    ("name", "state", "county"),
    [
        ("Hampden", "MA", "Hampden"), ("hampden COUNTY", "MA", "Hampden"), ("Nowhere", "MA", None),
        ("Tolland", "MA", None), ("Tolland", "CT", "Tolland"), ("County", "MA", None),
    ],
)  # fmt: skip
def test_counties_are_those_of_the_state_where_we_know_them(name, state, county):
    assert county_of(name, state) == county


def test_the_counties_of_the_demo_are_known():
    assert {place.county for place in sources.places() if place.state == "MA"} <= set(
        COUNTIES["MA"]
    )


def test_every_state_has_its_centers():
    assert {code for code, _name in STATES} == _CENTERS.keys()


@pytest.mark.parametrize("place", sources.places(), ids=str)
def test_the_places_of_the_demo_lie_in_their_states(place):
    others = {code for code, _name in STATES if is_in_state(place.zip5, code)}

    assert others == {place.state}


@pytest.mark.parametrize(
    ("zip_code", "state", "answer"),
    [
        ("01040-1234", "MA", True),
        ("01040", "CT", False),
        ("06390", "NY", True),
        ("05501", "MA", True),
        ("20001", "DC", True),
        ("20101", "VA", True),
        ("96799", "AS", True),
        ("00601", "PR", True),
        ("00000", "MA", False),
    ],
)
def test_zip_codes_and_states(zip_code, state, answer):
    assert is_in_state(zip_code, state) is answer
