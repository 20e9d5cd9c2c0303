import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.old_users import COLUMNS, users_of
from portal import csv_lists
from portal.csv_lists import MOST_BYTES, MOST_ROWS, UnreadableListError

HEAD = "Old user ID,Name,Email,Group,Old role\n"
QUINN = "tq01,Teresa Quinn,tquinn@cedar.example,20418A,Bill payer\n"
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
CELLS = st.tuples(TEXT, TEXT, st.just("a@b.example"), TEXT, TEXT)


def read(data):
    return csv_lists.read(data, COLUMNS)


def users(data):
    return users_of(read(data))


def only(data):
    """Return the one user of a list."""
    [user] = users(data if isinstance(data, bytes) else data.encode())
    return user


def code_of(data):
    with pytest.raises(UnreadableListError) as caught:
        read(data)
    return caught.value.code


def test_a_line():
    user = only(HEAD + QUINN)

    assert (user.line, user.old_user_id, user.name, user.email, user.group, user.old_role) == (
        2, "tq01", "Teresa Quinn", "tquinn@cedar.example", "20418A", "Bill payer",
    )  # fmt: skip
    assert (user.problem, user.first_and_last) == ("", ("Teresa", "Quinn"))


@pytest.mark.parametrize(
    "head",
    [
        "old_user_id,NAME,e-mail,group id,OLD ROLE\n",
        "OldUserID, Full name ,E Mail Address,Group Number,Role\n",
        "\ufeffOld user ID,Name,Email,Group,Old role\n",
        "\n\nOld user ID,Name,Email,Group,Old role\n",
        '"Old user ID","Name","Email","Group","Old role"\r\n',
    ],
)
def test_headings_are_known_however_they_are_written(head):
    assert only(head + QUINN).email == "tquinn@cedar.example"


def test_columns_stand_in_any_order_and_others_are_left_out():
    user = only("Role;Shoe size;Group;E-mail;User ID;Name\nViewer;43;20418A;t@c.example;t1;\n")

    assert (user.old_role, user.group, user.email, user.old_user_id, user.name) == (
        "Viewer", "20418A", "t@c.example", "t1", "",
    )  # fmt: skip


@given(rows=st.lists(CELLS, min_size=1, max_size=10), delimiter=st.sampled_from(",;\t"), end=LINE_ENDS,
       encoding=st.sampled_from(["utf-8", "utf-8-sig"]))  # fmt: skip
def test_what_a_spreadsheet_writes_comes_back(rows, delimiter, end, encoding):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
    writer.writerow(["Old user ID", "Name", "Email", "Group", "Old role"])
    writer.writerows(rows)

    found = read(file.getvalue().encode(encoding))

    assert not found.guessed_letters
    people = users_of(found)
    assert [(u.old_user_id, u.name, u.email, u.group, u.old_role) for u in people] == rows
    assert [user.problem for user in people] == [""] * len(rows)


@given(st.binary(max_size=2000))
def test_no_file_breaks_it(data):
    try:
        found = users(data)
    except UnreadableListError:
        return
    assert found


@given(st.text(max_size=300))
def test_no_line_breaks_it(typed):
    text = (HEAD + QUINN + typed).encode("utf-8", "surrogatepass")
    try:
        found = users(text)
    except UnreadableListError as error:
        found, refusal = [], error.code
    else:
        refusal = ""

    assert refusal in {"", "binary", "quotes"}
    assert [user.email for user in found[:1]] == ([] if refusal else ["tquinn@cedar.example"])
    assert all(user.line >= 2 for user in found)


def test_windows_letters_are_guessed_and_said():
    found = read((HEAD + QUINN.replace("Teresa", "Thérèse")).encode("cp1252"))

    assert (found.guessed_letters, users_of(found)[0].name) == (True, "Thérèse Quinn")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"x" * (MOST_BYTES + 1), "size"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"),
        (b"%PDF-1.7", "pdf"),
        ("a,b".encode("utf-16"), "utf16"),
        (HEAD.encode() + b"a\x00b", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (HEAD.encode(), "nobody"),
        (HEAD.encode() + b"\n,,,,\n", "nobody"),
        (b"just a line", "columns"),
        (b"<html><body>Sign in</body></html>", "columns"),
        ((HEAD + QUINN * (MOST_ROWS + 1)).encode(), "rows"),
    ],
    ids=range(14),
)
def test_what_is_no_list_is_told(data, code):
    assert code_of(data) == code


def test_the_largest_list_is_read():
    assert len(users((HEAD + QUINN * MOST_ROWS).encode())) == MOST_ROWS


def test_missing_and_doubled_columns_are_named():
    with pytest.raises(UnreadableListError) as missing:
        read(b"Name,Email\na,b\n")
    with pytest.raises(UnreadableListError) as twice:
        read(b"User ID,Name,Email,E-mail,Group,Role\na,b,c,d,e,f\n")

    assert missing.value.names == ("old_user_id", "group", "old_role")
    assert twice.value.names == ("email",)


def test_an_open_quotation_mark_is_told_with_its_line():
    with pytest.raises(UnreadableListError) as caught:
        read((HEAD + QUINN + 'x,"Teresa,t@c.example,1,2\n' + QUINN).encode())

    assert (caught.value.code, caught.value.line) == ("quotes", 3)


@pytest.mark.parametrize(
    ("line", "problem", "column"),
    [
        ("a,b,t@c.example,20418A,Viewer,more", "cells", ""),
        ("a,b,t@c.example,20418A,Viewer,", "", ""),
        ("a,b,t@c.example,20418A", "", ""),
        ("a,b,,20418A,Viewer", "missing", "email"),
        ("a,b,t@c.example,,Viewer", "missing", "group"),
        ("a,b,t@c,20418A,Viewer", "email", "email"),
        ("a,b,t c@c.example,20418A,Viewer", "email", "email"),
        ("a,b,é@c.example,20418A,Viewer", "email", "email"),
        ("a,b,t@c..example,20418A,Viewer", "email", "email"),
        (f"a,{'b' * 97},t@c.example,20418A,Viewer", "long", "name"),
        ("a,b\u202ec,t@c.example,20418A,Viewer", "hidden", "name"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(line, problem, column):
    user = only(f"{HEAD}{line}\n")

    assert (user.problem, user.column) == (problem, column)


def test_line_numbers_are_those_of_the_file():
    found = users((HEAD + QUINN + "\n" + 'x,"Te\nresa",t@c.example,1,2\n' + QUINN).encode())

    assert [user.line for user in found] == [2, 4, 6]
    assert found[1].name == "Te resa"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Teresa Quinn", ("Teresa", "Quinn")),
        ("Quinn, Teresa M", ("Teresa M", "Quinn")),
        ("Teresa Anne Quinn", ("Teresa Anne", "Quinn")),
        ("Quinn", ("", "Quinn")),
        ("", ("", "")),
    ],
)
def test_first_and_last_names(name, parts):
    user = only(f'{HEAD}a,"{name}",t@c.example,20418A,Viewer\n')

    assert user.first_and_last == parts
