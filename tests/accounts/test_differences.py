import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.differences import Segment, compare


@pytest.mark.parametrize(
    ("first", "second", "left", "right"),
    [
        (
            "Cedar Ridge Logistics, LLC",
            "Cedar Ridge Logistics",
            [("Cedar Ridge Logistics", False), (", LLC", True)],
            [("Cedar Ridge Logistics", False)],
        ),
        (
            "413-555-0188",
            "413-555-0114",
            [("413-555-01", False), ("88", True)],
            [("413-555-01", False), ("14", True)],
        ),
        # Two equal letters between differing ones are no help, so the run is marked as one.
        (
            "ab12cd",
            "ab32ed",
            [("ab", False), ("12c", True), ("d", False)],
            [("ab", False), ("32e", True), ("d", False)],
        ),
        ("Otter Brook", "Zzyzx", [("Otter Brook", True)], [("Zzyzx", True)]),
        ("same", "same", [("same", False)], [("same", False)]),
        ("", "new", [], [("new", True)]),
        ("", "", [], []),
    ],
)
def test_marks_what_the_other_text_lacks(first, second, left, right):
    assert compare(first, second) == (
        [Segment(*pair) for pair in left],
        [Segment(*pair) for pair in right],
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_segments_are_the_text_again(first, second):
    left, right = compare(first, second)

    assert "".join(segment.text for segment in left) == first
    assert "".join(segment.text for segment in right) == second
    assert [s.text for s in left if not s.differs] == [s.text for s in right if not s.differs]
