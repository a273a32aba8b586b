"""What real producers write into cells, and what is made of it: sis §4.1, Q14 to Q24 and Q30 to Q32."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.match_keys import comparable_name
from services.partnership.domain.observation import Roster
from services.partnership.web.findings_csv import findings_csv
from tests.partnership.rosters import a_role, a_roster, a_roster_11, a_teacher_11, a_user, codes, only, read

MANY = range(1, 60)


def with_role(**values: str) -> Roster:
    return read(a_roster(roles=[a_role(1, **values)]))


def test_a_bulk_file_whose_rows_say_active_is_bulk_and_its_deletions_count() -> None:
    """Q14."""
    old = {"dateLastModified": "2019-01-01T00:00:00Z"}
    users = [a_user(1, status="active", **old), a_user(2, status="tobedeleted", **old), a_user(3, status="inactive")]
    roster = read(a_roster(users=users))
    assert roster.mode == "bulk"
    assert [each.deleted for each in roster.observations] == [False, True, True]
    assert codes(roster) == {"row.status_in_bulk"}


@pytest.mark.parametrize(("written", "role"), [("Teacher", "teacher"), (" Site Administrator", "school-admin")])
def test_an_enumeration_in_other_case_or_with_blanks_is_normalised(written: str, role: str) -> None:
    """Q15."""
    roster = with_role(role=written, roleType="PRIMARY")
    assert [(p.role, p.primary) for p in only(roster).positions] == [(role, True)]
    assert roster.findings.counts == {"value.enumeration": 2}


def test_a_role_that_nobody_knows_is_other_unless_the_connection_maps_it() -> None:
    """Q15."""
    assert codes(with_role(role="Interventionist")) == {"value.role_unknown"}
    mapping = ConnectionMapping(roles={"interventionist": "teacher"})
    roster = read(a_roster(roles=[a_role(1, role="Interventionist")]), mapping)
    assert [p.role for p in only(roster).positions] == ["teacher"]
    assert "value.role_unknown" not in codes(roster)


@pytest.mark.parametrize(
    ("written", "is_enabled"),
    [
        ("TRUE", True),
        ("1", True),
        ("yes", True),
        ("Y", True),
        ("t", True),
        ("FALSE", False),
        ("0", False),
        ("N", False),
    ],
)
def test_a_yes_or_no_in_any_spelling_is_read_with_a_warning(written: str, is_enabled: bool) -> None:
    """Q16."""
    roster = read(a_roster(users=[a_user(1, enabledUser=written)]))
    assert (only(roster).account_enabled, codes(roster)) == (is_enabled, {"value.boolean"})


@pytest.mark.parametrize("word", ["NULL", "null", "N/A", "None", "-", "(null)"])
def test_a_word_for_nothing_is_blank_but_not_in_a_name(word: str) -> None:
    """Q17: a person may be called Null; a whole column of it is none."""
    users = [a_user(1, familyName=word, email=word, middleName=word), a_user(2, middleName="Ann")]
    first, _ = read(a_roster(users=users)).observations
    assert (first.names.family, first.names.middle, first.emails) == (word, word, ())
    column = read(a_roster(users=[a_user(i, middleName=word) for i in (1, 2, 3)]))
    assert {each.names.middle for each in column.observations} == {""}


@pytest.mark.parametrize(
    "written",
    [
        "2026-08-24", "8/24/2026", "08/24/2026 0:00", "2026-08-24 00:00:00", "2026-08-24T00:00:00.0000000Z",
        "2026-08-24T00:00:00+00:00",
    ],
)  # fmt: skip
def test_a_date_in_any_of_the_usual_forms_is_that_day(written: str) -> None:
    """Q18."""
    roster = with_role(beginDate=written)
    assert [p.start for p in only(roster).positions] == [date(2026, 8, 24)]
    assert codes(roster) == (set() if written == "2026-08-24" else {"value.date_form"})


def test_a_day_that_stands_before_the_month_is_not_guessed() -> None:
    """Q18: the order is American, whatever the values would allow."""
    roster = with_role(beginDate="24/8/2026", endDate="03/04/2027")
    assert [(p.start, p.end) for p in only(roster).positions] == [(None, date(2027, 3, 4))]
    assert codes(roster) == {"value.date", "value.date_form"}


@pytest.mark.parametrize(
    ("written", "moment", "said"),
    [
        ("2026-07-01T12:00:00.000Z", datetime(2026, 7, 1, 12, tzinfo=UTC), set()),
        ("2026-07-01 08:00:00", datetime(2026, 7, 1, 12, tzinfo=UTC), {"value.time_zone"}),
        ("2026-07-01", datetime(2026, 7, 1, 4, tzinfo=UTC), {"value.time_zone"}),
        ("7/1/2026 8:00:00 AM", datetime(2026, 7, 1, 12, tzinfo=UTC), {"value.date_form"}),
        ("7/1/2026 1:30 PM", datetime(2026, 7, 1, 17, 30, tzinfo=UTC), {"value.date_form"}),
        ("1900-01-01T00:00:00Z", None, {"value.date_sentinel"}),
        ("yesterday", None, {"value.date"}),
    ],
)
def test_a_time_without_a_zone_is_the_districts(written: str, moment: datetime | None, said: set[str]) -> None:
    """Q18."""
    roster = read(a_roster(users=[a_user(1, dateLastModified=written)]))
    assert (roster.changed_at, codes(roster)) == (moment, said)


def test_dates_that_mean_always_are_open_and_an_end_before_the_beginning_is_dropped() -> None:
    """Q19."""
    for begins, ends in (("1900-01-01", "9999-12-31"), ("0001-01-01", "12/31/9999"), ("1753-01-01", "2099-12-31")):
        roster = with_role(beginDate=begins, endDate=ends)
        assert [(p.start, p.end) for p in only(roster).positions] == [(None, None)]
        assert codes(roster) == {"value.date_sentinel"}
    roster = with_role(beginDate="2026-08-24", endDate="2026-01-01")
    assert [(p.start, p.end) for p in only(roster).positions] == [(date(2026, 8, 24), None)]
    assert codes(roster) == {"value.dates_inverted"}


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("{MEPID:10000001},{LDAP:a:b@c}", [("state_id", "10000001"), ("userid:ldap", "a:b@c")]),
        ('[{"type":"MEPID","identifier":"10000001"}]', [("state_id", "10000001")]),
        ("MEPID:10000001; LDAP: x ", [("state_id", "10000001"), ("userid:ldap", "x")]),
        ("{MEPID:},{LDAP: }", []),
        ("10000001", [("userid:", "10000001")]),
        ("{Admin Portal Username:a}", [("userid:adminportalusername", "a")]),
    ],
)
def test_ids_are_read_however_they_are_written(written: str, ids: list[tuple[str, str]]) -> None:
    """Q20: on the first colon; an id of no type is kept, and a connection may say what it is."""
    assert list(only(read(a_roster(users=[a_user(1, userIds=written, identifier="")]))).ids) == ids
    mapping = ConnectionMapping(id_types={"": "state_id"})
    assert only(read(a_roster(users=[a_user(1, userIds="10000001")]), mapping)).ids_of("state_id") == ("10000001",)


def test_a_row_twice_is_one_and_of_two_that_differ_the_later_is_taken() -> None:
    """Q21: but rows of 1.1 that differ in school or role only are one person's roles."""
    others, roles = [a_user(i) for i in MANY], [a_role(i) for i in MANY]
    same = read(a_roster(users=[*others, a_user(1)], roles=roles))
    assert [(f.code, f.level) for f in same.findings] == [("row.duplicate", "info")]
    differing = read(a_roster(users=[*others, a_user(1, givenName="Ada")], roles=roles))
    assert [(f.code, f.level) for f in differing.findings] == [("row.duplicate_differs", "error")]
    assert next(iter(differing.observations)).names.given == "Ada"
    two_roles = read(
        a_roster_11(users=[a_teacher_11(1), a_teacher_11(1, role="aide"), a_teacher_11(1, role="proctor")])
    )
    assert [p.role for p in only(two_roles).positions] == ["aide", "other", "teacher"]


