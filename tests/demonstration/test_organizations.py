"""The committed organizations are the real ones, and cleaned."""

from collections import Counter
from pathlib import Path

import pytest

from deploy.demonstration.directory import ORGANIZATIONS, PROVIDERS
from deploy.demonstration.massachusetts.clean import Unaccounted, organizations, providers
from tests.demonstration.feeds import table

ORGANIZATION_ROWS = table(ORGANIZATIONS)
PROVIDER_ROWS = {row["code"]: row for row in table(PROVIDERS)}


def published(code: str, year: str, program: str, unit_id: str = "") -> dict[str, str]:
    return {"program_code": code, "report_year": year, "program": program, "matched_unit_id": unit_id}


def test_every_district_and_school_is_there_with_its_eight_digits() -> None:
    kinds = Counter(row["kind"].removesuffix("+provider") for row in ORGANIZATION_ROWS)
    assert kinds == {"agency": 1, "district": 409, "school": 1855}
    coded = [row for row in ORGANIZATION_ROWS if row["kind"] != "agency"]
    assert all(len(row["code"]) == 8 and row["code"].isdigit() for row in coded)
    assert any(row["code"] == "00350000" and row["name"] == "Boston" for row in coded)


def test_every_school_belongs_to_a_district_that_is_there() -> None:
    districts = {row["code"] for row in ORGANIZATION_ROWS if row["kind"].startswith("district")}
    assert {row["parent_code"] for row in ORGANIZATION_ROWS if row["kind"] == "school"} <= districts


def test_a_zip_code_keeps_its_leading_zero() -> None:
    assert {row["zip"][0] for row in ORGANIZATION_ROWS if row["zip"]} == {"0"}


def test_nobody_is_matched_to_kansas() -> None:
    assert "ipeds-155317" not in PROVIDER_ROWS
    assert PROVIDER_ROWS["title2-62"]["name"] == "High Meadows Graduate School of Teaching and Learning"
    assert "ipeds" not in PROVIDER_ROWS["title2-62"]["identifiers"]


@pytest.mark.parametrize(
    ("code", "name", "lineage"),
    [
        ("ipeds-166391", "Lasell University", "renamed from Lasell College 2019"),
        ("ipeds-167783", "Simmons University", "renamed from Simmons College 2018"),
        ("title2-58", "Wheelock College", "merged into ipeds-164988 2018"),
        ("title2-37", "Mount Ida College", "merged into ipeds-166629 2018"),
        ("title2-40", "Pine Manor College", "merged into ipeds-164924 2020"),
        ("title2-9", "The Boston Conservatory", "merged into ipeds-164748 2016"),
    ],
)
def test_renamed_and_merged_institutions_tell_what_became_of_them(code: str, name: str, lineage: str) -> None:
    assert (PROVIDER_ROWS[code]["name"], PROVIDER_ROWS[code]["lineage"]) == (name, lineage)


def test_a_successor_is_itself_a_provider() -> None:
    successors = {row["lineage"].split()[2] for row in PROVIDER_ROWS.values() if row["lineage"].startswith("merged")}
    assert successors <= set(PROVIDER_ROWS)


def test_an_identifier_names_one_institution_in_one_year() -> None:
    every = [each for row in PROVIDER_ROWS.values() for each in row["identifiers"].split(";") if each]
    assert len(every) == len(set(every))
    assert "title2:52@2012" in PROVIDER_ROWS["ipeds-167987"]["identifiers"]
    assert "title2:52@2014" in PROVIDER_ROWS["ipeds-166629"]["identifiers"]


def test_a_district_that_prepares_educators_is_the_district_itself() -> None:
    own = {row["code"] for row in PROVIDER_ROWS.values() if row["kind"] == "district+provider"}
    assert {"00350000", "00490000", "01490000", "02810000"} <= own
    assert own == {row["code"] for row in ORGANIZATION_ROWS if row["kind"] == "district+provider"}


def test_two_published_rows_of_one_institution_become_one_provider() -> None:
    rows = [
        published("44", "2012", "simmons college", "167783"),
        published("44", "2016", "simmons university", "167783"),
    ]
    [simmons] = providers(rows, {})
    assert simmons["identifiers"] == "ipeds:167783;title2:44@2012;title2:44@2016"


def test_a_code_held_by_two_in_one_year_identifies_neither() -> None:
    rows = [published("41", "2012", "nichols college", "167260"), published("41", "2012", "regis college", "167598")]
    assert [row["identifiers"] for row in providers(rows, {})] == ["ipeds:167260", "ipeds:167598"]


def test_a_district_code_gets_its_zeros_back() -> None:
    [boston] = providers([published("350000", "2018", "boston public school")], {"00350000": "Boston"})
    assert (boston["code"], boston["kind"]) == ("00350000", "district+provider")


def test_a_published_row_without_a_decision_stops_the_cleaning() -> None:
    with pytest.raises(Unaccounted, match="brand new academy"):
        providers([published("999", "2030", "brand new academy")], {})


def test_the_agency_comes_first() -> None:
    assert [row["code"] for row in organizations([], set())] == ["MA-DESE"]


@pytest.mark.shared_data
def test_cleaning_the_published_files_again_gives_the_committed_ones(tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "shared" / "data" / "massachusetts"
    if not folder.exists():
        pytest.skip("the published files are not here")
    schools = table(folder / "organizations.csv")
    districts = {row["org_code"]: row["name"] for row in schools if row["kind"] == "district"}
    assert providers(table(folder / "title2-providers.csv"), districts) == list(PROVIDER_ROWS.values())
