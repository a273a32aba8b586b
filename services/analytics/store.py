"""Analytics' memory: every Mongo query of this service, and nothing else.

facts          one document per event, `_id` the event's id: a second delivery is a duplicate key
leaves         one document per leaf, recomputed from its facts; never incremented
organizations  names of organizations and programs, as last told
instruments    items and scales, one document per version
"""

from collections.abc import Sequence

from services.analytics.domain.fact import Fact, Leaf
from services.analytics.domain.tally import Tally
from shared.coalesce import CoalescedReads, CoalescedWrites
from shared.errors import AlreadyThere
from shared.events.survey import InstrumentPublished
from shared.mongo import Collection, Document, Index, Mongo, Update


class FactStore:
    """Facts, from which every figure can be made again."""

    def __init__(self, mongo: Mongo) -> None:
        self._facts = mongo.collection("facts")
        self._writes = CoalescedWrites(self._facts)

    async def ensure_indexes(self) -> None:
        await self._facts.ensure_indexes(Index(["leaf_id"]))

    async def add(self, fact: Fact) -> bool:
        """False if it is known already."""
        document = fact.model_dump(exclude={"fact_id"})
        try:
            await self._writes.insert({"_id": fact.fact_id, "leaf_id": fact.leaf.leaf_id, **document})
        except AlreadyThere:
            return False
        return True

    async def of_leaves(self, leaf_ids: Sequence[str]) -> dict[str, list[Fact]]:
        """The facts of each leaf."""
        found: dict[str, list[Fact]] = {leaf_id: [] for leaf_id in leaf_ids}
        for document in await self._facts.find({"leaf_id": {"$in": list(leaf_ids)}}):
            found[document["leaf_id"]].append(Fact.model_validate({**document, "fact_id": document["_id"]}))
        return found


class LeafStore:
    """The tally of each leaf, and how many facts it was made from."""

    def __init__(self, mongo: Mongo) -> None:
        self._leaves = mongo.collection("leaves")

    async def ensure_indexes(self) -> None:
        await self._leaves.ensure_indexes(Index(["campaign_id", "provider_id"]))

    async def put(self, made: Sequence[tuple[Leaf, Tally, int]]) -> None:
        """Save tallies, each with its number of facts. One that was made from more facts is not overwritten."""
        updates = [
            Update(
                {"_id": leaf.leaf_id, "facts": {"$lte": facts}},
                {"$set": {**leaf.model_dump(), "facts": facts, "tally": _tally_document(tally)}},
                upsert=True,
            )
            for leaf, tally, facts in made
        ]
        for fault in await self._leaves.bulk(updates):
            if fault is not None and not isinstance(fault, AlreadyThere):
                raise fault

    async def of_campaign(self, campaign_id: str) -> list[tuple[Leaf, Tally]]:
        found = await self._leaves.find({"campaign_id": campaign_id})
        return [(Leaf.model_validate(document), Tally.model_validate(document["tally"])) for document in found]

    async def campaigns(self) -> list[str]:
        """Every campaign that something is known of, newest first."""
        found = await self._leaves.aggregate(
            [{"$group": {"_id": "$campaign_id", "year": {"$max": "$school_year"}}}, {"$sort": {"year": -1, "_id": 1}}]
        )
        return [document["_id"] for document in found]


class NameStore:
    """What organizations and programs are called now."""

    def __init__(self, mongo: Mongo) -> None:
        self._organizations = mongo.collection("organizations")
        self._reads = CoalescedReads(self._organizations)
        self._writes = CoalescedWrites(self._organizations)

    async def put(self, organization_id: str, name: str, *, sequence: int) -> None:
        """Take a name, unless a later one is known."""
        try:
            await self._writes.update(
                {"_id": organization_id, "sequence": {"$lte": sequence}},
                {"$set": {"name": name, "sequence": sequence}},
                upsert=True,
            )
        except AlreadyThere:
            return

    async def of(self, organization_ids: Sequence[str]) -> dict[str, str]:
        """Names by id; an id without a name is its own."""
        found = await self._organizations.find({"_id": {"$in": list(organization_ids)}})
        return {**{key: key for key in organization_ids}, **{document["_id"]: document["name"] for document in found}}


class InstrumentStore:
    """The items of each version of an instrument."""

    def __init__(self, mongo: Mongo) -> None:
        self._instruments: Collection = mongo.collection("instruments")

    async def put(self, instrument: InstrumentPublished) -> None:
        """Keep a version; a version never changes."""
        document: Document = {"_id": f"{instrument.instrument_id}:{instrument.version}", **instrument.model_dump()}
        await self._instruments.insert_many([document])

    async def get(self, instrument_id: str, version: int) -> InstrumentPublished | None:
        found = await self._instruments.find_one({"_id": f"{instrument_id}:{version}"})
        return InstrumentPublished.model_validate(found) if found is not None else None


def _tally_document(tally: Tally) -> Document:
    """MongoDB takes text only as field names; the model reads the codes back as numbers."""
    document = tally.model_dump()
    document["answers"] = {
        item: {str(code): count for code, count in codes.items()} for item, codes in tally.answers.items()
    }
    return document
