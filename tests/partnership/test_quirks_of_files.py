"""What real producers do to files, and what becomes of it: sis §4.1, Q01 to Q13 and Q25 to Q27."""

import struct
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from tests.partnership.rosters import (
    USER_HEADER_12,
    a_manifest,
    a_role,
    a_roster,
    a_roster_11,
    a_teacher_11,
    a_user,
    a_zip,
    changed,
    codes,
    only,
    read,
    rejected,
    roster_files,
)

ZOE = [a_user(1, givenName="Zoë", familyName="Nuñez"), a_user(2)]
MANY = range(1, 60)


def with_users(change: Callable[[str], str | bytes], users: list[dict[str, str]] | None = None) -> BytesIO:
    return changed(roster_files(users=users or ZOE), "users.csv", change)


def reads_the_same(packed: BytesIO, *said: str) -> None:
    roster = read(packed)
    assert [(p.source_key, p.names, p.emails) for p in roster.observations] == [
        (p.source_key, p.names, p.emails) for p in read(a_roster(users=ZOE)).observations
    ]
    assert codes(roster) == set(said)


def test_a_byte_order_mark_is_passed_over_without_a_word() -> None:
    """Q01."""
    reads_the_same(with_users(lambda text: text.encode("utf-8-sig")))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_a_warning(encoding: str) -> None:
    """Q02: with a byte order mark, and without one."""
    reads_the_same(with_users(lambda text: text.encode(encoding)), "encoding.utf16")


def test_windows_1252_is_read_with_a_warning_and_what_is_no_text_is_rejected() -> None:
    """Q03: UTF-8 first; 0x81 is no letter of Windows-1252."""
    reads_the_same(with_users(lambda text: text.encode("cp1252")), "encoding.cp1252")
    assert codes(rejected(with_users(lambda text: text.encode() + b'"\xff\x81"'))) >= {"encoding.not_text"}


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends_and_blank_lines_at_the_end_make_no_difference(end: str) -> None:
    """Q04."""
    for tail in ("", end, end * 4):
        reads_the_same(with_users(lambda text, tail=tail: text.rstrip().replace("\r\n", end) + tail))  # type: ignore[misc]


def test_a_line_break_within_a_field_becomes_a_blank() -> None:
    """Q05."""
    roster = read(a_roster(users=[a_user(1, middleName="Ann\nMarie")]))
    assert (only(roster).names.middle, codes(roster)) == ("Ann Marie", {"csv.line_break"})


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_one_enclosing_folder_and_the_litter_of_systems_are_passed_over(separator: str) -> None:
    """Q06: also with the separator of Windows."""
    files = {f"Export{separator}{name}": text for name, text in roster_files(users=ZOE).items()}
    reads_the_same(a_zip({**files, "__MACOSX/Export/._users.csv": "x", f"Export{separator}.DS_Store": "x"}))


def test_an_archive_in_the_archive_is_read_one_level_deep() -> None:
    """Q06."""
    inside = a_roster(users=ZOE).getvalue()
    reads_the_same(a_zip({"roster.zip": inside}), "zip.nested")
    assert "zip.nested_twice" in codes(rejected(a_zip({"a.zip": a_zip({"b.zip": inside}).getvalue()})))


def test_an_archive_that_means_harm_is_rejected() -> None:
    """Q07: names that lead out, names that occur twice, and more than can be taken; see also test_roster_zip.py."""
    files = roster_files()
    for name in ("../users.csv", "/etc/passwd", "C:/users.csv", "a\\..\\..\\users.csv"):
        assert codes(rejected(a_zip({**files, name: "x"}))) == {"zip.unsafe_name"}
    assert codes(rejected(a_zip({**files, "USERS.CSV": "x"}))) == {"zip.duplicate_name"}
    assert codes(rejected(a_zip({**files, "big.csv": "0" * 3_000_000}))) == {"zip.bomb"}


