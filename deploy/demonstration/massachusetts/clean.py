"""Makes organizations.csv and providers.csv from the two published files that SOURCES.md names.

Run it with the folder of those files: `python -m deploy.demonstration.massachusetts.clean FOLDER`. It stops when a
published row is not accounted for, so a newer edition of the file cannot slip in unread.
"""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from deploy.demonstration.massachusetts.decisions import (
    AGENCY,
    ALTERNATIVES,
    DISTRICTS_BY_CODE,
    INSTITUTIONS,
    RENAMED,
    WRONG_MATCHES,
    Merged,
    merged_into,
)

Row = dict[str, str]
HERE = Path(__file__).parent
ORGANIZATION_COLUMNS = ("code", "name", "kind", "parent_code", "town", "zip", "org_type", "status")
PROVIDER_COLUMNS = ("code", "name", "kind", "identifiers", "lineage")
DISTRICT_SUFFIX = "0000"


class Unaccounted(Exception):
    """A published row that no decision covers."""


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def organizations(published: list[Row], district_providers: set[str]) -> list[Row]:
    """The agency, the districts and the schools; a district that prepares educators says so in its kind."""
    rows = [dict.fromkeys(ORGANIZATION_COLUMNS, "") | {"code": AGENCY[0], "name": AGENCY[1], "kind": "agency"}]
    for row in published:
        kind = "district+provider" if row["org_code"] in district_providers else row["kind"]
        rows.append(
            {
                "code": row["org_code"],
                "name": row["name"],
                "kind": kind,
                "parent_code": row["parent_code"],
                "town": row["town"],
                "zip": row["zip"],
                "org_type": row["org_type"],
            }
        )
    return [row | {"status": "open"} for row in rows]


def providers(published: list[Row], districts: dict[str, str]) -> list[Row]:
    """One row per institution, with the identifiers it had and the years in which they are on record."""
    ambiguous = _held_by_two(published)
    by_code: dict[str, Row] = {}
    identifiers: dict[str, list[str]] = {}
    for row in published:
        code, name, kind, lineage = _institution(row, districts)
        by_code.setdefault(code, {"code": code, "name": name, "kind": kind, "lineage": lineage})
        found = identifiers.setdefault(code, [])
        if (row["program_code"], row["report_year"]) not in ambiguous:
            found.append(f"title2:{row['program_code']}@{row['report_year']}")
        if code.startswith("ipeds-"):
            found.append(f"ipeds:{row['matched_unit_id']}")
    for code, row in by_code.items():
        row["identifiers"] = ";".join(sorted(set(identifiers[code])))
    return sorted(by_code.values(), key=lambda row: row["name"])


def _held_by_two(published: list[Row]) -> set[tuple[str, str]]:
    """Codes that the source gives to two institutions in one year: they identify neither."""
    holders: dict[tuple[str, str], set[str]] = {}
    for row in published:
        holders.setdefault((row["program_code"], row["report_year"]), set()).add(row["program"])
    return {key for key, names in holders.items() if len(names) > 1}


def _institution(row: Row, districts: dict[str, str]) -> tuple[str, str, str, str]:
    """Code, name, kind and lineage of the institution that a published row is about."""
    program_code, program = row["program_code"], row["program"]
    merged: Merged | None = merged_into(program)
    if merged is not None:
        return f"title2-{program_code}", merged.name, "provider", f"merged into {merged.successor} {merged.year}"
    if program in WRONG_MATCHES:
        return f"title2-{program_code}", WRONG_MATCHES[program], "provider", ""
    if row["matched_unit_id"]:
        code = f"ipeds-{row['matched_unit_id']}"
        if code not in INSTITUTIONS:
            raise Unaccounted(f"{code}: {program}")
        former = RENAMED.get(code)
        return code, INSTITUTIONS[code], "provider", f"renamed from {former[0]} {former[1]}" if former else ""
    padded = program_code.zfill(8)
    district = DISTRICTS_BY_CODE.get(program) or (padded if padded.endswith(DISTRICT_SUFFIX) else None)
    if district in districts:
        return district, districts[district], "district+provider", ""
    if program not in ALTERNATIVES:
        raise Unaccounted(f"{program_code}: {program}")
    code, name = ALTERNATIVES[program]
    return code, name, "provider", ""


def main(folder: Path) -> None:
    published = read(folder / "organizations.csv")
    districts = {row["org_code"]: row["name"] for row in published if row["kind"] == "district"}
    cleaned = providers(read(folder / "title2-providers.csv"), districts)
    district_providers = {row["code"] for row in cleaned if row["kind"] == "district+provider"}
    write(HERE / "providers.csv", PROVIDER_COLUMNS, cleaned)
    write(HERE / "organizations.csv", ORGANIZATION_COLUMNS, organizations(published, district_providers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
