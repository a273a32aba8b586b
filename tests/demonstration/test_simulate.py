"""The simulation says the same twice, and its truth is in its feeds."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.demonstration.simulate import SimulationSummary, simulate
from deploy.demonstration.truth import Expected, Kind, MatchableBy, TruthRow, read_truth
from tests.demonstration.feeds import Feed, read_feed, table


@dataclass(frozen=True)
class Simulated:
    folder: Path
    summary: SimulationSummary
    truth: list[TruthRow]
    candidates: dict[str, dict[str, str]]

    def feed(self, district_code: str, day: int) -> Feed:
        return read_feed(self.folder / "feeds" / district_code / f"day-{day:02d}.zip")

    def of_kind(self, kind: Kind) -> list[TruthRow]:
        return [row for row in self.truth if row.kind is kind]

    def state_id(self, row: TruthRow) -> str:
        return self.candidates[row.candidate_identifier]["StateEducatorId"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("simulated")
    summary = simulate(7, 20, folder, staff_per_school=30)
    candidates = {row["CandidateIdentifier"]: row for row in table(folder / "candidate.csv")}
    return Simulated(folder, summary, list(read_truth(folder / "truth.csv")), candidates)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    simulate(5, 12, tmp_path / "once")
    simulate(5, 12, tmp_path / "again")
    assert digests(tmp_path / "once") == digests(tmp_path / "again")


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    simulate(5, 3, tmp_path / "once")
    simulate(6, 3, tmp_path / "other")
    assert digests(tmp_path / "once")["candidate.csv"] != digests(tmp_path / "other")["candidate.csv"]


def test_a_second_run_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    simulate(5, 6, tmp_path)
    simulate(5, 1, tmp_path)
    assert len(list((tmp_path / "feeds").iterdir())) == 2


def test_a_larger_number_of_districts_keeps_those_of_a_smaller_one(tmp_path: Path) -> None:
    simulate(5, 3, tmp_path / "few")
    simulate(5, 8, tmp_path / "more")
    few, more = ({path.name for path in (tmp_path / name / "feeds").iterdir()} for name in ("few", "more"))
    assert few < more


def test_every_completer_to_be_found_by_state_id_appears_on_that_day_and_not_before(simulated: Simulated) -> None:
    hires = [row for row in simulated.of_kind(Kind.HIRE) if row.matchable_by is MatchableBy.STATE_ID]
    assert len(hires) > 20
    for row in hires:
        state_id = simulated.state_id(row)
        assert simulated.feed(row.district_code, row.first_seen_day).people_with(state_id)
        assert not simulated.feed(row.district_code, row.first_seen_day - 1).people_with(state_id)


def test_every_completer_to_be_found_by_licence_has_it_in_the_feed_with_a_known_family_name(
    simulated: Simulated,
) -> None:
    hires = [row for row in simulated.of_kind(Kind.HIRE) if row.matchable_by is MatchableBy.LICENCE]
    assert hires
    for row in hires:
        known = simulated.candidates[row.candidate_identifier]
        [account, *_] = [
            user
            for user in simulated.feed(row.district_code, row.first_seen_day).rows("users.csv")
            if known["LicenceNumber"] in user["userIds"]
        ]
        seen = {account["familyName"].casefold(), account["preferredFamilyName"].casefold()}
        assert seen & {known["LastSurname"].casefold(), known["FormerLastSurname"].casefold()}


def test_a_hire_for_review_carries_no_identifier_of_the_completer(simulated: Simulated) -> None:
    rows = [row for row in simulated.of_kind(Kind.HIRE) if row.expected is Expected.REVIEW]
    assert rows
    for row in rows:
        known = simulated.candidates[row.candidate_identifier]
        text = "".join(simulated.feed(row.district_code, 3).texts.values())
        assert known["StateEducatorId"] not in text
        assert known["LicenceNumber"] not in text


def test_only_exact_identifiers_are_expected_to_be_found(simulated: Simulated) -> None:
    found = {(row.kind, row.matchable_by) for row in simulated.truth if row.expected is Expected.FOUND}
    assert found == {(Kind.HIRE, MatchableBy.STATE_ID), (Kind.HIRE, MatchableBy.LICENCE)}


def test_whoever_was_employed_before_is_in_the_baseline(simulated: Simulated) -> None:
    for kind in (Kind.EMPLOYED, Kind.TRANSFER, Kind.ABSENCE):
        rows = simulated.of_kind(kind)
        assert rows, kind
        assert all(simulated.feed(row.district_code, 0).people_with(simulated.state_id(row)) for row in rows)


def test_an_absence_is_one_snapshot_long(simulated: Simulated) -> None:
    row = simulated.of_kind(Kind.ABSENCE)[0]
    seen = [bool(simulated.feed(row.district_code, day).people_with(simulated.state_id(row))) for day in range(4)]
    assert seen == [True, False, True, True]


def test_a_namesake_has_the_name_and_another_state_id(simulated: Simulated) -> None:
    for row in simulated.of_kind(Kind.NAMESAKE):
        known = simulated.candidates[row.candidate_identifier]
        feed = simulated.feed(row.district_code, row.first_seen_day)
        names = {(user["givenName"].casefold(), user["familyName"].casefold()) for user in feed.rows("users.csv")}
        assert (known["FirstName"].casefold(), known["LastSurname"].casefold()) in names
        assert not feed.people_with(known["StateEducatorId"])


def test_a_student_teacher_has_completed_nothing(simulated: Simulated) -> None:
    completed = {
        row["CandidateIdentifier"]
        for row in table(simulated.folder / "candidateEducatorPreparationProgramAssociation.csv")
        if row["EndDate"]
    }
    rows = simulated.of_kind(Kind.STUDENT_TEACHER)
    assert rows
    assert not completed & {row.candidate_identifier for row in rows}


def test_no_completer_is_placed_twice(simulated: Simulated) -> None:
    placed = [row.candidate_identifier for row in simulated.truth]
    assert len(placed) == len(set(placed))


def test_every_code_of_an_organization_keeps_its_leading_zeros(simulated: Simulated) -> None:
    for name, column in (("role_holders.csv", "OrganizationCode"), ("feeds/manifest.csv", "DistrictCode")):
        assert all(len(row[column]) == 8 for row in table(simulated.folder / name))
    for feed in every_feed(simulated):
        for organization in feed.rows("orgs.csv"):
            code = organization.get("metadata.stateCode") or organization["identifier"]
            assert len(code) == 8


def test_feeds_hold_what_a_reader_has_to_drop_and_to_bear(simulated: Simulated) -> None:
    texts = ["\n".join(feed.texts.values()) for feed in every_feed(simulated)]
    assert all("student" in text.casefold() for text in texts)
    assert any("changeme" in text for text in texts)
    raw = b"".join(path.read_bytes() for path in simulated.folder.rglob("day-00.zip"))
    assert b"__MACOSX" in raw
    assert b"OneRoster Export/" in raw
    assert any("manifest.csv" not in feed.texts for feed in every_feed(simulated))


def test_nearly_every_school_has_a_principal_and_some_people_lead_two(simulated: Simulated) -> None:
    principals = [row for row in table(simulated.folder / "role_holders.csv") if row["Role"] == "principal"]
    assert len(principals) >= simulated.summary.schools * 0.85
    people = [row["PersonId"] for row in principals if row["PersonId"]]
    assert len(people) > len(set(people))
    by_address: dict[str, set[str]] = {}
    for row in principals:
        by_address.setdefault(row["ElectronicMailAddress"], set()).add(row["FirstName"] + row["LastSurname"])
    assert max(len(names) for names in by_address.values()) == 2


def test_faults_are_added_only_when_asked_for(tmp_path: Path) -> None:
    simulate(5, 1, tmp_path / "clean")
    simulate(5, 1, tmp_path / "faulty", with_faults=True)
    clean, faulty = (table(tmp_path / name / "candidate.csv") for name in ("clean", "faulty"))
    assert len(faulty) == len(clean) + 2
    assert any(row["BirthDate"] == "31/31/1990" for row in faulty)


@pytest.mark.parametrize("districts", [0, 410])
def test_there_are_so_many_districts_and_no_more(tmp_path: Path, districts: int) -> None:
    with pytest.raises(ValueError, match="409 districts"):
        simulate(1, districts, tmp_path)


def every_feed(simulated: Simulated) -> Iterator[Feed]:
    for path in sorted(simulated.folder.rglob("day-00.zip")):
        yield read_feed(path)
