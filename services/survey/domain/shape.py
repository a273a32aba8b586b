"""The shape that all kept things of this service have: frozen, and nothing unknown in them."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str)]
"""A date that is kept as text, for BSON knows only moments."""


class Kept(BaseModel):
    """Frozen; changes are copies."""

    model_config = ConfigDict(frozen=True, extra="ignore")
