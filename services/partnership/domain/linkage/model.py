"""What a trained model knows: what each level of each field weighs, and how frequent names are."""

from hashlib import sha256
from math import log2

from pydantic import BaseModel, ConfigDict


class LinkageModel(BaseModel):
    """A model as it is kept.

    `chances`: field → level → how often records are at it, if they are of one person and if they are not.
    `frequencies`: column → value → share of the records that have it; the empty word stands for any other value.
    `trained_on`: how many records of each side; none for the model that comes with the service.
    """

    model_config = ConfigDict(frozen=True)

    chances: dict[str, dict[str, tuple[float, float]]]
    frequencies: dict[str, dict[str, float]] = {}
    trained_on: tuple[int, int] = (0, 0)

    @property
    def version(self) -> str:
        """The same model has the same version, wherever it was trained."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @property
    def shape(self) -> str:
        """Of its fields and levels: a model of another one is of another release, and of no use."""
        levels = [f"{field}:{','.join(sorted(known))}" for field, known in sorted(self.chances.items())]
        return sha256(";".join(levels).encode()).hexdigest()[:12]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.chances)

    def weight(self, field: str, level: str) -> float:
        """In bits, rarity aside: each doubles the odds that two records are of one person."""
        within, by_chance = self.chances[field][level]
        return log2(within / by_chance)
