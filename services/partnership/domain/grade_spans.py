"""Spans of grades: PK-2, 5-8, 12, or All."""

import re

ALL = "All"
EXPECTED = "Write it as PK-2, 1-6, 5-8 or 8-12, a single grade as K or 7, and All for all levels."
_GRADES = {"PK": -1, "K": 0, **{str(grade): grade for grade in range(1, 13)}}
_DASHES = str.maketrans({"–": "-", "—": "-", "‑": "-", "−": "-"})
_A_DATE = re.compile(r"\d{1,2}-[A-Z]{3}|[A-Z]{3}-\d{1,2}|\d{1,4}[/.]\d{1,2}([/.]\d{1,4})?|\d{4}-\d{1,2}-\d{1,2}.*")


class NoSpan(ValueError):
    """Not a span of grades. `is_date`: a spreadsheet has made a date of it."""

    def __init__(self, text: str) -> None:
        self.is_date = bool(_A_DATE.fullmatch(text.strip().upper()))
        super().__init__(f"is no span of grades. {EXPECTED}")


def spelt_span(text: str) -> str:
    """The span in our spelling; NoSpan if it is none."""
    plain = "".join(text.translate(_DASHES).upper().replace(" TO ", "-").split())
    plain = plain.replace("PRE-K", "PK").replace("PREK", "PK").replace("KINDERGARTEN", "K")
    if plain in ("ALL", "ALLLEVELS", "ALLGRADES"):
        return ALL
    grades = [grade.lstrip("0") for grade in plain.split("-")]
    if len(grades) > 2 or any(grade not in _GRADES for grade in grades):
        raise NoSpan(text)
    if _GRADES[grades[0]] > _GRADES[grades[-1]]:
        raise NoSpan(text)
    return "-".join(dict.fromkeys(grades))
