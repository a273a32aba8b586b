"""Hold two generations of the read model against each other, while events keep going into both."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.analytics.store.generations import COMPARED, TOLD, ReadModel
from shared.mongo import Document

PAGE = 2_000
LOOK_AGAIN_SECONDS = 0.25
MOST_DOUBTS = 10_000
"""So many may be events that are just being applied; more are no accident of the moment."""
IMMATERIAL = frozenset({"in_parts"})
"""How a leaf is kept is no difference."""


class Kind(StrEnum):
    """What the topics tell otherwise than what is served: it lacks there, it lacks here, it is another."""

    LOST = "lost"
    GAINED = "gained"
    CHANGED = "changed"


@dataclass(frozen=True)
class Deviation:
    """One document that differs. `fields` of those that are in both, by name; `served` is it as it is served."""

    collection: str
    id: str
    kind: Kind
    fields: tuple[str, ...]
    served: Document | None

    @property
    def may_pass(self) -> bool:
        """Whether it can be of the moment: an event goes into the rebuilt one first, and a fact never changes."""
        return self.kind is Kind.GAINED or (self.kind is Kind.CHANGED and self.collection != "facts")


@dataclass(frozen=True)
class Difference:
    """How many documents differ, by collection and kind; and which, as far as they could be remembered."""

    counts: Mapping[tuple[str, Kind], int]
    deviations: tuple[Deviation, ...]

    @property
    def lost(self) -> int:
        """Documents that are served and that the topics no longer tell; leaves follow from facts."""
        return sum(number for (name, kind), number in self.counts.items() if kind is Kind.LOST and name in TOLD)


async def compare_models(
    served: ReadModel,
    rebuilt: ReadModel,
    *,
    catch_up: Callable[[], Awaitable[object]],
    settle_seconds: float,
    tell: Callable[[int], None] = lambda _compared: None,
) -> Difference:
    """What differs and stays so for `settle_seconds`. `catch_up` makes the leaves of `rebuilt` as new as its facts.

    What may be of the moment is looked at again: an event that is just being applied, a leaf that is just being made.
    """
    counts: Counter[tuple[str, Kind]] = Counter()
    doubts: dict[tuple[str, str], Deviation] = {}
    compared = 0
    for name in COMPARED:
        async for old, new in _pages(served, rebuilt, name):
            for found in _deviations(name, old, new):
                counts[name, found.kind] += 1
                if len(doubts) < MOST_DOUBTS:
                    doubts[name, found.id] = found
            compared += len(new)
            tell(compared)
    if len(doubts) < MOST_DOUBTS:
        doubts = await _settled(doubts, served, rebuilt, catch_up, settle_seconds)
        counts = Counter((found.collection, found.kind) for found in doubts.values())
    return Difference(dict(counts), tuple(doubts.values()))


async def _settled(
    doubts: dict[tuple[str, str], Deviation],
    served: ReadModel,
    rebuilt: ReadModel,
    catch_up: Callable[[], Awaitable[object]],
    seconds: float,
) -> dict[tuple[str, str], Deviation]:
    """Those that still differ at the end, and whose served document nobody has touched meanwhile."""
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    while any(found.may_pass for found in doubts.values()) and now() < deadline:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        await catch_up()
        still: dict[tuple[str, str], Deviation] = {}
        for name in COMPARED:
            ids = [document_id for of_name, document_id in doubts if of_name == name]
            old = await served.these(name, ids)
            new = await rebuilt.these(name, ids)
            still |= {(name, found.id): found for found in _deviations(name, old, new)}
        doubts = {key: found for key, found in still.items() if found.served == doubts[key].served}
    return doubts


async def _pages(
    served: ReadModel, rebuilt: ReadModel, name: str
) -> AsyncIterator[tuple[dict[str, Document], dict[str, Document]]]:
    """Both generations side by side, in the order of ids, a stretch of ids at a time."""
    after: str | None = None
    while True:
        old = await served.page(name, after, PAGE)
        new = await rebuilt.page(name, after, PAGE)
        ends = [page[-1]["_id"] for page in (old, new) if len(page) == PAGE]
        up_to = min(ends, default=None)
        yield _until(old, up_to), _until(new, up_to)
        if up_to is None:
            return
        after = up_to


def _until(page: list[Document], last: str | None) -> dict[str, Document]:
    return {document["_id"]: document for document in page if last is None or document["_id"] <= last}


def _deviations(name: str, old: Mapping[str, Document], new: Mapping[str, Document]) -> Iterator[Deviation]:
    for document_id in old.keys() | new.keys():
        served, rebuilt = old.get(document_id), new.get(document_id)
        if served == rebuilt:
            continue
        if served is None or rebuilt is None:
            yield Deviation(name, document_id, Kind.GAINED if served is None else Kind.LOST, (), served)
            continue
        names = (served.keys() | rebuilt.keys()) - IMMATERIAL
        fields = tuple(sorted(field for field in names if served.get(field) != rebuilt.get(field)))
        if fields:
            yield Deviation(name, document_id, Kind.CHANGED, fields, served)
