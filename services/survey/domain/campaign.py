"""A campaign: one wave of one instrument, its window, and who is asked about in it."""

from datetime import date, timedelta
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from services.survey.domain.shape import Day, Kept
from shared.errors import Misconfigured


class Eligibility(Kept):
    """Rules as data. A change of any of them is a new version."""

    version: int = Field(ge=1)
    completed_from: Day
    completed_until: Day
    hired_until: Day
    minimum_match_confidence: float = Field(ge=0, le=1)
    roles: frozenset[str]
    asked_of_superintendent: frozenset[str]
    excluded_employers: frozenset[str] = frozenset()


class Campaign(Kept):
    """`opens_on` and `closes_on` are days on which answers are taken; late ones are taken for `grace_days` more."""

    campaign_id: str
    title: str
    wave: str
    school_year: int
    instrument_id: str
    instrument_version: int
    opens_on: Day
    closes_on: Day
    grace_days: int = Field(0, ge=0)
    eligibility: Eligibility

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Campaign":
        if self.opens_on > self.closes_on:
            raise ValueError("a campaign opens before it closes")
        return self

    @classmethod
    def parse(cls, text: str) -> "Campaign":
        """Read the YAML of a campaign; Misconfigured if it is none."""
        try:
            content: Any = yaml.safe_load(text)
            return cls.model_validate(content)
        except (yaml.YAMLError, ValidationError) as error:
            raise Misconfigured(f"This is no campaign: {error}") from None

    @property
    def last_day(self) -> date:
        """The last day on which an answer is taken, grace included."""
        return self.closes_on + timedelta(days=self.grace_days)

    def is_open(self, today: date) -> bool:
        return self.opens_on <= today <= self.last_day
