"""The models by which records are compared: each that was ever used, and the one that comes with the service."""

from functools import cache
from importlib.resources import files

from services.partnership.domain.linkage.model import LinkageModel
from shared.clock import Clock
from shared.mongo import Collection, Filter, Index


@cache
def model_without_training() -> LinkageModel:
    """For registries that are too small to learn from."""
    text = files("services.partnership.store").joinpath("linkage_model.json").read_text("utf-8")
    return LinkageModel.model_validate_json(text)


class LinkageModelStore:
    """A model is kept for ever, for decisions name it by its version."""

    def __init__(self, collection: Collection, clock: Clock) -> None:
        self._collection = collection
        self._clock = clock

    async def ensure_indexes(self) -> None:
        await self._collection.ensure_indexes(Index(["shape", "trained_at"]))

    async def current(self) -> LinkageModel:
        """The one that was trained last, as far as this release can use it."""
        found = await self._collection.find(_usable(), sort=[("trained_at", -1)], limit=1)
        return LinkageModel.model_validate_json(found[0]["model"]) if found else model_without_training()

    async def trained_on(self) -> tuple[int, int]:
        """How many records of each side the current one was trained on; none if it came with the service."""
        found = await self._collection.find(_usable(), projection={"trained_on": 1}, sort=[("trained_at", -1)], limit=1)
        staff, completers = found[0]["trained_on"] if found else (0, 0)
        return staff, completers

    async def add(self, model: LinkageModel) -> None:
        """The same model twice is one."""
        await self._collection.update_one(
            {"_id": model.version},
            {
                "$setOnInsert": {
                    "shape": model.shape,
                    "trained_at": self._clock(),
                    "trained_on": model.trained_on,
                    "model": model.model_dump_json(),
                }
            },
            upsert=True,
        )


def _usable() -> Filter:
    return {"shape": model_without_training().shape}
