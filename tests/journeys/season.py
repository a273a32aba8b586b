"""A small hiring season for the journeys: simulated once, its districts dealt out to the stories that are told."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from deploy.demonstration.expectation import Expectation, expectation
from deploy.demonstration.simulate import simulate

SEED = 7
DISTRICTS = 9
STAFF_PER_SCHOOL = 25.0

SEASON = ("00300000", "00490000", "01370000")
"""What every run that is compared with another one plays."""
HIRE_TO_REPORT = "06580000"
KAFKA_AWAY = "00160000"
MONGO_AWAY = "04460000"
BROWSERS = ("04500000", "04910000")
"""Each has one completer to be asked about."""
UPLOADED_BY_HAND = "07400000"
PARTNER = BROWSERS[1]
"""The smallest: it works with nobody, until its story is told."""

_REGISTERS = (
    "organizations.csv",
    "providers.csv",
    "programs.csv",
    "role_holders.csv",
    "candidate.csv",
    "candidateEducatorPreparationProgramAssociation.csv",
)


@dataclass(frozen=True)
class Upload:
    """One snapshot of a district's feed; day 0 is the baseline."""

    district: str
    day: int
    observed_at: str
    path: Path

    @property
    def connection(self) -> str:
        return f"oneroster-{self.district}"


@dataclass(frozen=True)
class Season:
    """The files of `folder`, as the simulation writes them."""

    folder: Path

    @classmethod
    def simulated(cls, folder: Path) -> "Season":
        simulate(SEED, DISTRICTS, folder, days=2, staff_per_school=STAFF_PER_SCHOOL)
        _leave_out_most_strangers(folder)
        _keep_open(folder / "campaigns")
        return cls(folder)

    def uploads(self, *districts: str) -> list[Upload]:
        """Baselines first."""
        found = [
            Upload(row["DistrictCode"], int(row["Day"]), row["ObservedAt"], self.folder / row["File"])
            for row in _rows(self.folder / "feeds" / "manifest.csv")
            if row["DistrictCode"] in districts
        ]
        return sorted(found, key=lambda upload: (upload.day, upload.district))

    def expected(self, *districts: str) -> Expectation:
        """What a right system makes of the feeds of these districts alone."""
        part = self.folder.with_name(f"{self.folder.name}-{'-'.join(districts)}")
        if not part.exists():
            part.mkdir()
            for name in _REGISTERS:
                (part / name).symlink_to(self.folder / name)
            _write(
                part / "truth.csv",
                [row for row in _rows(self.folder / "truth.csv") if row["DistrictCode"] in districts],
            )
        return expectation(part)


def _leave_out_most_strangers(folder: Path) -> None:
    """Of organizations far away and of completers whom no feed shows, so few that imports take no time."""
    played = {row["DistrictCode"] for row in _rows(folder / "truth.csv")}
    _keep(folder / "organizations.csv", lambda row: bool(played & {row["code"], row["parent_code"]}) or _prepares(row))
    shown = {row["CandidateIdentifier"] for row in _rows(folder / "truth.csv")}
    for name in ("candidate.csv", "candidateEducatorPreparationProgramAssociation.csv"):
        _keep(
            folder / name,
            lambda row: row["CandidateIdentifier"] in shown or row["CandidateIdentifier"].endswith("7"),
        )


def _keep_open(campaigns: Path) -> None:
    """The season is always the same one, whenever the journeys are run."""
    for path in campaigns.glob("*.yaml"):
        campaign = yaml.safe_load(path.read_text(encoding="utf-8")) | {"closes_on": date(2099, 12, 31)}
        path.write_text(yaml.safe_dump(campaign, sort_keys=False), encoding="utf-8")


def _prepares(row: Mapping[str, str]) -> bool:
    return "provider" in row["kind"] or row["kind"] == "agency"


def _keep(path: Path, wanted: Callable[[Mapping[str, str]], bool]) -> None:
    _write(path, [row for row in _rows(path) if wanted(row)])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
