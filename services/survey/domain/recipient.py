"""Who is asked, of those who may hold a role: one rule after the other, evaluated anew when a mail is sent (sis §5.5).

    named by the district ─▶ the only holder ─▶ the primary one ─▶ the one who held it before ─▶ nobody: a task

Nobody is guessed: without a holder, or without an address, the district's liaison is asked to name somebody.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from services.survey.domain.shape import Day, Kept
from shared.events.partnership import Role

NOT_NAMED_YET = "recipient"
"""In the place of a role: whoever the district names for one hire."""
RECOMMENDED = "recommended"
"""In the place of a role: whoever a partner named in their own place, for one survey."""


class Way(StrEnum):
    """Why this one."""

    NAMED_BY_DISTRICT = "named_by_district"
    NAMED_BY_CONTACT = "named_by_contact"
    ONLY_HOLDER = "only_holder"
    PRIMARY_HOLDER = "primary_holder"
    HELD_BEFORE = "held_before"


class Gap(StrEnum):
    """Why nobody."""

    NO_SCHOOL = "no_school"
    NOBODY_KNOWN = "nobody_known"
    SEVERAL_HOLDERS = "several_holders"
    NO_ADDRESS = "no_address"


class Holder(Kept):
    """One of those who hold a role, as told."""

    person_id: str | None = None
    name: str | None = None
    email: str | None = None
    is_primary: bool = False


class Chosen(Kept):
    """Kept with a survey: why it went to this person. No name and no address."""

    role_key: str
    person_key: str
    way: Way
    source: str
    verified_on: Day | None = None
    at: datetime


def choose(holders: Sequence[Holder], before: Holder | None) -> tuple[Holder | None, Way | Gap]:
    """The holder who is asked, and why; or nobody, and why. `before`: who was asked in this role until now."""
    if not holders:
        return None, Gap.NOBODY_KNOWN
    if len(holders) == 1:
        return holders[0], Way.ONLY_HOLDER
    primary = [each for each in holders if each.is_primary]
    if len(primary) == 1:
        return primary[0], Way.PRIMARY_HOLDER
    known = [each for each in primary or holders if before is not None and _is_same(each, before)]
    if len(known) == 1:
        return known[0], Way.HELD_BEFORE
    return None, Gap.SEVERAL_HOLDERS


def role_asked(school_id: str | None, district_id: str, hire_id: str, *, leads: bool) -> str:
    """The key of the role that is asked about somebody: about who leads, the superintendent; else the
    principal of the school; without a school, whoever the district names for this hire."""
    if leads:
        return f"{district_id}:{Role.SUPERINTENDENT}"
    return f"{school_id}:{Role.PRINCIPAL}" if school_id else f"{hire_id}:{NOT_NAMED_YET}"


def asked_instead(role_key: str, district_id: str, hire_id: str) -> str:
    """Whose turn it is where the holder of a role is the hired person: the superintendent, then whoever is named."""
    superintendent = f"{district_id}:{Role.SUPERINTENDENT}"
    return superintendent if role_key != superintendent else f"{hire_id}:{NOT_NAMED_YET}"


def recommended(survey_id: str) -> str:
    """The key of whoever a partner says should be asked in their place; good for this one survey."""
    return f"{survey_id}:{RECOMMENDED}"


def is_about_themselves(holder_name: str | None, completer_name: str | None) -> bool:
    """Whether who would be asked is, by all that we see, the hired person."""
    return bool(holder_name and completer_name) and _spelled(holder_name) == _spelled(completer_name)


def gap_of(role_key: str, is_known: bool, way: Way | Gap | None, email: str | None) -> Gap | None:
    """Why nobody can be written to in this role; None if somebody can."""
    if email:
        return None
    if not is_known:
        return Gap.NO_SCHOOL if role_key.endswith(f":{NOT_NAMED_YET}") else Gap.NOBODY_KNOWN
    return way if isinstance(way, Gap) else Gap.NO_ADDRESS


def _is_same(one: Holder, other: Holder) -> bool:
    if one.email and other.email:
        return one.email.casefold() == other.email.casefold()
    return one.person_id is not None and one.person_id == other.person_id


def _spelled(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
