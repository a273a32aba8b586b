"""Joins the rows of one person and makes the canonical observations."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

from services.partnership.domain import roster_findings as found
from services.partnership.domain.findings import Findings, Place
from services.partnership.domain.match_keys import comparable_name
from services.partnership.domain.observation import PersonNames, Position, StaffObservation
from services.partnership.domain.oneroster_users import Draft
from services.partnership.domain.roster_text import BLANK_WORDS

PEOPLE_PER_ADDRESS = 2

_ROWS_PER_PERSON = 20
_ROWS_THAT_MAY_SHARE_A_NUMBER = 3
_FEWEST_ROWS_TO_TELL = 3


def observe(drafts: Iterable[Draft], file: str, findings: Findings) -> tuple[StaffObservation, ...]:
    """One observation per person, in the order of their keys; the order of the rows makes no difference."""
    ordered = sorted(drafts, key=lambda draft: draft.key)
    _blank_out_repeated_words(ordered, file, findings)
    people = _joined(ordered)
    shared = _shared_addresses(people)
    return tuple(_observation(rows, shared, file, findings) for rows in people)


def _joined(drafts: list[Draft]) -> list[list[Draft]]:
    """Rows by person: one employee number, user name or address, and one family name (sis rule 1.6 a)."""
    buckets: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, draft in enumerate(drafts):
        for key in _joining_keys(draft):
            buckets[key].append(index)
    leader = list(range(len(drafts)))

    def leading(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    for (kind, _), members in buckets.items():
        if not 1 < len(members) <= _ROWS_PER_PERSON:
            continue
        for one, other in combinations(members, 2):
            doubtful = kind == "address" or len(members) > _ROWS_THAT_MAY_SHARE_A_NUMBER
            if _one_person(drafts[one], drafts[other], same_given=doubtful):
                first, second = sorted((leading(one), leading(other)))
                leader[second] = first
    people: dict[int, list[Draft]] = {}
    for index, draft in enumerate(drafts):
        people.setdefault(leading(index), []).append(draft)
    return list(people.values())


def _joining_keys(draft: Draft) -> set[tuple[str, str]]:
    keys = {pair for pair in draft.ids if pair[0] in ("local_id", "master_id")}
    keys |= {("address", email.casefold()) for email in draft.emails}
    if draft.username:
        keys.add(("username", draft.username.casefold()))
    return keys


def _one_person(one: Draft, other: Draft, *, same_given: bool) -> bool:
    """Whether two rows that share a key are one person. An address may belong to a couple, a number of many rows stands
    for “none”: there the given names must agree too. Two different state ids are two people whatever else is equal."""
    if comparable_name(one.names.family) != comparable_name(other.names.family):
        return False
    ids = {value for draft in (one, other) for system, value in draft.ids if system == "state_id"}
    if len(ids) > 1:
        return False
    return not same_given or _may_be_one_given(one.names.given, other.names.given)


def _may_be_one_given(one: str, other: str) -> bool:
    """Equal, blank, an initial, or the beginning of the other."""
    left, right = comparable_name(one), comparable_name(other)
    return left.startswith(right) or right.startswith(left)


def _shared_addresses(people: list[list[Draft]]) -> frozenset[str]:
    users = Counter(address for rows in people for address in {e.casefold() for row in rows for e in row.emails})
    return frozenset(address for address, count in users.items() if count > PEOPLE_PER_ADDRESS)


def _observation(rows: list[Draft], shared: frozenset[str], file: str, findings: Findings) -> StaffObservation:
    """The person of these rows, which come in the order of their keys."""
    first = rows[0]
    if len(rows) > 1:
        findings.note(found.PERSON_MERGED, Place(file, min(row.line for row in rows)), detail=f"({len(rows)} rows)")
    emails = tuple(dict.fromkeys(email for row in rows for email in row.emails))
    private = tuple(email for email in emails if email.casefold() not in shared) if shared else emails
    if len(private) < len(emails):
        findings.note(found.EMAIL_SHARED, Place(file, first.line, "email"), value=emails[0])
    live = [row for row in rows if not row.deleted]
    positions: dict[Position, None] = dict.fromkeys(position for row in live or rows for position in row.positions)
    return StaffObservation(
        source_key=first.key,
        other_keys=tuple(row.key for row in rows[1:]),
        names=first.names if len(rows) == 1 else _names(rows),
        ids=first.ids if len(rows) == 1 else tuple(sorted({pair for row in rows for pair in row.ids})),
        emails=private,
        positions=tuple(sorted(positions, key=_position_order) if len(positions) > 1 else positions),
        active=bool(live) and bool(positions),
        deleted=not live,
        account_enabled=any(row.enabled for row in rows),
        file=file,
        line=min(row.line for row in rows),
    )


def _names(rows: list[Draft]) -> PersonNames:
    """The first row's names, with what it lacks from the others."""

    def first_given(part: Callable[[PersonNames], str]) -> str:
        return next((name for row in rows if (name := part(row.names))), "")

    return PersonNames(
        given=first_given(lambda names: names.given),
        family=first_given(lambda names: names.family),
        middle=first_given(lambda names: names.middle),
        preferred_given=first_given(lambda names: names.preferred_given),
        preferred_family=first_given(lambda names: names.preferred_family),
    )


def _position_order(position: Position) -> tuple[bool, str, str, str, str]:
    """Primary first, then by organization, role and time."""
    return (
        not position.primary,
        position.organization_key,
        position.role,
        str(position.start or ""),
        str(position.end or ""),
    )


def _blank_out_repeated_words(drafts: list[Draft], file: str, findings: Findings) -> None:
    """A person may be called Null; a whole column of NULL is no name."""
    if len(drafts) < _FEWEST_ROWS_TO_TELL:
        return
    for part, column in (
        ("middle", "middleName"),
        ("preferred_given", "preferredGivenName"),
        ("preferred_family", "preferredFamilyName"),
        ("given", "givenName"),
    ):
        words = {getattr(draft.names, part) for draft in drafts}
        if words <= BLANK_WORDS:
            findings.note(found.BLANK_WORD, Place(file, None, column), public=min(words), detail="(the whole column)")
            blank: dict[str, Any] = {part: ""}
            for draft in drafts:
                draft.names = replace(draft.names, **blank)
