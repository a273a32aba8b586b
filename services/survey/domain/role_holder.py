"""Whoever holds a role today, and under which key they are one person."""

from services.survey.domain.shape import Day, Kept
from shared.events.partnership import RoleHolderChanged


class RoleHolder(Kept):
    """The holder of a role; `name` and `email` are kept sealed. Without an address nobody can be asked."""

    role_key: str
    sequence: int
    person_id: str | None = None
    name: str | None = None
    email: str | None = None
    verified_on: Day | None = None
    source: str

    @property
    def person_key(self) -> str:
        """The directory's person; where it names none, the role. Never the address: a hundred schools may share one."""
        return self.person_id or self.role_key

    @classmethod
    def told(cls, event: RoleHolderChanged, sequence: int) -> "RoleHolder":
        return cls(
            role_key=event.role_key,
            sequence=sequence,
            person_id=event.person_id,
            name=event.name,
            email=event.email,
            verified_on=event.verified_on,
            source=event.source,
        )
