"""How alike two records are, by a trained model: what is kept with a proposal and with the decision on it."""

from pydantic import BaseModel, ConfigDict

EXPECTED_SHARE = 0.3
"""Of new colleagues, so many are expected to be completers that the registry knows, before anything is compared."""
LEAST_PROBABILITY = 0.2
"""A completer who is less probable than that is not proposed."""
MOST_CANDIDATES = 5
SUREST = 0.92
"""However alike two records are: likeness alone is never as sure as exact evidence, and never decides."""


class Agreement(BaseModel):
    """How alike the records are in one field, and how much that weighs, in bits: each doubles the odds.

    Negative weights speak against. The levels are those of `linkage.fields`.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    level: str
    weight: float


class Likeness(BaseModel):
    """What the model `model` found. `prior`: the odds before anything was compared, in bits.

    `probability`: that this completer is the person, seen beside all others who were compared.
    """

    model_config = ConfigDict(frozen=True)

    probability: float
    prior: float
    model: str
    agreements: tuple[Agreement, ...]

    @property
    def weight(self) -> float:
        """All together, in bits."""
        return self.prior + sum(each.weight for each in self.agreements)
