"""An archive is trusted with nothing."""

import stat
import struct
import zipfile
from io import BytesIO

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits
from tests.partnership.rosters import a_manifest, a_roster, a_user, a_zip, codes, only, read, rejected, roster_files


def test_a_spreadsheet_is_no_zip() -> None:
    rejection = rejected(BytesIO(b"sourcedId,givenName\r\n1,Mei\r\n"))
    assert codes(rejection) == {"zip.not_a_zip"}
    assert rejection.message == "This file is not a zip archive."
    assert rejection.hint


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04", b"PK\x05\x06" + b"\x00" * 10])
def test_next_to_nothing_is_no_zip(content: bytes) -> None:
    assert codes(rejected(BytesIO(content))) <= {"zip.not_a_zip", "zip.truncated"}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_truncated_upload_is_rejected(share: float) -> None:
    whole = a_roster(users=[a_user(i) for i in range(1, 50)]).getvalue()
    assert codes(rejected(BytesIO(whole[: int(len(whole) * share)]))) == {"zip.truncated"}


def test_a_flipped_bit_in_a_file_is_rejected_as_damage() -> None:
    whole = bytearray(a_roster(users=[a_user(i) for i in range(1, 200)]).getvalue())
    with zipfile.ZipFile(BytesIO(bytes(whole))) as archive:
        users = archive.getinfo("users.csv")
    whole[users.header_offset + 200] ^= 0x10
    rejection = rejected(BytesIO(bytes(whole)))
    assert codes(rejection) == {"zip.truncated"}
    assert rejection.where == "users.csv"


@pytest.mark.parametrize("name", ["../users.csv", "/etc/users.csv", "C:\\users.csv", "a/../../users.csv", "..\\x.csv"])
def test_a_name_that_leaves_the_archive_is_rejected(name: str) -> None:
    assert codes(rejected(a_zip({**roster_files(), name: "x"}))) == {"zip.unsafe_name"}


def test_a_link_is_rejected() -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("users.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert codes(rejected(packed)) == {"zip.link"}


def test_an_encrypted_archive_is_rejected() -> None:
    whole = bytearray(a_roster().getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.find(signature)
        while at >= 0:
            struct.pack_into("<H", whole, at + offset, 1)
            at = whole.find(signature, at + 4)
    assert codes(rejected(BytesIO(bytes(whole)))) == {"zip.encrypted"}


def test_two_entries_of_one_name_are_rejected() -> None:
    assert codes(rejected(a_zip({**roster_files(), "USERS.csv": "x"}))) == {"zip.duplicate_name"}


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    rejection = rejected(a_zip({**roster_files(), "classes.csv": b"0" * 5_000_000}))
    assert codes(rejection) == {"zip.bomb"}
    assert "to 1" in rejection.message


def test_more_than_the_limit_is_refused() -> None:
    with pytest.raises(RosterRejected) as refusal:
        read(a_roster(), limits=RosterLimits(max_unpacked_bytes=100))
    assert codes(refusal.value) == {"zip.bomb"}


def test_more_files_than_a_roster_has_are_refused() -> None:
    assert codes(rejected(a_zip({f"{i}.csv": "" for i in range(300)}))) == {"zip.too_many_files"}


def test_small_files_of_one_letter_are_no_bomb() -> None:
    assert read(a_zip({**roster_files(), "classes.csv": b"0" * 100_000})).people_kept == 1


def test_one_enclosing_folder_and_the_litter_of_a_mac_make_no_difference() -> None:
    enclosed = {f"Export 2026/{name}": content for name, content in roster_files().items()}
    litter = {"__MACOSX/Export 2026/._users.csv": "x", "Export 2026/.DS_Store": "x"}
    roster = read(a_zip({**enclosed, **litter}))
    assert roster.observations == read(a_roster()).observations
    assert codes(roster) == set()


def test_a_zip_in_a_zip_is_read_with_a_warning_and_no_deeper() -> None:
    inside = a_roster().getvalue()
    roster = read(a_zip({"roster.zip": inside}))
    assert roster.observations == read(a_roster()).observations
    assert codes(roster) == {"zip.nested"}
    twice = rejected(a_zip({"outer.zip": a_zip({"inner.zip": inside}).getvalue()}))
    assert "zip.nested_twice" in codes(twice)


def test_file_names_are_compared_without_case_and_with_the_prefix_of_the_connection() -> None:
    files = {f"BOSTON_{name.upper()}": content for name, content in roster_files().items()}
    assert only(read(a_zip(files), ConnectionMapping(file_prefix="Boston_"))).source_key == "u-1"
    rejection = rejected(a_zip(files))
    assert codes(rejection) == {"file.missing", "manifest.missing"}
    assert "boston_orgs.csv" in rejection.message


def test_a_manifest_alone_says_that_nothing_has_changed() -> None:
    roster = read(a_zip({"manifest.csv": a_manifest("1.2", [])}))
    assert (roster.mode, roster.people_kept, codes(roster)) == ("delta", 0, {"manifest.only"})


def test_other_files_are_named_and_left_alone() -> None:
    roster = read(a_zip({**roster_files(), "readme.txt": "hello", "old/users.csv": "x"}))
    assert roster.findings.counts == {"file.ignored": 2}


def test_nothing_is_read_from_an_archive_packed_in_an_unknown_way() -> None:
    whole = bytearray(a_roster().getvalue())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = whole.find(signature)
        while at >= 0:
            struct.pack_into("<H", whole, at + offset, 97)
            at = whole.find(signature, at + 4)
    assert codes(rejected(BytesIO(bytes(whole)))) == {"zip.method"}
