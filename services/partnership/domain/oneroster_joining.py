"""Tells which rows of a roster are one person: one employee number, user name or address, and one family name."""

from itertools import combinations

import orjson

from services.partnership.domain.match_keys import comparable_name
from services.partnership.domain.roster_spool import RosterSpool, UserRow

PEOPLE_PER_ADDRESS = 2

_ROWS_PER_PERSON = 20
_ROWS_THAT_MAY_SHARE_A_NUMBER = 3


def joined(spool: RosterSpool) -> tuple[dict[str, str], dict[str, list[int]]]:
    """Rows by person: one employee number, user name or address, and one family name (sis rule 1.6 a). Key → the
    smallest key of the person, where there are several; and the addresses that are nobody's own, with their rows."""
    leaders: dict[str, str] = {}
    shared: dict[str, list[int]] = {}

    def leading(key: str) -> str:
        while (leader := leaders.get(key, key)) != key:
            key = leader
        return key

    for kind, seqs in spool.shared_keys():
        if kind == "address" and len(seqs) > PEOPLE_PER_ADDRESS:
            shared[spool.user(seqs[0]).address] = seqs
        if len(seqs) > _ROWS_PER_PERSON:
            continue
        rows = [_Joining(spool.user(seq)) for seq in seqs]
        for one, other in combinations(rows, 2):
            doubtful = kind == "address" or len(rows) > _ROWS_THAT_MAY_SHARE_A_NUMBER
            if _one_person(one, other, same_given=doubtful):
                first, second = sorted((leading(one.key), leading(other.key)))
                leaders[second] = first
    for address, seqs in list(shared.items()):
        if len({leading(spool.user(seq).key) for seq in seqs[: _ROWS_PER_PERSON + 1]}) <= PEOPLE_PER_ADDRESS:
            del shared[address]
    return {key: leading(key) for key in leaders}, shared


class _Joining:
    """What decides whether two rows are one person."""

    def __init__(self, user: UserRow) -> None:
        names, ids, *_ = orjson.loads(user.body)
        self.key = user.key
        self.given, self.family = comparable_name(names[0]), comparable_name(names[1])
        self.state_ids = frozenset(value for system, value in ids if system == "state_id")


def _one_person(one: _Joining, other: _Joining, *, same_given: bool) -> bool:
    """Whether two rows that share a key are one person. An address may belong to a couple, a number of many rows stands
    for “none”: there the given names must agree too. Two different state ids are two people whatever else is equal."""
    if one.family != other.family or len(one.state_ids | other.state_ids) > 1:
        return False
    if not same_given:
        return True
    return one.given.startswith(other.given) or other.given.startswith(one.given)  # blank, an initial, or the beginning
