"""What feeds do from one set to the next: sis §4.1, Q28, Q29, Q33, Q36; and that no quirk is without a test."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from services.partnership.domain.snapshot import Comparison, HoldRules, hold_reasons
from tests.partnership.rosters import WRITTEN_AT, a_role, a_user, a_zip, roster_files
from tests.partnership.working import FEED, Working, staff_of

SPRING, AUTUMN = date(2027, 3, 1), date(2026, 9, 1)
QUIRKS = {f"Q{number:02}" for number in range(1, 38)}
OF_REST = {"Q34", "Q35"}


@pytest.mark.parametrize(
    ("comparison", "day", "is_held"),
    [
        (Comparison(before=100, now=79, gone=21), SPRING, True),
        (Comparison(before=100, now=80, gone=20), SPRING, False),
        (Comparison(before=20, now=10, gone=10), SPRING, False),
        (Comparison(before=100, now=131, new=31), SPRING, True),
        (Comparison(before=100, now=131, new=31), AUTUMN, False),
        (Comparison(before=100, now=161, new=61), AUTUMN, True),
        (Comparison(before=20, now=30, new=10), SPRING, False),
        (Comparison(before=100, now=97, gone=3, emptied_schools=("00350105",)), SPRING, True),
    ],
)
def test_when_everybody_comes_or_goes_at_once_a_person_looks_first(
    comparison: Comparison, day: date, is_held: bool
) -> None:
    """Q28: the thresholds of §4.3."""
    assert bool(hold_reasons(comparison, day, HoldRules())) == is_held


async def test_when_all_keys_change_nobody_is_hired_and_it_is_reported(partnership: Working) -> None:
    """Q29."""
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    renewed = [a_user(number, sourcedId=f"x-{number}") for number in range(50, 80)]
    roles = [a_role(number, userSourcedId=f"x-{number}") for number in range(50, 80)]
    held = (await partnership.upload(14, staff_of(*renewed, roles=roles, before=range(0)))).json()
    assert (held["state"], held["comparison"]["rekeyed"], held["comparison"]["new"]) == ("held", 30, 0)
    assert "30 people have new keys" in str(held["hold_reasons"])
    assert await partnership.hires() == []


def written(year: int, middle: str) -> BytesIO:
    packed = staff_of(a_user(1, middleName=middle)).getvalue()
    stamp = (WRITTEN_AT[0] - 1980) << 9 | WRITTEN_AT[1] << 5 | WRITTEN_AT[2]
    other = (year - 1980) << 9 | WRITTEN_AT[1] << 5 | WRITTEN_AT[2]
    return BytesIO(packed.replace(stamp.to_bytes(2, "little"), other.to_bytes(2, "little")))


async def test_the_same_file_again_is_the_same_run_and_an_older_one_is_refused_unless_forced(
    partnership: Working,
) -> None:
    """Q33: by the time of observation, and where that is not said, by when the files were written."""
    who = {"content-type": "application/zip", **partnership.as_district()}
    address = f"/v1/feeds/{FEED}/snapshots"
    first = await partnership.client.post(
        address, content=written(2026, "Ann").getvalue(), params={"observed_at": "2026-09-01"}, headers=who
    )
    again = await partnership.client.post(address, content=written(2026, "Ann").getvalue(), headers=who)
    assert (first.json()["state"], again.json()["run_id"]) == ("applied", first.json()["run_id"])
    older = await partnership.client.post(address, content=written(2025, "Bea").getvalue(), headers=who)
    assert (older.status_code, older.json()["findings"][0]["code"]) == (422, "set.older_than_last")
    before = await partnership.upload(-5, written(2026, "Cleo"))
    assert before.status_code == 409
    forced = await partnership.client.post(
        address, content=written(2025, "Bea").getvalue(), params={"force": True}, headers=who
    )
    assert forced.json()["state"] == "applied", forced.text


async def test_students_and_passwords_reach_no_collection_and_the_district_is_told(partnership: Working) -> None:
    """Q36."""
    users = [a_user(50, password="hunter2"), a_user(1, sourcedId="S-marker", givenName="Marker", password="hunter2")]
    files = roster_files(users=users, roles=[a_role(50), a_role(1, userSourcedId="S-marker", role="student")])
    run = await partnership.applied(
        0, a_zip({**files, "demographics.csv": "sourcedId,birthDate\nS-marker,2010-01-01\n"})
    )
    told = [finding["message"] for finding in run["findings"] if finding["code"] == "privacy.unexpected_data"]
    assert [message.rpartition("nowhere. ")[2] for message in told] == [
        "Rows about students and families: 1.",
        "Passwords: 2.",
        "The file was not opened.",
    ]
    assert not re.search("[Mm]arker|hunter2", await partnership.all_that_is_kept())


def docstrings() -> Iterator[str]:
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield ast.get_docstring(node) or ""


def test_no_quirk_of_the_catalogue_is_without_a_test() -> None:
    named = {quirk for text in docstrings() for quirk in re.findall(r"\bQ\d\d\b", text)}
    assert sorted(QUIRKS - OF_REST - named) == []
    assert sorted(named - QUIRKS) == []
