"""Single values: what is meant, and what is odd about them."""

from datetime import UTC, date, datetime

import pytest

from services.partnership.domain.observation import StaffRole
from services.partnership.domain.oneroster_values import (
    is_address,
    is_rounded_number,
    read_boolean,
    read_date,
    read_moment,
    read_role,
    read_status,
    read_user_ids,
)


@pytest.mark.parametrize(
    ("text", "meant", "code"),
    [
        ("2026-08-24", date(2026, 8, 24), None),
        ("", None, None),
        ("8/24/2026", date(2026, 8, 24), "value.date_form"),
        ("08/24/2026 0:00", date(2026, 8, 24), "value.date_form"),
        ("2026-08-24 00:00:00", date(2026, 8, 24), "value.date_form"),
        ("2026-08-24T00:00:00.0000000Z", date(2026, 8, 24), "value.date_form"),
        ("2026-08-24T00:00:00+00:00", date(2026, 8, 24), "value.date_form"),
        ("24/8/2026", None, "value.date"),
        ("24.8.2026", None, "value.date"),
        ("2026-02-30", None, "value.date"),
        ("soon", None, "value.date"),
        ("1900-01-01", None, "value.date_sentinel"),
        ("9999-12-31", None, "value.date_sentinel"),
        ("12/31/9999", None, "value.date_sentinel"),
    ],
)
def test_dates(text: str, meant: date | None, code: str | None) -> None:
    read, odd = read_date(text)
    assert read == meant
    assert (odd.code if odd else None) == code


@pytest.mark.parametrize(
    ("text", "pairs", "is_odd"),
    [
        ("{MEPID:12345678}", [("MEPID", "12345678")], False),
        ("{LDAP:Id},{LTI:4}", [("LDAP", "Id"), ("LTI", "4")], False),
        ("{LDAP:Id}, {LTI:4}", [("LDAP", "Id"), ("LTI", "4")], False),
        ("{Admin Portal Username: }", [], False),
        ("{LDAP:}", [], False),
        ("{URL:https://x/a:b}", [("URL", "https://x/a:b")], False),
        ("{Mail:mei@district.example}", [("Mail", "mei@district.example")], False),
        ("{LDAP:Id};{LTI:4}", [("LDAP", "Id"), ("LTI", "4")], True),
        ("MEPID:12345678", [("MEPID", "12345678")], True),
        ("MEPID:12345678;License:77", [("MEPID", "12345678"), ("License", "77")], True),
        ('[{"type":"MEPID","identifier":"12345678"}]', [("MEPID", "12345678")], True),
        ('["{MEPID:12345678}","{LDAP:x}"]', [("MEPID", "12345678"), ("LDAP", "x")], True),
        ('["MEPID:12345678"]', [("MEPID", "12345678")], True),
        ("[{MEPID:12345678}]", [("MEPID", "12345678")], True),
        ('{"MEPID":"12345678"}', [("MEPID", "12345678")], False),
        ("12345678", [("", "12345678")], True),
        ("[1,2]", [("", "1"), ("", "2")], True),
        ('[{"type":"X","identifier":"\\ud800"}]', [], True),
        ("", [], False),
    ],
)
def test_user_ids(text: str, pairs: list[tuple[str, str]], is_odd: bool) -> None:
    read, odd = read_user_ids(text)
    assert list(read) == pairs
    assert (odd is not None) == is_odd


@pytest.mark.parametrize(
    ("text", "role", "dropped_as", "code"),
    [
        ("teacher", "teacher", "", None),
        ("Teacher", "teacher", "", "value.enumeration"),
        ("administrator", "school-or-district-admin", "", None),
        ("siteAdministrator", "school-admin", "", None),
        ("Site Administrator", "school-admin", "", "value.enumeration"),
        ("districtAdministrator", "district-admin", "", None),
        ("principal", "principal", "", None),
        ("proctor", "other", "", None),
        ("ext:substitute", "other", "", None),
        ("janitor", "other", "", "value.role_unknown"),
        ("student teacher", "other", "", "value.role_unknown"),
        ("student", None, "student", None),
        ("STUDENTS", None, "student", None),
        ("ext:pupil", None, "student", None),
        ("Guardian", None, "guardian", None),
        ("parent", None, "parent", None),
        ("ext:emergencyContact", None, "guardian", None),
    ],
)
def test_roles(text: str, role: StaffRole | None, dropped_as: str, code: str | None) -> None:
    read, reason, odd = read_role(text)
    assert (read, reason) == (role, dropped_as)
    assert (odd.code if odd else None) == code


@pytest.mark.parametrize(
    ("text", "meant", "is_odd"),
    [("true", True, False), ("FALSE", False, True), ("y", True, True), ("0", False, True), ("", None, False)],
)
def test_booleans(text: str, meant: bool | None, is_odd: bool) -> None:
    read, odd = read_boolean(text)
    assert read is meant
    assert (odd is not None) == is_odd
    assert read_boolean("maybe")[0] is None


def test_statuses_of_1_0_are_deletions_too() -> None:
    assert [read_status(text)[0] for text in ("", "active", "tobedeleted", "inactive", "ToBeDeleted")] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_time_without_a_zone_is_the_connections() -> None:
    assert read_moment("2026-07-01T12:00:00.1234567Z", "America/New_York") == datetime(
        2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC
    )
    local = read_moment("2026-07-01 08:00:00", "America/New_York")
    assert local == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert read_moment("0001-01-01", "America/New_York") is None
    assert read_moment("yesterday", "America/New_York") is None


def test_spreadsheet_damage_is_told_from_ids_with_an_e() -> None:
    assert [is_rounded_number(text) for text in ("1.23E+11", "1,23E+11", "1E+11", "2.5e3")] == [True] * 4
    assert [is_rounded_number(text) for text in ("1E05", "123", "E12", "T.1E", "")] == [False] * 5


def test_placeholders_are_no_addresses() -> None:
    assert is_address("mei.o'lee@mail.district.example")
    for text in (
        "noemail@district.example",
        "no-reply@x.example",
        "mei",
        "mei@",
        "mei@localhost",
        "a@b.c, d@e.f",
        "@b.c",
    ):
        assert not is_address(text), text
