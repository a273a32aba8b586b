"""The real organizations that the simulation peoples: Massachusetts's districts, schools and providers."""

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "massachusetts"
ORGANIZATIONS = HERE / "organizations.csv"
PROVIDERS = HERE / "providers.csv"
AGENCY = "MA-DESE"

# Large preparers; everybody else counts as one. The rough order is real, the figures are invented.
PROVIDER_SIZES = {
    "ipeds-165024": 10,
    "ipeds-164988": 8,
    "ipeds-166629": 8,
    "ipeds-166452": 5,
    "ipeds-167729": 5,
    "ipeds-164924": 4,
    "ipeds-166638": 4,
    "ipeds-166850": 4,
    "ipeds-165820": 3,
    "ipeds-165866": 3,
    "ipeds-168263": 3,
    "ipeds-168430": 3,
}


@dataclass(frozen=True, slots=True)
class School:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class District:
    code: str
    name: str
    schools: tuple[School, ...]
    is_provider: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """`size` weighs how many it prepares; `is_alternative`: not a college."""

    code: str
    name: str
    size: int
    is_alternative: bool


def districts() -> list[District]:
    """Every district with its schools, in the order of their codes."""
    rows = _rows(ORGANIZATIONS)
    schools: dict[str, list[School]] = {}
    for row in rows:
        if row["kind"] == "school":
            schools.setdefault(row["parent_code"], []).append(School(row["code"], row["name"]))
    return [
        District(row["code"], row["name"], tuple(schools.get(row["code"], ())), "provider" in row["kind"])
        for row in sorted(rows, key=lambda row: row["code"])
        if row["kind"].startswith("district")
    ]


def chosen_districts(count: int, rng: random.Random) -> list[District]:
    """So many districts by lot; one of them, at least, prepares educators itself."""
    everyone = districts()
    if not 1 <= count <= len(everyone):
        raise ValueError(f"There are {len(everyone)} districts; {count} cannot be simulated.")
    rng.shuffle(everyone)
    first = next(district for district in everyone if district.is_provider)
    everyone.remove(first)
    return sorted([first, *everyone[: count - 1]], key=lambda district: district.code)


def preparing_providers() -> list[Provider]:
    """The providers that still prepare educators: those merged into another one do not."""
    return [
        Provider(row["code"], row["name"], PROVIDER_SIZES.get(row["code"], 1), not row["code"].startswith("ipeds-"))
        for row in _rows(PROVIDERS)
        if not row["lineage"].startswith("merged into")
    ]


def largest_districts(everyone: Iterable[District], most: int) -> list[District]:
    """By their number of schools, the largest first."""
    return sorted(everyone, key=lambda district: (-len(district.schools), district.code))[:most]


def largest_providers(everyone: Iterable[Provider], most: int) -> list[Provider]:
    """By how many they prepare, the largest first."""
    return sorted(everyone, key=lambda provider: (-provider.size, provider.name))[:most]


def simulated_districts(folder: Path) -> list[District]:
    """Those whose feeds are in the folder of a simulation."""
    codes = {row["DistrictCode"] for row in _rows(folder / "feeds" / "manifest.csv")}
    return [district for district in districts() if district.code in codes]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
