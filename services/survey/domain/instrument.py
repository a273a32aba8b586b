"""An instrument: what is asked, in which words, on which scale; and which answers are acceptable."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from services.survey.domain.shape import Kept
from shared.errors import Misconfigured
from shared.events.survey import About, InstrumentItem, InstrumentPublished, ScalePoint

COMMENT = "comment"
"""The field of the free text; no item may have this id."""
SINCE_PARTNERS: Any = {"about": True, "sections": {"__all__": {"items": {"__all__": {"criterion"}}}}}
"""Fields that came with the Partner Survey."""


class Level(Kept):
    code: int = Field(ge=1)
    label: str
    description: str = ""


class Item(Kept):
    """One question. Its id stays the same across versions as long as it asks the same.

    `criterion`: of a review, that it speaks to.
    """

    id: str = Field(pattern="^[a-z][a-z_]*$")
    text: str
    levels: tuple[Level, ...] = Field(min_length=2)
    standard: str | None = None
    criterion: str | None = None
    required: bool = True
    is_headline: bool = False

    @cached_property
    def codes(self) -> frozenset[int]:
        return frozenset(level.code for level in self.levels)


class Section(Kept):
    id: str
    heading: str
    introduction: str = ""
    items: tuple[Item, ...]


class Comment(Kept):
    text: str
    hint: str = ""
    longest: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, in words for the person who answers."""

    field: str
    kind: str
    text: str


class Instrument(Kept):
    """A version of an instrument; immutable once it was used."""

    instrument_id: str
    version: int = Field(ge=1)
    language: str
    about: About = About.COMPLETER
    title: str
    introduction: str
    sections: tuple[Section, ...]
    comment: Comment

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Instrument":
        ids = [item.id for section in self.sections for item in section.items]
        if len(ids) != len(set(ids)) or COMMENT in ids:
            raise ValueError("item ids must be unique, and none may be called comment")
        for item in self.items.values():
            if len(item.codes) != len(item.levels):
                raise ValueError(f"item {item.id} uses a code twice")
        return self

    @classmethod
    def parse(cls, text: str) -> "Instrument":
        """Read the YAML of an instrument; Misconfigured if it is none."""
        try:
            content: Any = yaml.safe_load(text)
            return cls.model_validate(content)
        except (yaml.YAMLError, ValidationError) as error:
            raise Misconfigured(f"This is no instrument: {error}") from None

    @cached_property
    def items(self) -> dict[str, Item]:
        return {item.id: item for section in self.sections for item in section.items}

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(item.id for item in self.items.values() if item.required)

    @cached_property
    def fingerprint(self) -> str:
        """Differs when anything of it differs. What an instrument of the first release could not say is left out."""
        says_more = self.about is not About.COMPLETER or any(item.criterion for item in self.items.values())
        unsaid = None if says_more else SINCE_PARTNERS
        return hashlib.sha256(self.model_dump_json(exclude=unsaid).encode()).hexdigest()

    def published(self) -> InstrumentPublished:
        """What others are told: each item with its scale, lowest code first."""
        items = tuple(
            InstrumentItem(
                item_id=item.id,
                label=item.text,
                scale=tuple(
                    ScalePoint(code=level.code, label=level.label)
                    for level in sorted(item.levels, key=lambda level: level.code)
                ),
                is_headline=item.is_headline,
                criterion=item.criterion,
            )
            for item in self.items.values()
        )
        return InstrumentPublished(
            instrument_id=self.instrument_id,
            version=self.version,
            title=self.title,
            about=self.about,
            items=items,
        )

    def faults_of_draft(self, answers: Mapping[str, int], comment: str | None) -> list[Fault]:
        """What cannot be kept, not even for later: unknown items, codes off the scale, too long a comment."""
        faults = []
        for item_id, code in answers.items():
            item = self.items.get(item_id)
            if item is None:
                faults.append(Fault(item_id, "unknown_item", "The form has no question of this name."))
            elif code not in item.codes:
                faults.append(Fault(item_id, "out_of_range", f"Choose one of the answers offered: {item.text}"))
        if comment is not None and len(comment) > self.comment.longest:
            text = f"The comment has {len(comment)} characters; at most {self.comment.longest} can be kept."
            faults.append(Fault(COMMENT, "too_long", text))
        return faults

    def faults(self, answers: Mapping[str, int], comment: str | None) -> list[Fault]:
        """What keeps these answers from being sent in, in the order of the form."""
        missing = [
            Fault(item.id, "missing", f"Choose an answer: {item.text}")
            for item in self.items.values()
            if item.required and item.id not in answers
        ]
        faults = missing + self.faults_of_draft(answers, comment)
        if not faults:
            return []
        order = {item_id: place for place, item_id in enumerate(self.items)}
        return sorted(faults, key=lambda fault: order.get(fault.field, len(order)))
