"""Whoever holds a role today, and under which key they are one person."""

from services.survey.domain.shape import Day, Kept
from shared.events.partnership import RoleHolderChanged


class RoleHolder(Kept):
    """The holder of a role; `name` and `email` are kept sealed. Without an address nobody can be asked.

    `held_from`: the sequence of what first told of this person in this role.
    """

    role_key: str
    sequence: int
    held_from: int
    person_id: str | None = None
    name: str | None = None
    email: str | None = None
    verified_on: Day | None = None
    source: str

    @property
    def person_key(self) -> str:
        """The directory's person; where it names none, the role since it last changed hands.

        Never the address: a hundred schools may share one.
        """
        return self.person_id or f"{self.role_key}#{self.held_from}"

    @classmethod
    def told(cls, event: RoleHolderChanged, sequence: int, before: "RoleHolder | None" = None) -> "RoleHolder":
        """Whom the event tells of, after `before`."""
        return cls(
            role_key=event.role_key,
            sequence=sequence,
            held_from=before.held_from if before is not None and before._is_still(event) else sequence,
            person_id=event.person_id,
            name=event.name,
            email=event.email,
            verified_on=event.verified_on,
            source=event.source,
        )

    def _is_still(self, event: RoleHolderChanged) -> bool:
        """By the directory's person, else by name, else by address: within one role a new one means somebody new."""
        if self.person_id or event.person_id:
            return self.person_id == event.person_id
        if self.name and event.name:
            return _spelled(self.name) == _spelled(event.name)
        return _spelled(self.email) == _spelled(event.email)


def _spelled(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
