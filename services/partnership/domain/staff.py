"""A member of a district's staff as its feed shows them: what was said of them, and the employments that follow."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from services.partnership.domain.episodes import Appointment, Chronicle, Episode, Status, course_of
from services.partnership.domain.leads import Lead
from services.partnership.domain.match_keys import Known
from services.partnership.domain.matching import Matching
from services.partnership.domain.sighting import Sighting
from services.partnership.domain.timeline import Snapped, Timeline, facts_of, is_seen_after, told, untold
from shared.ids import derived


class Staff(BaseModel):
    """One person in one connection. What stands here beside the timeline follows from it, and from people's decisions.

    `episodes` are the employments in order, the last one is the present one or was. `completer_id`: who this is,
    decided here first, told afterwards, so that nobody is hired twice when two decide at once. `hires_are_told`:
    nothing is left to be told. `denied`: numbers of episodes of which a person said that they are no new employment.
    """

    model_config = ConfigDict(frozen=True)

    staff_id: str
    connection_id: str
    district_id: str
    source_keys: tuple[str, ...]
    known: Known
    digest: str
    timeline: Timeline
    episodes: tuple[Episode, ...] = ()
    status: Status = "present"
    missed_snapshots: int = 0
    completer_id: str | None = None
    hires_are_told: bool = True
    denied: tuple[int, ...] = ()
    matching: Matching = Matching()
    leads: tuple[Lead, ...] = ()
    revision: int = 1

    @property
    def now(self) -> Episode:
        """The present employment, or the last one."""
        return self.episodes[-1]

    @property
    def appointment(self) -> Appointment | None:
        return self.appointment_in(self.now) if self.episodes else None

    @property
    def role(self) -> str:
        return self.now.role

    @property
    def school_id(self) -> str | None:
        return self.now.school_id if self.episodes else None

    @property
    def hire_id(self) -> str | None:
        """The hire that the present employment is, if it is one."""
        is_hire = self.completer_id is not None and self.appointment is not None
        return self.hire_id_of(self.now) if is_hire else None

    def hire_id_of(self, episode: Episode) -> str:
        """One completer, one district, one number: whichever record of the person it comes from."""
        return derived("hire", str(self.completer_id), self.district_id, str(episode.number))

    def appointment_in(self, episode: Episode) -> Appointment | None:
        """How an employment began, if it may be a hire."""
        return None if episode.number in self.denied else episode.appointment

    @property
    def may_be_hired(self) -> bool:
        """Whether the question, which completer this is, is open."""
        return self.completer_id is None and any(self.appointment_in(each) for each in self.episodes)

    @property
    def is_in_review(self) -> bool:
        """Whether a person is asked; of those who are gone nobody is asked any more."""
        return self.may_be_hired and self.status != "exited" and self.matching.state == "review"

    def after(self, sighting: Sighting | None, snapped: Snapped, chronicle: Chronicle) -> Self:
        """After a snapshot in which this person is seen so, or does not occur; itself, if that says nothing new.

        The snapshot need not be the newest: it is put where it belongs.
        """
        said = {} if sighting is None else self._described(sighting, snapped, chronicle)
        place = (sighting.file, sighting.line) if sighting is not None else ("", 0)
        timeline = told(self.timeline, snapped, facts_of(sighting), chronicle.snapshots, place)
        return self._following(timeline, chronicle, said)

    def without_snapshot(self, sequence: int, chronicle: Chronicle) -> Self:
        """As if a snapshot had never been taken; `chronicle` is the connection without it."""
        return self._following(untold(self.timeline, sequence, chronicle.snapshots), chronicle, {})

    def with_matching(self, matching: Matching, completer_id: str | None = None) -> Self:
        """After somebody, or the rules, decided which completer this is."""
        nobody = completer_id is None and self.completer_id is None
        is_told = nobody and self.hires_are_told
        decision = {"matching": matching, "completer_id": completer_id, "hires_are_told": is_told}
        return self.model_copy(update={**decision, "revision": self.revision + 1})

    def without_appointment(self, number: int) -> Self:
        """After somebody said that this employment is no new one: nobody asks again about it."""
        denied = tuple(sorted({*self.denied, number}))
        return self.model_copy(update={"denied": denied, "hires_are_told": False, "revision": self.revision + 1})

    def _following(self, timeline: Timeline, chronicle: Chronicle, said: dict[str, object]) -> Self:
        course = course_of(timeline, chronicle)
        after = self.model_copy(
            update={
                **said,
                "timeline": timeline,
                "episodes": course.episodes,
                "status": course.status,
                "missed_snapshots": course.missed_snapshots,
            }
        )
        if after == self:
            return self
        is_told = self.hires_are_told and (after.completer_id is None or after.episodes == self.episodes)
        began_anew = len(after.episodes) != len(self.episodes) and after.completer_id is None
        matching = after.matching.reopened() if began_anew else after.matching
        changes = {"hires_are_told": is_told, "matching": matching, "revision": self.revision + 1}
        return after.model_copy(update=changes)

    def _described(self, sighting: Sighting, snapped: Snapped, chronicle: Chronicle) -> dict[str, object]:
        """Who this is, by the newest word on it, and what only an older one knew."""
        keys = tuple(sorted({*self.source_keys, *sighting.source_keys}))
        if is_seen_after(self.timeline, snapped.sequence, chronicle.snapshots):
            return {"source_keys": keys, "known": self.known.filled_by(sighting.known)}
        return {"source_keys": keys, "known": sighting.known.filled_by(self.known), **_newest(sighting)}


def _newest(sighting: Sighting) -> dict[str, object]:
    return {"digest": sighting.digest, "leads": sighting.leads if sighting.is_here else ()}


def first_seen(
    staff_id: str, connection_id: str, district_id: str, sighting: Sighting, snapped: Snapped, chronicle: Chronicle
) -> Staff:
    """Somebody unknown until now."""
    unknown = Staff(
        staff_id=staff_id,
        connection_id=connection_id,
        district_id=district_id,
        source_keys=(),
        known=sighting.known,
        digest="",
        timeline=(),
        revision=0,
    )
    return unknown.after(sighting, snapped, chronicle)