def test_a_person_under_several_ids_is_one_where_a_number_and_the_family_name_agree() -> None:
    """Q22: one row for each role, or for each school."""
    per_school = [a_user(i, identifier="E7", givenName="Mei", familyName="Lee", userIds="") for i in (1, 2, 3)]
    assert only(read(a_roster(users=per_school))).keys == ("u-1", "u-2", "u-3")
    others = [{**row, "familyName": name} for row, name in zip(per_school, ("Lee", "Ruiz", "Lee"), strict=True)]
    assert [each.keys for each in read(a_roster(users=others)).observations] == [("u-1", "u-3"), ("u-2",)]


def test_ids_of_odd_characters_are_taken_and_rounded_numbers_are_not() -> None:
    """Q23: leading zeros stay."""
    odd = [a_user(1, sourcedId="00Ø#1 é'"), *(a_user(i) for i in range(2, 60))]
    roster = read(a_roster(users=odd))
    assert next(iter(roster.observations)).source_key == "00Ø#1 é'"
    assert codes(roster) == set()
    damaged = [*odd[1:], a_user(1, sourcedId="1.23E+11")]
    roster = read(a_roster(users=damaged))
    assert roster.findings.counts == {"value.scientific": 2}
    assert {finding.file for finding in roster.findings} == {"users.csv", "roles.csv"}


