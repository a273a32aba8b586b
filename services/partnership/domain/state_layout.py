"""The declaration of a state's or a district's own staff files: which there are, what columns and codes mean."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from services.partnership.domain.observation import StaffRole
from services.partnership.domain.state_dates import date_pattern

Member = Literal[
    "state_id", "local_id", "licence", "given", "middle", "family", "full_name", "preferred_given", "preferred_family",
    "former_family", "email", "birth_date", "employment_status", "exit_reason", "hire_date", "exit_date", "school_code",
    "school_name", "district_code", "job", "fte", "start_date", "end_date",
]  # fmt: skip
"""What a column can say. There is no member for race, pay or evaluations, and their columns are never read."""

NEVER_READ = re.compile(
    r"race|ethnic|salar|wage|\bpay|evaluat|rating|\bssn\b|social.?sec|SR08|SR1[2-7]|SR1[89]|SR2[0-6]", re.IGNORECASE
)
_WORK: frozenset[Member] = frozenset({"job", "school_code", "school_name"})


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Declared):
    """By its name in a header row, or by its place, counted from 1. `none`: values that say that there is nothing."""

    name: str = ""
    at: int | None = Field(default=None, ge=1, le=1000)
    required: bool = False
    none: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _name_or_place(self) -> Self:
        if not self.name and self.at is None:
            raise ValueError("Give the column's name, or its place as `at`.")
        return self


class HeaderRecord(Declared):
    """The first line of a file without column names: `system,type,district`; no types: any."""

    system: str = ""
    types: tuple[str, ...] = ()


class StateFile(Declared):
    """One of the files. `holds` staff: its rows say who is employed; work: who does what where; numbers: nothing but
    which numbers belong to one person. `file` is a pattern of its name in a zip, such as `*roster*`. `header` any:
    names, a record or nothing at all, whichever the first line is."""

    holds: Literal["staff", "work", "numbers"]
    file: str = "*"
    header: Literal["row", "record", "none", "any"] = "row"
    record: HeaderRecord = HeaderRecord()
    delimiter: Literal[",", ";", "\t", "|"] = ","
    dates: tuple[str, ...] = ("mm/dd/yyyy", "yyyy-mm-dd")
    columns: dict[Member, Column]

    @field_validator("dates")
    @classmethod
    def _dates_can_be_read(cls, dates: tuple[str, ...]) -> tuple[str, ...]:
        for form in dates:
            date_pattern(form)
        return dates

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        members = set(self.columns)
        if not members & {"state_id", "local_id"}:
            raise ValueError("Declare the column of a person's state_id or local_id.")
        if self.holds == "staff" and not ("full_name" in members or {"given", "family"} <= members):
            raise ValueError("Declare the columns given and family, or full_name.")
        if self.holds == "work" and not members & _WORK:
            raise ValueError("Declare the column of the job or of the school.")
        if self.header != "row" and (lost := [member for member, each in self.columns.items() if each.at is None]):
            raise ValueError(f"Without a header row, columns have places: give `at` for {', '.join(sorted(lost))}.")
        if self.header == "row" and (lost := [member for member, each in self.columns.items() if not each.name]):
            raise ValueError(f"With a header row, columns have names: give `name` for {', '.join(sorted(lost))}.")
        return self


class Codes(Declared):
    """What the codes of a file mean; keys are compared without case and blanks. `job` → role."""

    job: dict[str, StaffRole] = Field(default_factory=dict)
    employment_status: dict[str, Literal["employed", "left", "substitute"]] = Field(default_factory=dict)
    exit_reason: dict[str, Literal["left", "stays"]] = Field(default_factory=dict)


class Digits(Declared):
    """How many digits codes have, so that zeros that a spreadsheet ate can come back; 0: as they stand."""

    state_id: int = Field(default=8, ge=0, le=20)
    school_code: int = Field(default=8, ge=0, le=20)
    district_code: int = Field(default=8, ge=0, le=20)


class StateLayout(Declared):
    """A declaration, or ready ones by name as `preset` (one or a list), with what is different.

    `absence_means` nothing: who is not in the file may still work, and only an exit date ends that (as in EPIMS).
    `end_dates`: whether an exit or end date is the last day of work, or the day after. `none`: values of any column
    that say that there is nothing. `other_jobs`: patterns of codes that are known and are no educator's.
    """

    based_on: str = ""
    version: str = "1"
    files: dict[str, StateFile] = Field(min_length=1, max_length=10)
    codes: Codes = Codes()
    other_jobs: tuple[str, ...] = ()
    none: tuple[str, ...] = ("",)
    digits: Digits = Digits()
    absence_means: Literal["gone", "nothing"] = "gone"
    end_dates: Literal["last_day", "day_after"] = "last_day"
    role_without_job: StaffRole = "other"

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, declared: Any) -> Any:
        """What was declared on top of the preset; from then on the preset may change, and this does not."""
        if not isinstance(declared, dict) or "preset" not in declared:
            return declared
        names = [declared["preset"]] if isinstance(declared["preset"], str) else declared["preset"]
        if not isinstance(names, list | tuple) or not names or not set(map(str, names)) <= presets().keys():
            raise ValueError(f"There is no such preset; there are {', '.join(sorted(presets()))}.")
        whole: dict[str, Any] = {}
        for name in reversed(names):
            whole = _on_top(whole, presets()[name])
        rest = {key: value for key, value in declared.items() if key != "preset"}
        based_on = ", ".join(f"{name} {presets()[name]['version']}" for name in names)
        return _on_top(whole, rest) | {"based_on": based_on}

    @model_validator(mode="after")
    def _somebody_is_employed(self) -> Self:
        if all(each.holds == "numbers" for each in self.files.values()):
            raise ValueError("No file says who is employed: declare one that holds staff or work.")
        return self


@lru_cache(maxsize=1)
def presets() -> dict[str, dict[str, Any]]:
    """The ready declarations by name, as they are written."""
    folder = Path(__file__).parent / "state_presets"
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))}


def _on_top(under: Any, over: Any) -> Any:
    """Tables are joined, key by key; everything else is replaced."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return under | {key: _on_top(under.get(key), value) for key, value in over.items()}
