"""Whoever holds a role today, and under which key they are one person."""

from datetime import date, datetime
from typing import Self

from services.survey.domain.recipient import Chosen, Gap, Holder, Way, choose
from services.survey.domain.shape import Day, Kept
from shared.events.partnership import RoleHolderChanged
from shared.events.partnerships import PartnerContactChanged


class RoleHolder(Kept):
    """The holder of a role; `name` and `email` are kept sealed. Without an address nobody can be asked.

    `held_from`: the sequence of what first told of this person in this role. `way`: why this one, or why nobody.
    """

    role_key: str
    sequence: int
    held_from: int
    person_id: str | None = None
    name: str | None = None
    email: str | None = None
    verified_on: Day | None = None
    source: str
    way: Way | Gap | None = None

    @property
    def person_key(self) -> str:
        """The directory's person; where it names none, the role since it last changed hands.

        Never the address: a hundred schools may share one.
        """
        return self.person_id or f"{self.role_key}#{self.held_from}"

    @classmethod
    def told(
        cls, event: RoleHolderChanged | PartnerContactChanged, sequence: int, before: "RoleHolder | None" = None
    ) -> "RoleHolder":
        """Whom the event tells of, after `before`; of several, whoever the rules choose. A partner contact holds the
        role of being that contact."""
        told = _told(event)
        asked_before = Holder.model_validate(before, from_attributes=True) if before is not None else None
        chosen, way = choose(told, asked_before)
        holder = chosen or Holder()
        return cls(
            role_key=role_key_of(event),
            sequence=sequence,
            held_from=before.held_from if before is not None and before._is_still(holder) else sequence,
            person_id=holder.person_id,
            name=holder.name,
            email=holder.email,
            verified_on=event.verified_on,
            source=event.source,
            way=way,
        )

    @classmethod
    def named(
        cls,
        role_key: str,
        number: int,
        name: str,
        email: str,
        day: date,
        told: "RoleHolder | None",
        way: Way = Way.NAMED_BY_DISTRICT,
    ) -> Self:
        """Who was named for a role, for the n-th time, whoever is `told` to hold it."""
        return cls(
            role_key=role_key,
            sequence=told.sequence if told else 0,
            held_from=told.held_from if told else 0,
            person_id=f"{role_key}#named-{number}",
            name=name,
            email=email,
            verified_on=day,
            source="district" if way is Way.NAMED_BY_DISTRICT else "contact",
            way=way,
        )

    @property
    def is_primary(self) -> bool:
        return False

    def chosen(self, now: datetime) -> Chosen:
        """What is kept of why a survey went to this person."""
        way = self.way if isinstance(self.way, Way) else Way.ONLY_HOLDER
        return Chosen(
            role_key=self.role_key,
            person_key=self.person_key,
            way=way,
            source=self.source,
            verified_on=self.verified_on,
            at=now,
        )

    def _is_still(self, holder: Holder) -> bool:
        """By the directory's person, else by name, else by address: within one role a new one means somebody new."""
        if self.person_id or holder.person_id:
            return self.person_id == holder.person_id
        if self.name and holder.name:
            return _spelled(self.name) == _spelled(holder.name)
        return _spelled(self.email) == _spelled(holder.email)


def role_key_of(event: RoleHolderChanged | PartnerContactChanged) -> str:
    return event.contact_key if isinstance(event, PartnerContactChanged) else event.role_key


def _told(event: RoleHolderChanged | PartnerContactChanged) -> list[Holder]:
    if isinstance(event, PartnerContactChanged):
        return [Holder(name=event.name, email=event.email)] if event.name or event.email else []
    told = [event, *event.others] if event.name or event.email or event.person_id or event.others else []
    return [Holder.model_validate(each, from_attributes=True) for each in told]


def _spelled(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
