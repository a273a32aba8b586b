"""How one Ed-Fi host uses the standard: what its descriptors, ids and employment statuses stand for."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.partnership.domain.observation import IdSystem, StaffRole
from services.partnership.domain.oneroster_values import bare

REFUSED_ID_SYSTEMS = (
    "SSN", "Canadian SIN", "Drivers License", "Health Record", "Medicaid", "Selective Service", "US Visa",
)  # fmt: skip
"""Ids of a person's life outside school: they are dropped while reading, and no mapping can ask for them."""

_REFUSED = frozenset(bare(name) for name in (*REFUSED_ID_SYSTEMS, "Social Security Number", "Driver's License"))
DEFAULT_ID_SYSTEMS: dict[str, IdSystem] = {
    "State": "state_id",
    "Professional Certificate": "licence",
    "District": "local_id",
    "School": "local_id",
}


class EdfiMapping(BaseModel):
    """Keys of `id_systems` are a descriptor's code (`State`) or all of it (`uri://…#MEPID`), which wins; case is not
    compared. `descriptor_namespaces`: only their descriptors name ids and roles; empty: any namespace's.

    `staff_unique_id` says in which system staffUniqueId lies: a state assigns it in some hosts, a district in others.
    `trusted_person_sources`: source systems whose personReference identifies a person across hosts; empty: none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_standard: Literal["5.2", "6.0"] = "5.2"
    descriptor_namespaces: tuple[str, ...] = ()
    staff_unique_id: IdSystem = "local_id"
    id_systems: dict[str, IdSystem] = Field(default_factory=lambda: dict(DEFAULT_ID_SYSTEMS))
    organization_id_systems: tuple[str, ...] = ("SEA",)
    substitute_statuses: tuple[str, ...] = ("Substitute/temporary",)
    unpaid_statuses: tuple[str, ...] = ("Volunteer/no contract",)
    trusted_person_sources: tuple[str, ...] = ()
    role_without_assignment: StaffRole = "other"

    @field_validator("id_systems")
    @classmethod
    def _none_refused(cls, systems: dict[str, IdSystem]) -> dict[str, IdSystem]:
        for name in systems:
            if is_refused_id_system(name):
                raise ValueError(f"Ids of “{name}” are not taken.")
        return systems


def is_refused_id_system(name: str) -> bool:
    """Whether a system, by its code or its whole descriptor, is one that we must not hold ids of."""
    return bare(name.rpartition("#")[2] or name) in _REFUSED
