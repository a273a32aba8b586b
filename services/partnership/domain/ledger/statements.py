"""What the two sides say of a claim: of a version of terms, of an activity, of a measurement.

one_sided ── the other side attests ──▶ attested
    └─────── a side disputes ─────────▶ disputed      a side's later word replaces its earlier one, as its standing;
                                                      nothing that was ever said is removed
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.errors import Conflict
from shared.events.partnerships import AttestationGiven, Claim, Side, Verdict

MOST_SAID = 200
Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
    ),
]


class Standing(StrEnum):
    """What both sides' last words make of a claim."""

    ONE_SIDED = "one_sided"
    ATTESTED = "attested"
    DISPUTED = "disputed"


class Statement(BaseModel):
    """One word of one side; `by` is the account that said it."""

    model_config = ConfigDict(frozen=True)

    side: Side
    verdict: Verdict
    by: str
    at: datetime
    reason: str = ""


class Between(Protocol):
    """What belongs to one partnership."""

    @property
    def partnership_id(self) -> str: ...
    @property
    def provider_id(self) -> str: ...
    @property
    def district_id(self) -> str: ...


def other(side: Side) -> Side:
    return Side.DISTRICT if side is Side.PROVIDER else Side.PROVIDER


def last_words(statements: Sequence[Statement]) -> dict[Side, Verdict]:
    """What each side said last."""
    return {each.side: each.verdict for each in statements}


def attested_by(statements: Sequence[Statement]) -> tuple[Side, ...]:
    words = last_words(statements)
    return tuple(side for side in Side if words.get(side) is Verdict.ATTESTED)


def standing(statements: Sequence[Statement]) -> Standing:
    words = last_words(statements)
    if Verdict.DISPUTED in words.values():
        return Standing.DISPUTED
    return Standing.ATTESTED if len(words) == len(Side) else Standing.ONE_SIDED


def said(statements: tuple[Statement, ...], word: Statement) -> tuple[Statement, ...]:
    """With this word; as they are, if it is what this side said last."""
    if last_words(statements).get(word.side) is word.verdict:
        return statements
    if len(statements) >= MOST_SAID:
        raise Conflict("Both sides have changed their word too often.", hint="Talk to each other, and amend the terms.")
    return (*statements, word)


def attestation(of: Between, claim: Claim, claim_id: str, word: Statement, *, version: int = 1) -> AttestationGiven:
    """What is told of a word on a claim."""
    return AttestationGiven(
        partnership_id=of.partnership_id,
        provider_id=of.provider_id,
        district_id=of.district_id,
        claim=claim,
        claim_id=claim_id,
        claim_version=version,
        side=word.side,
        verdict=word.verdict,
        given_at=word.at,
    )


def may_answer(stated_by: Side, side: Side) -> None:
    """Conflict for a side that would attest or dispute what it said itself."""
    if stated_by is side:
        raise Conflict(
            "Your side said this itself; it is for the other side to attest or to dispute it.",
            hint="Amend the terms, or void the activity, if it is not right.",
        )
