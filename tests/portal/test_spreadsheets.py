"""Cells that stay text in a spreadsheet program."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.spreadsheets import guarded, lines


@pytest.mark.parametrize(
    "cell",
    [
        "=HYPERLINK('http://x')", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\uff0b1",
        "\uff0d1", "\uff201",
    ],
)  # fmt: skip
def test_what_would_begin_a_formula_gets_an_apostrophe(cell):
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Karen Mitchell", "a=b", "3-4", 12, "'=1", "José"])
def test_other_cells_stay_as_they_are(cell):
    assert guarded(cell) == str(cell)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1)
)
def test_a_row_comes_back_as_it_went(cells):
    written = "".join(lines([cells, ["end"]]))

    read = list(csv.reader(io.StringIO(written, newline="")))

    assert read == [[guarded(cell) for cell in cells], ["end"]]
    assert not any(cell.lstrip(" ")[:1] in set("=+-@\t\r\n") for cell in read[0])
