"""Tallies, made from facts; nothing here is ever incremented.

leaves  one document per leaf, with how many facts it was made from
parts   of a large leaf: one document per part, so that a new fact does not cost the reading of all
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.analytics.domain.fact import Leaf
from services.analytics.domain.tally import Tally
from shared.errors import AlreadyThere
from shared.mongo import Collection, Document, Index, Update


@dataclass(frozen=True)
class Size:
    """From how many facts a leaf was made when it was made last, and whether its parts are kept."""

    facts: int = 0
    in_parts: bool = False


class LeafStore:
    """What was made from more facts is never overwritten: facts are only ever added, so it is the newer one."""

    def __init__(self, leaves: Collection, parts: Collection) -> None:
        self._leaves = leaves
        self._parts = parts

    async def ensure_indexes(self) -> None:
        await self._leaves.ensure_indexes(Index(["campaign_id", "provider_id"]))
        await self._parts.ensure_indexes(Index(["leaf_id"]))

    async def put(self, made: Sequence[tuple[Leaf, Tally, int]], *, in_parts: bool = False) -> None:
        """Save tallies of leaves, each with its number of facts."""
        await _put(
            self._leaves,
            [
                (leaf.leaf_id, {**leaf.fields(), "in_parts": in_parts}, tally, number_of_facts)
                for leaf, tally, number_of_facts in made
            ],
        )

    async def put_parts(self, leaf_id: str, made: Mapping[int, tuple[Tally, int]]) -> None:
        """Save tallies of parts of a leaf, each with its number of facts."""
        await _put(
            self._parts,
            [(f"{leaf_id}:{part}", {"leaf_id": leaf_id}, tally, facts) for part, (tally, facts) in made.items()],
        )

    async def parts_of(self, leaf_id: str) -> list[tuple[Tally, int]]:
        """The tally of each part, with its number of facts."""
        found = await self._parts.find({"leaf_id": leaf_id})
        return [(Tally.model_validate(document["tally"]), document["facts"]) for document in found]

    async def sizes(self, leaf_ids: Sequence[str]) -> dict[str, Size]:
        """Of each of these leaves; one that was never made has none."""
        found = await self._leaves.find({"_id": {"$in": list(leaf_ids)}}, projection={"facts": 1, "in_parts": 1})
        known = {document["_id"]: Size(document["facts"], document.get("in_parts", False)) for document in found}
        return {leaf_id: known.get(leaf_id, Size()) for leaf_id in leaf_ids}

    async def of_campaign(self, campaign_id: str) -> list[tuple[Leaf, Tally]]:
        found = await self._leaves.find({"campaign_id": campaign_id})
        return [(_leaf(document), Tally.model_validate(document["tally"])) for document in found]

    async def campaigns(self) -> list[str]:
        """Every campaign that something is known of, newest first."""
        found = await self._leaves.aggregate(
            [{"$group": {"_id": "$campaign_id", "year": {"$max": "$school_year"}}}, {"$sort": {"year": -1, "_id": 1}}]
        )
        return [document["_id"] for document in found]


async def _put(where: Collection, made: Sequence[tuple[str, Document, Tally, int]]) -> None:
    updates = [
        Update(
            {"_id": key, "facts": {"$lte": facts}},
            {"$set": {**fields, "facts": facts, "tally": _tally_document(tally)}},
            upsert=True,
        )
        for key, fields, tally, facts in made
    ]
    for failure in await where.bulk(updates):
        if failure is not None and not isinstance(failure, AlreadyThere):
            raise failure


def _leaf(document: Document) -> Leaf:
    return Leaf(**{field: document[field] for field in Leaf._fields if field in document})


def _tally_document(tally: Tally) -> Document:
    """MongoDB takes text only as field names; the model reads the codes back as numbers."""
    document = tally.model_dump()
    document["answers"] = {
        item: {str(code): count for code, count in codes.items()} for item, codes in tally.answers.items()
    }
    return document
