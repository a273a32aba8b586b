"""A feed: one district's connection to its student information system."""

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.episodes import ExitRules
from services.partnership.domain.pull_settings import PullSettings
from services.partnership.domain.snapshot import HoldRules
from services.partnership.domain.sources import Source
from shared.errors import InvalidInput

DECLARE = "Say how the files are laid out (state_file): a preset such as epims, or a declaration."


class NewConnection(BaseModel):
    """What it takes to connect a feed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connection_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    district_id: str = Field(min_length=1, max_length=40)
    source: Source = "oneroster-csv"
    mapping: ConnectionMapping = Field(default=ConnectionMapping(), validate_default=True)
    exits: ExitRules = ExitRules()
    holds: HoldRules = HoldRules()
    pull: PullSettings | None = None

    @model_validator(mode="after")
    def _asked_as_what_it_is(self) -> Self:
        if self.pull is not None and self.pull.source != self.source:
            raise ValueError("The settings for pulling are those of another source than the feed's.")
        return self

    @field_validator("mapping")
    @classmethod
    def _files_are_declared(cls, mapping: ConnectionMapping, info: ValidationInfo) -> ConnectionMapping:
        if info.data.get("source") == "state-file" and mapping.state_file is None:
            raise ValueError(DECLARE)
        return mapping


class Connection(NewConnection):
    """A connected feed. `live_since` is the day it was connected; who changed its mapping last is kept with it."""

    live_since: date
    mapping_changed_by: str | None = None
    mapping_changed_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.mapping.time_zone)

    def mapped(self, mapping: ConnectionMapping, *, by: str, now: datetime) -> Self:
        """Read otherwise from the next delivery on."""
        if mapping == self.mapping:
            return self
        if self.source == "state-file" and mapping.state_file is None:
            raise InvalidInput(DECLARE, where="state_file")
        changed = {"mapping": _for_district(mapping, self.district_id), "mapping_changed_by": by}
        return self.model_copy(update=changed | {"mapping_changed_at": now})

    def day_of(self, moment: datetime) -> date:
        """The calendar day in the district."""
        return moment.astimezone(self.zone).date()


def connect(new: NewConnection, now: datetime) -> Connection:
    """Open a feed for a district; the reader is told the district's code unless the mapping does."""
    mapping = _for_district(new.mapping, new.district_id)
    fields = {name: getattr(new, name) for name in NewConnection.model_fields} | {"mapping": mapping}
    return Connection(**fields, live_since=now.astimezone(ZoneInfo(mapping.time_zone)).date())


def _for_district(mapping: ConnectionMapping, district_id: str) -> ConnectionMapping:
    return mapping.model_copy(update={"district_code": mapping.district_code or district_id})
