"""Facts, from which every figure can be made again, and word of the leaves that they have changed.

facts    one document per event, `_id` the event's id: a second delivery is a duplicate key
touched  one document per write of facts: the leaves, and the parts of them, that are to be made anew
"""

from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.analytics.domain.disposition import FactKind
from services.analytics.domain.fact import Fact, Leaf, part_of
from shared.coalesce import CoalescedWrites
from shared.errors import AlreadyThere
from shared.fault import fault
from shared.mongo import Collection, Document, Index, Insert, Update

MOST_MARKS = 1_000
KINDS = {kind.value: kind for kind in FactKind}


@dataclass(frozen=True)
class Touched:
    """What facts were added to: parts by leaf, as `marks` say."""

    parts: Mapping[str, set[int]]
    marks: Several[Any]


class FactStore:
    """A fact is kept first and its leaf marked then, before the event counts as applied.

    A crash in between leaves a fact without a mark; the event is delivered again, and although its fact is known
    by then, its leaf is marked. So the mark costs one write for as many facts as were written together.
    """

    def __init__(self, facts: Collection, touched: Collection) -> None:
        self._facts = facts
        self._touched = touched
        self._writes = CoalescedWrites(self)

    async def ensure_indexes(self) -> None:
        await self._facts.ensure_indexes(Index(["leaf_id", "part"]))

    async def keep(self, fact: Fact) -> bool:
        """Keep it and mark its leaf. False if it was known already; the leaf is marked all the same."""
        try:
            await self._writes.insert(fact_document(fact))
        except AlreadyThere:
            return False
        return True

    async def bulk(self, operations: Sequence[Insert | Update]) -> list[Exception | None]:
        """What `keep` has gathered, in two round trips."""
        results = await self._facts.bulk(operations)
        fault("analytics.fact_kept")
        await self._mark(operation.document for operation in operations if isinstance(operation, Insert))
        fault("analytics.leaf_marked")
        return results

    async def keep_unmarked(self, facts: Iterable[Fact]) -> int:
        """Keep facts whose leaves will all be made in the end; answers how many were new."""
        return await self._facts.insert_many([fact_document(fact) for fact in facts])

    async def touched(self) -> Touched:
        """The marks of longest standing, as many as make a round."""
        marks = await self._touched.find({}, sort=[("_id", 1)], limit=MOST_MARKS)
        parts: dict[str, set[int]] = defaultdict(set)
        for mark in marks:
            for leaf_id, changed in mark["leaves"].items():
                parts[leaf_id].update(changed)
        return Touched(parts, [mark["_id"] for mark in marks])

    async def made_anew(self, touched: Touched) -> None:
        """The leaves hold what was marked: facts that have come since have marks of their own."""
        await self._touched.delete_many({"_id": {"$in": list(touched.marks)}})

    async def of_leaves(self, leaf_ids: Sequence[str]) -> dict[str, list[Fact]]:
        """The facts of each leaf."""
        found: dict[str, list[Fact]] = {leaf_id: [] for leaf_id in leaf_ids}
        for document, fact in _facts(await self._facts.find({"leaf_id": {"$in": list(leaf_ids)}})):
            found[document["leaf_id"]].append(fact)
        return found

    async def of_parts(self, leaf_id: str, parts: Sequence[int]) -> dict[int, list[Fact]]:
        """The facts of each of these parts of a leaf."""
        found: dict[int, list[Fact]] = {part: [] for part in parts}
        for document, fact in _facts(await self._facts.find({"leaf_id": leaf_id, "part": {"$in": list(parts)}})):
            found[document["part"]].append(fact)
        return found

    async def leaf_sizes(self) -> dict[str, int]:
        """How many facts each leaf has; reads the index only."""
        found = await self._facts.aggregate(
            [{"$sort": {"leaf_id": 1}}, {"$group": {"_id": "$leaf_id", "facts": {"$count": {}}}}]
        )
        return {document["_id"]: document["facts"] for document in found}

    async def _mark(self, documents: Iterable[Document]) -> None:
        leaves: dict[str, set[int]] = defaultdict(set)
        for document in documents:
            leaves[document["leaf_id"]].add(document["part"])
        await self._touched.insert_one({"leaves": {leaf_id: list(parts) for leaf_id, parts in leaves.items()}})


def fact_document(fact: Fact) -> Document:
    """As it is kept; what a fact does not have is left out."""
    document: Document = {
        "_id": fact.fact_id,
        "leaf_id": fact.leaf.leaf_id,
        "part": part_of(fact.survey_id),
        "survey_id": fact.survey_id,
        "kind": fact.kind.value,
        "sequence": fact.sequence,
        "at": fact.at,
        "leaf": fact.leaf.fields(),
    }
    if fact.answers:
        document["answers"] = dict(fact.answers)
    if fact.reason is not None:
        document["reason"] = fact.reason
    return document


def _facts(documents: Iterable[Document]) -> Iterator[tuple[Document, Fact]]:
    leaves: dict[str, Leaf] = {}
    for document in documents:
        leaf = leaves.get(document["leaf_id"])
        if leaf is None:
            leaf = leaves[document["leaf_id"]] = Leaf(**document["leaf"])
        yield (
            document,
            Fact(
                document["_id"],
                document["survey_id"],
                KINDS[document["kind"]],
                document["sequence"],
                document["at"],
                leaf,
                document.get("answers", {}),
                document.get("reason"),
            ),
        )
