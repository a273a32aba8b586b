"""Who is asking, and the part of the world that is theirs."""

from dataclasses import dataclass
from typing import Any, Literal

from shared.errors import NotFound

Role = Literal["agency", "provider", "district", "operator"]
ROLES: tuple[Role, ...] = ("agency", "provider", "district", "operator")

NOTHING: dict[str, Any] = {"_id": {"$in": []}}
"""A filter that no document passes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see. Every query of a store takes one; what lies outside does not exist for the caller.

    The agency and the operator see everything. A provider sees what carries its id as provider, a district what carries
    its id as district; neither sees anything through the other's field.
    """

    role: Role
    organizations: frozenset[str]

    @property
    def sees_all(self) -> bool:
        return self.role in ("agency", "operator")

    def provider_filter(self, field: str = "provider_id") -> dict[str, Any]:
        """A Mongo filter for documents in which `field` names a provider."""
        return self._filter("provider", field)

    def district_filter(self, field: str = "district_id") -> dict[str, Any]:
        """A Mongo filter for documents in which `field` names a district."""
        return self._filter("district", field)

    def has_provider(self, provider_id: str) -> bool:
        return self.sees_all or (self.role == "provider" and provider_id in self.organizations)

    def has_district(self, district_id: str) -> bool:
        return self.sees_all or (self.role == "district" and district_id in self.organizations)

    def require_district(self, district_id: str) -> None:
        """NotFound unless this district's things may be seen: a stranger does not learn that they exist."""
        if not self.has_district(district_id):
            raise NotFound("There is no such district.", hint="Check the address, or sign in with another account.")

    def _filter(self, role: Role, field: str) -> dict[str, Any]:
        if self.sees_all:
            return {}
        if self.role != role or not self.organizations:
            return dict(NOTHING)
        return {field: {"$in": sorted(self.organizations)}}


EVERYTHING = Scope("operator", frozenset())
"""For the service's own work: reactions and loops, which act for nobody in particular."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or a machine that we know. `organizations` are the providers or districts that it acts for."""

    subject: str
    role: Role
    organizations: frozenset[str]
    display_name: str

    def scope(self) -> Scope:
        return Scope(self.role, self.organizations)

    @property
    def only_organization(self) -> str:
        """The one that it acts for; empty if there are none or several."""
        return next(iter(self.organizations)) if len(self.organizations) == 1 else ""
