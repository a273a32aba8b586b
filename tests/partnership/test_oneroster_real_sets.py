"""Sets that real systems wrote; they may not be committed, so they are read where they lie."""

from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pytest

from services.partnership.domain.observation import Roster
from tests.partnership.rosters import a_zip, codes, read, rejected

SETS = Path(__file__).parents[3] / "shared" / "data" / "oneroster"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SETS.is_dir(), reason="not run: the sample sets are not here"),
]


def the_set(name: str) -> Roster:
    return read(BytesIO((SETS / name).read_bytes()))


def everything_kept(roster: Roster) -> str:
    return str([asdict(person) for person in roster.observations]) + str([f.as_dict() for f in roster.findings])


def test_classlink_keeps_its_40_teachers_and_drops_140_students() -> None:
    roster = the_set("classlink-1.1-bulk.zip")
    assert (roster.version, roster.mode, roster.must_wait) == ("1.1", "bulk", False)
    assert roster.rows_read == {"orgs.csv": 4, "users.csv": 180}
    assert (roster.people_kept, roster.people_dropped) == (40, {"student": 140})
    assert {position.role for person in roster.observations for position in person.positions} == {"teacher"}
    assert "00032" in {value for person in roster.observations for value in person.ids_of("local_id")}
    for student in ("BILLY", "brittley", "JOCELYN", "18125"):
        assert student not in everything_kept(roster)
    assert codes(roster) == {"org.code_unknown", "privacy.unexpected_data", "header.unknown"}


def test_moodle_full_keeps_two_teachers_and_no_password() -> None:
    roster = the_set("moodle-Test_full_data_set.zip")
    assert (roster.version, roster.mode, roster.people_kept) == ("1.1", "bulk", 2)
    assert roster.people_dropped == {"student": 3, "parent": 1}
    assert "Password1-" not in everything_kept(roster)
    assert codes(roster) == {"value.boolean", "value.time_zone", "privacy.unexpected_data", "row.status_in_bulk"}


def test_moodle_minimal_reads_like_the_full_one() -> None:
    roster, full = the_set("moodle-Test_minimal_data_set.zip"), the_set("moodle-Test_full_data_set.zip")
    assert [person.source_key for person in roster.observations] == [person.source_key for person in full.observations]
    assert codes(roster) == {"value.boolean", "privacy.unexpected_data"}


def test_moodle_1_2_is_a_delta_of_one_student_of_whom_nothing_is_kept() -> None:
    roster = the_set("moodle-oneroster_test_data.zip")
    assert (roster.version, roster.mode, roster.people_kept) == ("1.2.1", "delta", 0)
    assert roster.people_dropped == {"student": 1}
    assert "Wayne" not in everything_kept(roster)
    assert roster.findings.counts == {
        "delta.base_unknown": 1,
        "org.code_unknown": 1,
        "privacy.unexpected_data": 4,
    }


def test_a_microsoft_set_is_refused_by_name() -> None:
    files = {path.name: path.read_bytes() for path in (SETS / "microsoft-sds-v2.1").iterdir()}
    assert codes(rejected(a_zip(files))) == {"file.microsoft_sds"}
