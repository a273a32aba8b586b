"""What each way of working together has in common: a record of one activity, some fields of which are figures."""

from datetime import date
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class WayRecord(BaseModel):
    """One activity of one way. Figures among its fields are told as its measures, under their names."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: ClassVar[str]
    explained: ClassVar[str]

    def measures(self) -> dict[str, float]:
        """Each figure that was given; yes counts as one, no as nought."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name in type(self).units()}
        return {name: float(value) for name, value in given.items() if value is not None}

    @classmethod
    def units(cls) -> dict[str, str]:
        """Measure → its unit."""
        return {name: extra["unit"] for name, field in cls.model_fields.items() if "unit" in (extra := _extra(field))}


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def kind_of(field: FieldInfo) -> str:
    """How a form asks for it: number, yes, day, choice or text."""
    kinds = [field.annotation, *get_args(field.annotation)]
    if bool in kinds:
        return "yes"
    if int in kinds or float in kinds:
        return "number"
    if date in kinds:
        return "day"
    return "choice" if _extra(field).get("choices") else "text"


def figure(label: str, unit: str, *, most: float = 1_000_000, required: bool = False) -> Any:
    """A figure of this unit from nought to `most`."""
    default = ... if required else None
    return Field(default, title=label, ge=0, le=most, allow_inf_nan=False, json_schema_extra={"unit": unit})


def count(label: str, unit: str, *, most: int = 1_000_000, required: bool = False) -> Any:
    """As `figure`, in whole numbers."""
    return Field(... if required else None, title=label, ge=0, le=most, json_schema_extra={"unit": unit})


def yes(label: str) -> Any:
    """A question that is a measure: how often the answer was yes."""
    return Field(False, title=label, json_schema_extra={"unit": "yes"})


def words(label: str, *, required: bool = False, most: int = 500) -> Any:
    """What somebody writes; never a measure, never told."""
    shortest = 1 if required else 0
    pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    return Field(... if required else "", title=label, min_length=shortest, max_length=most, pattern=pattern)


def choice(label: str, *choices: str) -> Any:
    """One of a few codes."""
    return Field(..., title=label, pattern=f"^({'|'.join(choices)})$", json_schema_extra={"choices": list(choices)})


def day(label: str) -> Any:
    return Field(None, title=label)
