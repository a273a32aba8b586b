"""Whatever a file was written with, it reads the same; what was odd is said."""

from collections.abc import Callable

import pytest

from tests.partnership.rosters import (
    USER_HEADER_12,
    a_role,
    a_roster,
    a_user,
    as_csv,
    changed,
    codes,
    only,
    read,
    rejected,
    roster_files,
)

ACCENTED = [a_user(1, givenName="Zoë", familyName="Nuñez"), a_user(2)]


def users_written(change: Callable[[str], str | bytes], users: list[dict[str, str]] | None = None):  # type: ignore[no-untyped-def]
    """The roster read from a set whose users.csv is written differently, and what was said about it."""
    roster = read(changed(roster_files(users=users or ACCENTED), "users.csv", change))
    return roster.observations, codes(roster)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.encode("utf-8-sig"), set()),
        (lambda text: text.encode("utf-16"), {"encoding.utf16"}),
        (lambda text: text.encode("utf-16-le"), {"encoding.utf16"}),
        (lambda text: text.encode("utf-16-be"), {"encoding.utf16"}),
        (lambda text: text.encode("cp1252"), {"encoding.cp1252"}),
        (lambda text: text.replace("\r\n", "\n"), set()),
        (lambda text: text.replace("\r\n", "\r"), set()),
        (lambda text: text.rstrip(), set()),
        (lambda text: text + "\r\n\r\n,,,\r\n", set()),
        (lambda text: text.replace(",", ";"), {"csv.delimiter"}),
        (lambda text: text.replace(",", "\t"), {"csv.delimiter"}),
    ],
    ids=["bom", "utf16", "utf16le", "utf16be", "cp1252", "lf", "cr", "no-end", "blank-lines", "semicolon", "tab"],
)
def test_encodings_and_line_ends_make_no_difference(change: Callable[[str], str | bytes], said: set[str]) -> None:
    observations, codes_said = users_written(change)
    assert observations == read(a_roster(users=ACCENTED)).observations
    assert codes_said == said


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\x03" * 100, b"sourcedId\x81\x8d,\xff", "sourcedId,name".encode("utf-16")[:-1]]
)
def test_what_is_no_text_is_rejected(content: bytes) -> None:
    rejection = rejected(changed(roster_files(), "users.csv", lambda _: content))
    assert codes(rejection) == {"encoding.not_text"}
    assert rejection.where == "users.csv"


def test_a_line_break_within_quotes_is_read_as_a_blank() -> None:
    roster = read(a_roster(users=[a_user(1, middleName="Ann\r\nMarie"), a_user(2)]))
    assert [person.names.middle for person in roster.observations] == ["Ann Marie", ""]
    assert codes(roster) == {"csv.line_break"}
    assert [finding.line for finding in roster.findings] == [2]
    assert [person.line for person in roster.observations] == [2, 4]


def test_a_file_cut_in_its_last_line_is_rejected() -> None:
    files = roster_files(users=[a_user(1), a_user(2)])
    rejection = rejected(changed(files, "users.csv", lambda text: text[: text.rindex("mlee2")]))
    assert codes(rejection) == {"csv.last_line_short", "row.few_fields"}
    assert rejection.where == "users.csv 3"


def test_a_quote_that_is_never_closed_does_not_swallow_the_file_silently() -> None:
    users = [a_user(i) for i in range(1, 60)]
    rejection = rejected(changed(roster_files(users=users), "users.csv", lambda t: t.replace("Meic", '"Meic')))
    assert {"csv.open_quote", "file.too_many_errors"} <= codes(rejection)


def test_a_field_longer_than_we_take_is_a_broken_row_and_no_crash() -> None:
    users = [a_user(1, middleName="x" * 200_000), *(a_user(i) for i in range(2, 30))]
    roster = read(a_roster(users=users, roles=[a_role(i) for i in range(2, 30)]))
    assert roster.people_kept == 28
    assert roster.findings.counts == {"csv.open_quote": 1}


