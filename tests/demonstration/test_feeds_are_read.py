"""Whatever a vendor's habits, partnership reads every simulated feed; and sees in it what the truth says."""

from pathlib import Path

import pytest

from deploy.demonstration.simulate import simulate
from deploy.demonstration.truth import Kind, MatchableBy, read_truth
from deploy.demonstration.vendors import VENDORS
from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import Roster
from services.partnership.domain.oneroster import read_oneroster
from tests.demonstration.feeds import table

DISTRICTS = 2 * len(VENDORS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Districts enough that every vendor's has completers hired in all ways."""
    simulated = tmp_path_factory.mktemp("read")
    simulate(7, DISTRICTS, simulated, staff_per_school=20)
    return simulated


def read(path: Path) -> Roster:
    with path.open("rb") as file:
        return read_oneroster(file, ConnectionMapping(district_code=path.parent.name))


def test_no_vendor_is_rejected_or_held(folder: Path) -> None:
    rosters = [read(path) for path in sorted(folder.rglob("day-*.zip"))]
    assert len(rosters) == DISTRICTS * 4
    for roster in rosters:
        assert (roster.version, roster.mode, roster.must_wait) == ("1.2", "bulk", False)
        assert roster.findings.count_of("error") == 0
        assert roster.people_dropped["student"] > 0


def test_every_position_is_at_an_organization_with_a_state_code(folder: Path) -> None:
    for path in folder.rglob("day-00.zip"):
        codes = {position.organization_code for person in read(path).observations for position in person.positions}
        assert codes
        assert all(code is not None and len(code) == 8 for code in codes)


def test_every_hire_with_a_state_id_is_one_person_at_the_right_school(folder: Path) -> None:
    known = {row["CandidateIdentifier"]: row["StateEducatorId"] for row in table(folder / "candidate.csv")}
    hires = [
        row
        for row in read_truth(folder / "truth.csv")
        if row.kind is Kind.HIRE and row.matchable_by is MatchableBy.STATE_ID
    ]
    assert len(hires) > 20
    for row in hires:
        roster = read(folder / "feeds" / row.district_code / f"day-{row.first_seen_day:02d}.zip")
        state_id = known[row.candidate_identifier]
        [person] = [each for each in roster.observations if state_id in each.ids_of("state_id")]
        assert {position.organization_code for position in person.positions} == {row.school_code}
