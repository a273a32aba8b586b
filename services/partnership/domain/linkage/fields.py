"""What is compared, and how alike two values are: each field has levels from equal to different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Level:
    """How alike two values of a field are. In `condition` (DuckDB SQL) `born_l` and `born_r` are those of the two rows.

    `by_rarity`: the column whose rare values weigh more than its frequent ones.
    """

    name: str
    condition: str
    by_rarity: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A field with its levels, best first; what is at none of them is different. `missing`: nothing to compare."""

    missing: str
    levels: tuple[Level, ...]

    @property
    def level_names(self) -> tuple[str, ...]:
        return (*(level.name for level in self.levels), DIFFERENT)


def _name(own: str, other: str, sound: str, short_forms: Sequence[Level]) -> Compared:
    """A given or a family name; the two may have been entered in each other's place."""
    left, right, left_other, right_other = f"{own}_l", f"{own}_r", f"{other}_l", f"{other}_r"
    shorter = f"least(length({left}), length({right}))"
    slips = f"damerau_levenshtein({left}, {right})"
    alike = f"jaro_winkler_similarity({left}, {right})"
    crossed = " or ".join(
        f"jaro_winkler_similarity({one}, {two}) >= 0.88" for one, two in ((left, right_other), (left_other, right))
    )
    levels = (
        Level("equal", f"{left} = {right}", own),
        Level("swapped", f"{left} = {right_other} and {left_other} = {right}", own),
        Level("one_slip", f"{slips} <= 1 and {shorter} >= 3", own),
        *short_forms,
        Level("near", f"{alike} >= 0.92 or ({slips} <= 2 and {shorter} >= 6)", own),
        Level("half_swapped", f"{left} = {right_other} or {left_other} = {right}"),
        Level("alike", f"{alike} >= 0.85 or ({slips} <= 2 and {shorter} >= 5)"),
        Level("sounds_alike", f"{sound}_l = {sound}_r or {alike} >= 0.78"),
        Level("nearly_swapped", crossed),
    )
    return Compared(f"{left} is null or {right} is null", levels)


def _born() -> Compared:
    """Eight digits, year first."""
    same_digits = " + ".join(f"cast(substr(born_l, {at}, 1) = substr(born_r, {at}, 1) as int)" for at in range(1, 9))
    swapped = " and ".join(
        f"substr(born_l, {left}) = substr(born_r, {right})"
        for left, right in (("1, 4", "1, 4"), ("5, 2", "7, 2"), ("7, 2", "5, 2"))
    )
    slips = "damerau_levenshtein(born_l, born_r)"
    levels = (
        Level("equal", "born_l = born_r"),
        Level("day_and_month_swapped", swapped),
        Level("one_slip", f"{slips} <= 1"),
        Level("two_slips", f"{slips} <= 2 and {same_digits} >= 6"),
        Level("same_year", "substr(born_l, 1, 4) = substr(born_r, 1, 4)"),
        Level("same_day", "substr(born_l, 5, 4) = substr(born_r, 5, 4)"),
    )
    return Compared("born_l is null or born_r is null", levels)


def _text(column: str) -> Compared:
    slips = f"damerau_levenshtein({column}_l, {column}_r)"
    alike = f"jaro_winkler_similarity({column}_l, {column}_r)"
    levels = (
        Level("equal", f"{column}_l = {column}_r", column),
        Level("one_slip", f"{slips} <= 1", column),
        Level("near", f"{slips} <= 2 or {alike} >= 0.9", column),
        Level("alike", f"{alike} >= 0.8"),
    )
    return Compared(f"{column}_l is null or {column}_r is null", levels)


def _code(column: str, *, by_rarity: bool, slips: int) -> Compared:
    names = ("one_slip", "two_slips")[:slips]
    found = [
        Level(name, f"damerau_levenshtein({column}_l, {column}_r) <= {number}") for number, name in enumerate(names, 1)
    ]
    equal = Level("equal", f"{column}_l = {column}_r", column if by_rarity else None)
    return Compared(f"{column}_l is null or {column}_r is null", (equal, *found))


NICKNAME = Level("short_form", "list_has_any(given_forms_l, given_forms_r)", "given")
INITIAL = Level(
    "initial", "least(length(given_l), length(given_r)) = 1 and substr(given_l, 1, 1) = substr(given_r, 1, 1)"
)
PART = Level("one_part_equal", "list_has_any(family_parts_l, family_parts_r)")

COMPARED: Mapping[str, Compared] = {
    "given": _name("given", "family", "given_sound", (NICKNAME, INITIAL)),
    "family": _name("family", "given", "family_sound", (PART,)),
    "born": _born(),
    "postcode": _code("postcode", by_rarity=True, slips=2),
    "suburb": _text("suburb"),
    "address_1": _text("address_1"),
    "address_2": _text("address_2"),
    "state": _code("state", by_rarity=True, slips=1),
    "street_number": _code("street_number", by_rarity=True, slips=1),
    "soc_sec_id": _code("soc_sec_id", by_rarity=False, slips=2),
    "state_id": _code("state_id", by_rarity=False, slips=1),
    "licence": _code("licence", by_rarity=False, slips=1),
    "email": Compared("emails_l is null or emails_r is null", (Level("equal", "list_has_any(emails_l, emails_r)"),)),
    "timing": Compared(
        "day_l is null or day_r is null",
        (
            Level("hired_when_completing", "abs(day_l - day_r) <= 550"),
            Level("hired_within_years", "abs(day_l - day_r) <= 1500"),
        ),
    ),
}