def renamed(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (renamed("sourcedId,status", "SOURCEDID , Status"), "header.spelling"),
        (renamed("familyName", "Family Name"), "header.spelling"),
        (renamed("userIds", "userId"), "header.alias"),
        (renamed("grades", "grade"), "header.alias"),
        (renamed("preferredGivenName", "preferedGivenNme"), "header.alias"),
        (renamed("pronouns\r\n", "pronouns,,\r\n"), "header.trailing_commas"),
        (renamed("pronouns", "shoeSize"), "header.unknown"),
        (renamed("pronouns", "metadata.shoeSize"), "header.unknown"),
    ],
    ids=["case", "blank", "singular", "grade", "typo", "trailing", "unknown", "metadata"],
)
def test_an_odd_header_is_read_as_meant_and_named(change: Callable[[str], str], code: str) -> None:
    observations, said = users_written(change)
    assert observations == read(a_roster(users=ACCENTED)).observations
    assert said == {code}


def test_columns_in_another_order_are_read_by_name() -> None:
    roster = read(a_roster(users=ACCENTED, user_header=list(reversed(USER_HEADER_12))))
    assert roster.observations == read(a_roster(users=ACCENTED)).observations
    assert codes(roster) == {"header.order"}


def test_a_missing_required_column_is_rejected_and_a_near_name_is_offered() -> None:
    rejection = rejected(changed(roster_files(), "users.csv", renamed("familyName", "famlyName")))
    assert "header.required_missing" in codes(rejection)
    assert rejection.message == "A required column is missing. Is “famlyName” meant?"
    assert rejection.where == "users.csv 1 familyName"


def test_a_column_of_the_standard_that_we_can_do_without_is_missed_with_a_warning() -> None:
    roster = read(a_roster(user_header=[column for column in USER_HEADER_12 if column != "enabledUser"]))
    assert codes(roster) == {"header.column_missing"}


def test_a_file_without_a_header_is_rejected() -> None:
    assert codes(rejected(changed(roster_files(), "users.csv", lambda _: ""))) == {"header.missing"}
    no_header = rejected(changed(roster_files(), "users.csv", lambda text: text.partition("\r\n")[2]))
    assert "header.required_missing" in codes(no_header)
    assert "Mei" not in str([finding.as_dict() for finding in no_header.findings])


def test_two_columns_of_one_name_agree_or_break_the_row() -> None:
    users = [a_user(i) for i in range(1, 60)]

    def doubled(text: str) -> str:
        header, *rows = text.splitlines()
        second = ["", "mlee2@district.example", "other@district.example"] + [""] * 56
        return "\r\n".join([f"{header},email", *(f"{row},{extra}" for row, extra in zip(rows, second, strict=True))])

    roster = read(changed(roster_files(users=users), "users.csv", doubled))
    assert roster.findings.counts["row.duplicate_columns_differ"] == 1
    assert {"header.duplicate", "row.duplicate_columns_differ", "role.unknown_user"} == codes(roster)
    assert roster.people_kept == 58


def test_short_rows_are_filled_up_and_long_rows_are_broken() -> None:
    users = [a_user(i) for i in range(1, 60)]

    def uneven(text: str) -> str:
        lines = text.splitlines()
        lines[1] = lines[1].rstrip(",")
        lines[2] += ",,"
        lines[3] += ",Nuñez"
        lines[4] = "u-4,,,true"
        return "\r\n".join([*lines, ""])

    roster = read(changed(roster_files(users=users), "users.csv", uneven))
    assert roster.people_kept == 57
    assert roster.findings.counts == {
        "row.few_fields": 1,
        "row.too_many_fields": 1,
        "row.too_few_fields": 1,
        "role.unknown_user": 2,
    }


def test_words_for_nothing_are_blanks_but_not_in_names() -> None:
    roster = read(a_roster(users=[a_user(1, email="NULL", username="mlee", familyName="Null", identifier="N/A")]))
    person = only(roster)
    assert person.emails == ()
    assert person.names.family == "Null"
    assert person.ids == (("state_id", "10000001"),)
    assert roster.findings.counts == {"value.blank_word": 2}


def test_a_whole_column_of_null_is_no_name() -> None:
    roster = read(a_roster(users=[a_user(i, middleName="NULL") for i in range(1, 5)]))
    assert {person.names.middle for person in roster.observations} == {""}
    assert codes(roster) == {"value.blank_word"}
    assert as_csv(["a"], [{"a": "b"}]) == "a\r\nb\r\n"