def test_a_list_of_millions_of_entries_is_refused_before_it_is_read() -> None:
    """Q07."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(12_000):
            archive.writestr(f"{number}-{'x' * 60}.csv", "")
    assert codes(rejected(packed)) == {"zip.too_many_files"}
    stated = bytearray(a_roster().getvalue())
    struct.pack_into("<L", stated, len(stated) - 10, 1 << 30)
    assert codes(rejected(BytesIO(bytes(stated)))) == {"zip.too_many_files"}


def test_file_names_in_any_case_with_a_configured_prefix_and_date() -> None:
    """Q08: a prefix only where the connection says so."""
    files = {f"BOSTON_2026-09-01_{name.title()}": text for name, text in roster_files(users=ZOE).items()}
    assert "file.missing" in codes(rejected(a_zip(files)))
    roster = read(a_zip(files), ConnectionMapping(district_code="00350000", file_prefix="boston_*_"))
    assert (roster.people_kept, codes(roster)) == (2, set())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("sourcedId,status", " SOURCEDID ,Status", "header.spelling"),
        ("familyName", "\"'familyName'\"", ""),
        ("pronouns\r\n", "pronouns,,\r\n", "header.trailing_commas"),
    ],
)
def test_a_header_in_other_case_with_blanks_quotes_or_trailing_commas_is_read(old: str, new: str, code: str) -> None:
    """Q09."""
    reads_the_same(with_users(lambda text: text.replace(old, new, 1)), *filter(None, [code]))


def test_columns_are_found_by_name_in_whatever_order() -> None:
    """Q10."""
    reads_the_same(a_roster(users=ZOE, user_header=list(reversed(USER_HEADER_12))), "header.order")


@pytest.mark.parametrize(
    ("column", "written"),
    [("userIds", "userId"), ("grades", "grade"), ("agentSourcedIds", "agents"), ("middleName", "midleName")],
)
def test_old_and_misspelt_column_names_are_read_as_meant(column: str, written: str) -> None:
    """Q11."""
    reads_the_same(with_users(lambda text: text.replace(column, written, 1)), "header.alias")


def test_a_misspelt_column_that_is_needed_is_guessed_aloud_and_not_taken() -> None:
    """Q11."""
    rejection = rejected(with_users(lambda text: text.replace("familyName", "famillyName", 1)))
    assert "Is “famillyName” meant?" in rejection.message


def test_of_two_columns_of_one_name_a_value_is_taken_unless_they_disagree() -> None:
    """Q12."""

    def doubled(text: str) -> str:
        header, *rows = text.splitlines()
        extra = ["mlee1@district.example", "", "other@district.example", *[""] * 56]
        return "\r\n".join([f"{header},email", *(f"{row},{each}" for row, each in zip(rows, extra, strict=True))])

    roster = read(with_users(doubled, [a_user(i) for i in MANY]))
    assert roster.findings.counts["row.duplicate_columns_differ"] == 1
    assert roster.people_kept == 58


def test_unknown_columns_are_left_alone_and_wanted_metadata_is_read_wherever_it_stands() -> None:
    """Q13."""
    header = ["metadata.mepid", *USER_HEADER_12[:5], "ext_x", "metadata.shoe", *USER_HEADER_12[5:]]
    roster = read(a_roster(users=[a_user(1, userIds="", **{"metadata.mepid": "12345678"})], user_header=header))
    assert only(roster).ids_of("state_id") == ("12345678",)
    assert roster.findings.counts == {"header.unknown": 2}
    assert [finding.level for finding in roster.findings] == ["info", "info"]


def test_what_a_set_can_do_without_may_be_missing() -> None:
    """Q25: optional files, and the manifest; one that disagrees is not believed."""
    files = roster_files(users=ZOE)
    reads_the_same(a_zip({name: text for name, text in files.items() if name != "manifest.csv"}), "manifest.missing")
    wrong = a_manifest("1.2", ["orgs.csv", "users.csv", "roles.csv", "classes.csv"])
    reads_the_same(a_zip({**files, "manifest.csv": wrong}), "manifest.differs")


def test_a_header_alone_does_not_say_that_everybody_is_gone() -> None:
    """Q25."""
    roster = read(a_roster(users=[], roles=[]))
    assert (roster.must_wait, codes(roster)) == (True, {"file.header_only"})
    assert roster.findings.worst == "hold"


def test_an_upload_that_is_cut_is_rejected_as_a_whole() -> None:
    """Q26: in its last line, or anywhere in the archive."""
    rejection = rejected(with_users(lambda text: text[: text.rindex("mlee2")]))
    assert "csv.last_line_short" in codes(rejection)
    whole = a_roster(users=[a_user(i) for i in MANY]).getvalue()
    assert codes(rejected(BytesIO(whole[: len(whole) // 2]))) == {"zip.truncated"}


def test_short_rows_are_filled_up_where_nothing_needed_is_missing() -> None:
    """Q27."""

    def uneven(text: str) -> str:
        lines = text.splitlines()
        return "\r\n".join([lines[0], lines[1].rstrip(","), lines[2] + ",,", lines[3] + ",x", "u-4,,,true", *lines[5:]])

    roster = read(with_users(uneven, [a_user(i) for i in MANY]))
    assert roster.people_kept == 57
    assert {"row.few_fields", "row.too_many_fields", "row.too_few_fields"} < codes(roster)


def test_an_export_as_powerschool_writes_it_is_read_by_number_address_and_name() -> None:
    """Q20 and more: sis §3.4, a real district's stock export of 1.1."""
    teacher = {
        "sourcedId": "T1204", "identifier": "0457", "username": "mlee", "middleName": "A", "phone": "617-555-0100",
        "userIds": "{Admin Portal Username: },{Teacher Portal Username:mlee}", "orgSourcedIds": "s-1,d-1",
    }  # fmt: skip
    student = a_teacher_11(2, sourcedId="S9", role="student", givenName="Marker")
    guardian = a_teacher_11(3, sourcedId="G9", role="guardian", givenName="Marker")
    roster = read(a_roster_11(users=[a_teacher_11(1, **teacher), student, guardian]))
    person = only(roster)
    assert person.ids == (("local_id", "0457"), ("userid:teacherportalusername", "mlee"))
    assert [p.organization_key for p in person.positions] == ["d-1", "s-1"]
    assert roster.people_dropped == {"student": 1, "guardian": 1}
    assert "617-555-0100" not in str(person)
    assert only(read(a_roster(roles=[a_role(1)]))).active
