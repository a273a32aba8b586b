"""Which part of the review queue somebody looks at, and how a decision leads back to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query

from services.partnership.web.words import REASON_WORDS
from shared.pages import Option

SIZE = 10
Word = Annotated[str, Query(max_length=60)]
Kept = Annotated[str, Form(max_length=60)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of a district, of a school, for a reason; an empty word asks for all."""

    district: str = ""
    school: str = ""
    why: str = ""
    page: int = 1

    @property
    def query(self) -> dict[str, str]:
        """For the store."""
        asked = (("district_id", self.district), ("school_id", self.school), ("matching.reason", self.why))
        return {field: word for field, word in asked if word}

    @property
    def fields(self) -> dict[str, str]:
        """What a form carries along, so that a decision leads back here."""
        words = {"district": self.district, "school": self.school, "why": self.why}
        return {name: word for name, word in words.items() if word} | (
            {"page": str(self.page)} if self.page > 1 else {}
        )

    def address(self, person: str = "") -> str:
        """Of this part of the list, at the place where a person stands."""
        query = urlencode(self.fields)
        return "/matches" + (f"?{query}" if query else "") + (f"#{person}" if person else "")

    def page_address(self) -> str:
        """With {page} in it."""
        others = urlencode({name: word for name, word in self.fields.items() if name != "page"})
        return f"/matches?{others}&page={{page}}" if others else "/matches?page={page}"


def _asked(
    district: Word = "", school: Word = "", why: Word = "", page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Chosen:
    return Chosen(district, school, why, page)


def _kept(
    district: Kept = "", school: Kept = "", why: Kept = "", page: Annotated[int, Form(ge=1, le=100_000)] = 1
) -> Chosen:
    return Chosen(district, school, why, page)


Asked = Annotated[Chosen, Depends(_asked)]
ComeFrom = Annotated[Chosen, Depends(_kept)]


def options(kinds: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, list[Option]]:
    """What can be chosen, with how many wait there."""
    listed = list(kinds)
    return {
        "districts": _counted(listed, "district_id", names),
        "schools": _counted(listed, "school_id", names),
        "reasons": _counted(listed, "reason", REASON_WORDS),
    }


def _counted(kinds: list[Mapping[str, Any]], field: str, words: Mapping[str, str]) -> list[Option]:
    sums: dict[str, int] = {}
    for each in kinds:
        if each[field]:
            sums[each[field]] = sums.get(each[field], 0) + each["count"]
    named = [Option(value, f"{words.get(value, value)} ({count})") for value, count in sums.items()]
    return sorted(named, key=lambda option: option.label)
