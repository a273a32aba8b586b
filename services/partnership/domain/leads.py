"""Who leads a school or the district, as a feed says it: the people who are asked about the others (sis §5.5)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.match_keys import Known
from services.partnership.domain.observation import Position
from services.partnership.domain.organization import RoleHolder
from shared.events.partnership import FellowHolder, Role

FEED = "feed"
"""The source of a role holder that nobody but a feed names."""
SECONDS = ("assistant", "deputy", "associate", "vice", "former")
DISTRICT_ADMINISTRATORS = frozenset({"districtadministrator", "leaadministrator"})
STATE_CODE_OF_SUPERINTENDENT = "1200"


class Lead(BaseModel):
    """A role that asks about others. Without an organization it is the district's; `is_primary`: before others."""

    model_config = ConfigDict(frozen=True)

    role: Role
    organization_id: str | None = None
    is_primary: bool = False


class Leading(Protocol):
    """Somebody on staff who leads."""

    @property
    def staff_id(self) -> str: ...
    @property
    def known(self) -> Known: ...
    @property
    def leads(self) -> tuple[Lead, ...]: ...
    @property
    def status(self) -> str: ...


def leads_of(positions: Iterable[Position], day: date, schools: Collection[str]) -> tuple[Lead, ...]:
    """What of it somebody leads on a day; a school that the directory does not have has no principal for us."""
    found = {lead for each in positions if each.in_force_on(day) and (lead := _lead(each, schools))}
    return tuple(sorted(found, key=lambda lead: (lead.role, lead.organization_id or "", not lead.is_primary)))


def _lead(position: Position, schools: Collection[str]) -> Lead | None:
    if position.role == "principal" and position.organization_code in schools:
        is_primary = position.primary is True
        return Lead(role=Role.PRINCIPAL, organization_id=position.organization_code, is_primary=is_primary)
    if position.role != "district-admin" or position.organization_type == "school":
        return None
    raw = position.role_raw.casefold()
    is_titled = raw == STATE_CODE_OF_SUPERINTENDENT or (
        "superintendent" in raw and not any(word in raw for word in SECONDS)
    )
    if not is_titled and raw not in DISTRICT_ADMINISTRATORS:
        return None
    return Lead(role=Role.SUPERINTENDENT, is_primary=is_titled)


def role_holders(
    leading: Iterable[Leading], district_id: str, day: date, known: Mapping[str, RoleHolder]
) -> dict[str, RoleHolder]:
    """By role: whoever holds it, the primary one first, with all others who hold it too.

    Who is missing for now goes on holding what they are `known` to hold until somebody else is seen to.
    """
    everybody = list(leading)
    present = _fellows([each for each in everybody if each.status == "present"], district_id)
    missing = _fellows([each for each in everybody if each.status != "present"], district_id)
    held = [_held(organization_id, role, found, day) for (organization_id, role), found in (missing | present).items()]
    return {
        each.id: each
        for each in held
        if (each.organization_id, each.role) in present or each.says_the_same(known.get(each.id))
    }


def _fellows(leading: Iterable[Leading], district_id: str) -> dict[tuple[str, Role], list[FellowHolder]]:
    fellows: dict[tuple[str, Role], list[FellowHolder]] = {}
    for each in sorted(leading, key=lambda person: person.staff_id):
        primary: dict[tuple[str, Role], bool] = {}
        for lead in each.leads:
            key = (lead.organization_id or district_id, lead.role)
            primary[key] = primary.get(key, False) or lead.is_primary
        for key, is_primary in primary.items():
            fellows.setdefault(key, []).append(_fellow(each, is_primary=is_primary))
    return fellows


def nobody_any_more(holder: RoleHolder, day: date) -> RoleHolder:
    """A feed that named somebody names nobody now."""
    return RoleHolder(organization_id=holder.organization_id, role=holder.role, verified_on=day, source=FEED)


def _held(organization_id: str, role: Role, found: Sequence[FellowHolder], day: date) -> RoleHolder:
    first, *others = sorted(found, key=lambda each: not each.is_primary)
    return RoleHolder(
        organization_id=organization_id,
        role=role,
        **first.model_dump(),
        verified_on=day,
        source=FEED,
        others=tuple(others),
    )


def _fellow(person: Leading, *, is_primary: bool) -> FellowHolder:
    known = person.known
    given, family = known.preferred_given or known.given, known.preferred_family or known.family
    return FellowHolder(
        person_id=person.staff_id,
        name=f"{given} {family}".strip() or None,
        email=next(iter(known.emails), None),
        is_primary=is_primary,
    )
