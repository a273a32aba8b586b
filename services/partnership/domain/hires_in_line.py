"""What has to be told so that the hires of one person are as the feed, and people's decisions, say."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from services.partnership.domain.completer import Completer
from services.partnership.domain.hire import Hire, hire, is_hire
from services.partnership.domain.staff import Staff
from shared.events.partnership import HireEvent

Telling = tuple[Hire, HireEvent]
"""A hire as it is to be saved, and what tells of it; the first revision is a new one."""


def tellings(
    staff: Staff, completer: Completer | None, known: Mapping[str, Hire], *, employers: frozenset[str], now: datetime
) -> Iterator[Telling]:
    """`known`: this person's hires so far, and others of the same ids. Once they are in line, nothing."""
    kept: set[str] = set()
    for episode in staff.episodes if completer else ():
        identity = staff.hire_id_of(episode)
        found = known.get(identity)
        if found is None and completer is not None and (_counts(staff, completer, episode.number)):
            found = hire(staff, episode, completer, employers=employers)
            found = found.noting(found.told(), now)
            yield found, found.told()
        if found is None or staff.appointment_in(episode) is None:
            continue
        kept.add(identity)
        following, event = found.following(staff, episode)
        while event is not None:
            following = following.noting(event, now)
            yield following, event
            following, event = following.following(staff, episode)
    yield from _withdrawn(staff, known, kept, now)


def _counts(staff: Staff, completer: Completer, number: int) -> bool:
    """The present employment is a hire if a person said so; an earlier one only by the rules."""
    episode = staff.episodes[number - 1]
    if staff.appointment_in(episode) is None:
        return False
    is_decided = episode is staff.now and staff.matching.decided_by is not None
    return is_decided or is_hire(staff, episode, completer)


def _withdrawn(staff: Staff, known: Mapping[str, Hire], kept: set[str], now: datetime) -> Iterator[Telling]:
    """Hires of this record that are none any more."""
    for each in known.values():
        if each.staff_id == staff.staff_id and each.hire_id not in kept:
            mistake = "did_not_happen" if each.completer_id == staff.completer_id else "not_our_completer"
            withdrawn, event = each.withdrawn(mistake, by=None, reason=WHY[mistake], now=now)  # type: ignore[arg-type]
            if event is not None:
                yield withdrawn.noting(event, now), event


WHY = {
    "did_not_happen": "By what is known of the feed now, nobody was newly employed.",
    "not_our_completer": "The person is taken for somebody else now.",
}
