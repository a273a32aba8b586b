"""Builders of staff files as states and districts write them, and of their declarations."""

from io import BytesIO
from typing import Any

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.observation import Roster, StaffObservation
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.state_files import read_state_files
from services.partnership.domain.state_layout import StateLayout
from tests.partnership.rosters import a_zip
from tests.partnership.working import DISTRICT_CODE, SCHOOL_CODE

SR = [f"SR{number:02d}" for number in range(1, 29)]
WA = [f"WA{number:02d}" for number in range(1, 16)]
WITH_SCHOOL = {"files": {"work": {"columns": {"school_code": {"name": "WA06", "at": 6}}}}}
EPIMS = {"preset": "epims", **WITH_SCHOOL}
HR_HEADER = (
    "SchoolYear,SchoolLevel,SchoolNumber,SchoolName,Job,PositionTitle,EmployeeID,FirstName,LastName,StartDate,EndDate,"
    "ReasonEndDate,Age,TotYrsExp,Gender,Race,TRSYrs,RetElig"
)


def mapped(layout: Any, **mapping: Any) -> ConnectionMapping:
    declared = StateLayout.model_validate(layout)
    return ConnectionMapping(district_code=DISTRICT_CODE, state_file=declared, **mapping)


def in_roster(number: int = 1, **values: str) -> list[str]:
    known = {
        "SR01": f"{number:08d}", "SR02": f"E{number}", "SR03": "00", "SR04": "Mei", "SR05": "NMN",
        "SR06": f"Lee{number}",
        "SR08": "RACE-SECRET", "SR11": "08/24/2024", "SR13": "PAY-SECRET", "SR20": "EVAL-SECRET", **values,
    }  # fmt: skip
    return [known.get(column, "00") for column in SR]


def at_work(number: int = 1, **values: str) -> list[str]:
    known = {
        "WA01": f"{number:08d}",
        "WA02": f"E{number}",
        "WA06": SCHOOL_CODE,
        "WA07": "2305",
        "WA12": "1.0",
        **values,
    }
    return [known.get(column, "000") for column in WA]


def text(*rows: list[str], header: str = "", delimiter: str = ",") -> str:
    return "".join(f"{line}\r\n" for line in ([header] if header else []) + [delimiter.join(row) for row in rows])


def epims(*roster: list[str], work: list[list[str]] | None = None, header: bool = True) -> BytesIO:
    roster_rows, work_rows = list(roster or [in_roster()]), [at_work()] if work is None else work
    return a_zip(
        {
            "staff_roster.txt": text(*roster_rows, header=f"EPIMS,SR,{DISTRICT_CODE}" if header else ""),
            "work_assignment.txt": text(*work_rows, header=f"EPIMS,WA,{DISTRICT_CODE}" if header else ""),
        }
    )


def read(packed: BytesIO, layout: Any = EPIMS, **mapping: Any) -> Roster:
    return read_state_files(packed, mapped(layout, **mapping))


def the_person(roster: Roster) -> StaffObservation:
    (person,) = roster.observations
    return person


def rejection(packed: BytesIO, layout: Any = EPIMS) -> dict[str, int]:
    with pytest.raises(RosterRejected) as refusal:
        read(packed, layout)
    return dict(refusal.value.findings.counts)