def test_a_role_of_nobody_or_nowhere_is_quarantined_and_who_has_none_is_inactive() -> None:
    """Q24."""
    roles = [*(a_role(i) for i in range(1, 59)), a_role(99), a_role(58, orgSourcedId="nowhere")]
    roster = read(a_roster(users=[a_user(i) for i in MANY], roles=roles))
    assert roster.findings.counts == {"role.unknown_user": 1, "role.unknown_org": 1, "user.without_role": 1}
    assert [each.source_key for each in roster.observations if not each.active] == ["u-59"]


def test_names_are_kept_as_written_and_compared_plainly() -> None:
    """Q30."""
    user = a_user(1, givenName="", familyName="O’NEIL-GARCÍA, Mei Jr.")
    roster = read(a_roster(users=[user]))
    assert (only(roster).names.family, codes(roster)) == ("O’NEIL-GARCÍA, Mei Jr.", {"value.blank_name"})
    assert comparable_name("O’NEIL-GARCÍA, Jr.") == comparable_name("O'Neil Garcia") == "oneilgarcia"


def test_an_address_that_is_blank_a_placeholder_or_shared_is_no_ones() -> None:
    """Q31: and one that stands in the user name only is taken."""
    assert only(read(a_roster(users=[a_user(1, email="", username="mei@x.example")]))).emails == ("mei@x.example",)
    placeholder = read(a_roster(users=[a_user(1, email="noemail@x.example")]))
    assert (only(placeholder).emails, codes(placeholder)) == ((), {"email.invalid"})
    office = read(a_roster(users=[a_user(i, email="Office@x.example") for i in (1, 2, 3)]))
    assert {each.emails for each in office.observations} == {()}
    assert office.findings.counts == {"email.shared": 3}


def test_text_that_looks_like_a_formula_is_kept_and_harmless_in_a_file_for_spreadsheets() -> None:
    """Q32."""
    names = only(read(a_roster(users=[a_user(1, givenName="=1+1", familyName="-Lee", middleName="@x")]))).names
    assert (names.given, names.family, names.middle) == ("=1+1", "-Lee", "@x")
    finding = dict.fromkeys(("level", "code", "file", "line", "column", "message", "hint"), "") | {"value": "=1+1"}
    (_, row) = csv.reader(StringIO(bytes(findings_csv([finding], "f.csv").body).decode()))
    assert row[5] == "'=1+1"
