"""The table in which people enter vacancies: what was typed, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.partnership.domain.grade_spans import EXPECTED
from services.partnership.domain.vacancies import MOST_OPENINGS, Vacancy
from shared.errors import InvalidInput

FIELDS = ("licence_field", "grade_span", "kind", "count", "school_id")
TYPED = ("licence_field", "grade_span", "count")
"""A row in which none of these is filled in is none."""
BLANK = {"licence_field": "", "grade_span": "", "kind": "projected", "count": "", "school_id": ""}
MORE_ROWS, MOST_TYPED = 3, 100
WRONG = {
    "licence_field": "Write the name of a licence field, such as Mathematics.",
    "grade_span": EXPECTED,
    "kind": "Choose whether these openings are there now, or expected.",
    "count": f"Write how many openings, as a whole number from 0 to {MOST_OPENINGS:,}.",
    "school_id": "Choose a school, or leave it open.",
}


@dataclass
class TypedRows:
    """`rows` as they were typed; `errors`: the id of a control → what is wrong there."""

    rows: list[dict[str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    """Which row each of the vacancies stands in, from 1."""

    @classmethod
    def sent(cls, fields: Mapping[str, Any]) -> "TypedRows":
        count = str(fields.get("rows", "0"))
        numbers = range(1, min(int(count) if count.isascii() and count.isdigit() else 0, MOST_TYPED) + 1)
        return cls([{name: str(fields.get(f"{name}-{each}", "")).strip() for name in FIELDS} for each in numbers])

    @classmethod
    def of(cls, vacancies: Sequence[Vacancy]) -> "TypedRows":
        shown = [each.model_dump(mode="json") for each in vacancies]
        return cls([{name: str("" if row[name] is None else row[name]) for name in FIELDS} for row in shown]).longer()

    def longer(self) -> "TypedRows":
        self.rows += [dict(BLANK) for _ in range(min(MORE_ROWS, MOST_TYPED - len(self.rows)))]
        return self

    def vacancies(self) -> tuple[Vacancy, ...]:
        """What was typed, without blank rows; what is wrong is in `errors` afterwards."""
        read = []
        for number, row in enumerate(self.rows, 1):
            if not any(row[name] for name in TYPED):
                continue
            count = row["count"]
            is_number = count.isascii() and count.isdigit() and len(count) < 10
            try:
                read.append(Vacancy.model_validate({**row, "count": int(count) if is_number else None}))
                self.numbers.append(number)
            except ValidationError as invalid:
                for fault in invalid.errors():
                    name = str(fault["loc"][0])
                    self.errors[f"{name}-{number}"] = f"Row {number}: {WRONG[name]}"
        return tuple(read)

    def note(self, refusal: InvalidInput) -> None:
        """Show at its field what the whole was refused for."""
        told = f"{refusal.message} {refusal.hint}".strip()
        match refusal.where.split("."):
            case ["vacancies", index, name]:
                number = self.numbers[int(index)]
                self.errors[f"{name}-{number}"] = f"Row {number}: {told}"
            case _:
                self.errors[refusal.where or "main"] = told
