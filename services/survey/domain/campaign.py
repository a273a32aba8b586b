"""Campaigns: a wave of the Hiring Survey with those who are asked about in it; the Partner Survey with its window."""

from datetime import date, timedelta
from typing import Any, ClassVar, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from services.survey.domain.shape import Day, Kept
from shared.errors import Misconfigured
from shared.events.survey import About


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


class Inquiry(Kept):
    """One instrument in use, from `opens_on` to `closes_on`; late answers are taken for `grace_days` more."""

    about: ClassVar[About]

    campaign_id: str
    title: str
    instrument_id: str
    instrument_version: int
    opens_on: Day
    closes_on: Day
    grace_days: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens_on > self.closes_on:
            raise ValueError("a campaign opens before it closes")
        return self

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the YAML of such a campaign; Misconfigured if it is none."""
        try:
            return cls.model_validate(yaml.safe_load(text))
        except (yaml.YAMLError, ValidationError) as error:
            raise Misconfigured(f"This is no campaign: {error}") from None

    @property
    def last_day(self) -> date:
        """The last day on which an answer is taken, grace included."""
        return self.closes_on + timedelta(days=self.grace_days)

    def is_open(self, today: date) -> bool:
        return self.opens_on <= today <= self.last_day


class Campaign(Inquiry):
    """A wave of an instrument about completers: `closes_on` is the last day that is announced."""

    about = About.COMPLETER

    wave: str
    school_year: int
    eligibility: Eligibility


class PartnerCampaign(Inquiry):
    """An instrument about providers: whose review opens in the window, its partners are asked."""

    about = About.PROVIDER

    @model_validator(mode="before")
    @classmethod
    def _has_no_rules_about_completers(cls, content: Any) -> Any:
        if isinstance(content, dict) and {"eligibility", "wave", "school_year"} & set(content):
            raise ValueError("eligibility, wave and school_year are of campaigns about completers")
        return content


def campaign_in(text: str) -> Campaign | PartnerCampaign:
    """Read the YAML of a campaign of either kind, as its `about` says; Misconfigured if it is none."""
    try:
        content: Any = yaml.safe_load(text)
        about = About(content.get("about", About.COMPLETER) if isinstance(content, dict) else About.COMPLETER)
    except (yaml.YAMLError, ValueError) as error:
        raise Misconfigured(f"This is no campaign: {error}") from None
    return PartnerCampaign.parse(text) if about is About.PROVIDER else Campaign.parse(text)
