"""How one district's system spells ids, roles and organizations: what its feed alone cannot tell."""

from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.partnership.domain.edfi_mapping import EdfiMapping
from services.partnership.domain.observation import IdSystem, StaffRole
from services.partnership.domain.state_layout import StateLayout

DEFAULT_ID_TYPES: dict[str, IdSystem] = {
    "mepid": "state_id",
    "stateid": "state_id",
    "license": "licence",
    "licensenumber": "licence",
    "licence": "licence",
    "licencenumber": "licence",
}
DEFAULT_METADATA: dict[str, IdSystem] = {
    "mepid": "state_id",
    "stateid": "state_id",
    "license": "licence",
    "licence": "licence",
}


class ConnectionMapping(BaseModel):
    """Per connection. Keys of `id_types`, `metadata_ids` and `roles` are compared without case, blanks, `_` and `-`.

    `organization_codes` maps an organization's key or identifier to its state code and wins over what the feed says.
    `district_code` allows lost leading zeros to be restored, where it has eight digits. `file_prefix` stands before
    every file name; a `*` in it stands for anything, such as a date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    district_code: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,40}$")
    id_types: dict[str, IdSystem] = Field(default_factory=lambda: dict(DEFAULT_ID_TYPES))
    metadata_ids: dict[str, IdSystem] = Field(default_factory=lambda: dict(DEFAULT_METADATA))
    roles: dict[str, StaffRole] = Field(default_factory=dict)
    organization_codes: dict[str, str] = Field(default_factory=dict)
    state_id_digits: int = 8
    file_prefix: str = ""
    edfi: EdfiMapping = EdfiMapping()
    state_file: StateLayout | None = None
    time_zone: str = "America/New_York"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("This is no time zone of the IANA database, such as America/New_York.")
        return name
