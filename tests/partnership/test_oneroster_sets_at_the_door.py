"""Every sample set of real systems through the real door: what is found in each, by level and code.

They may not be committed, so they are read where they lie.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.partnership.rosters import a_zip
from tests.partnership.working import FIRST_DAY, Working

SETS = Path(__file__).parents[3] / "shared" / "data" / "oneroster"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SETS.is_dir(), reason="not run: the sample sets are not here"),
]

SDS = "microsoft-sds-v2.1"
FOUND: dict[str, tuple[str, int, dict[str, int], dict[str, int]]] = {
    "classlink-1.1-bulk.zip": (
        "applied",
        40,
        {"student": 140},
        {"warning org.code_unknown": 3, "warning privacy.unexpected_data": 2, "info header.unknown": 5},
    ),
    "moodle-Test_full_data_set.zip": (
        "applied",
        2,
        {"student": 3, "parent": 1},
        {
            "warning value.time_zone": 5,
            "warning value.boolean": 2,
            "warning privacy.unexpected_data": 2,
            "info row.status_in_bulk": 1,
        },
    ),
    "moodle-Test_minimal_data_set.zip": (
        "applied",
        2,
        {"student": 3, "parent": 1},
        {"warning value.boolean": 2, "warning privacy.unexpected_data": 2},
    ),
    "moodle-oneroster_test_data.zip": (
        "held",
        0,
        {"student": 1},
        {"warning org.code_unknown": 1, "warning privacy.unexpected_data": 4, "warning delta.base_unknown": 1},
    ),
    SDS: (
        "applied",
        2,
        {"student": 4, "no_role": 2},
        {"warning value.enumeration": 1, "warning org.code_unknown": 1, "warning privacy.unexpected_data": 5},
    ),
}
"""Set → the state of the run, people kept, people dropped by reason, and findings by level and code."""


def content_of(name: str) -> bytes:
    if name != SDS:
        return (SETS / name).read_bytes()
    return a_zip({path.name: path.read_bytes() for path in sorted((SETS / name).iterdir())}).getvalue()


async def run_of(partnership: Working, name: str, source: str) -> dict[str, Any]:
    connected = await partnership.connect(connection_id="sets", source=source)
    assert connected.status_code == 201, connected.text
    answer = await partnership.client.post(
        "/v1/feeds/sets/snapshots",
        content=content_of(name),
        params={"observed_at": FIRST_DAY.isoformat()},
        headers={"content-type": "application/zip", **partnership.as_district()},
    )
    run: dict[str, Any] = answer.json()
    return run


@pytest.mark.parametrize("name", FOUND)
async def test_a_set_is_taken_and_what_was_odd_is_counted(partnership: Working, name: str) -> None:
    run = await run_of(partnership, name, "microsoft-sds-csv" if name == SDS else "oneroster-csv")
    counted = Counter(f"{finding['level']} {finding['code']}" for finding in run["findings"])
    assert sum(counted.values()) == sum(run["finding_counts"].values())
    assert (run["state"], run["people_kept"], run["people_dropped"], dict(counted)) == FOUND[name]


@pytest.mark.parametrize("name", FOUND)
async def test_a_set_of_the_other_kind_is_told_what_it_is(partnership: Working, name: str) -> None:
    run = await run_of(partnership, name, "oneroster-csv" if name == SDS else "microsoft-sds-csv")
    assert run["state"] == "rejected"
    assert [finding["code"] for finding in run["findings"]] == [
        "file.microsoft_sds" if name == SDS else "file.oneroster"
    ]


def test_no_set_is_left_out() -> None:
    assert {path.name for path in SETS.iterdir()} == set(FOUND)
