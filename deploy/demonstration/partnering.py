"""Plays partnerships, vacancies and a provider's review into the running system, through the doors of each side."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deploy.demonstration.directory import (
    AGENCY,
    District,
    Provider,
    largest_providers,
    preparing_providers,
    simulated_districts,
)
from deploy.demonstration.doors import Doors, Say
from deploy.demonstration.expectation import reachable_holders
from deploy.demonstration.partnerships import Pair, Said, Side, drawn_pairs, partner_districts
from deploy.demonstration.vacancies import vacancies_of
from services.partnership.domain.ledger.terms import HIRES
from services.partnership.domain.reviews.process import PROCESSES, ProcessName
from shared.events.partnership import Role

STAGE = "offsite"
OTHER_SIDE: dict[Side, Side] = {"provider": "district", "district": "provider"}
ALREADY = 409
Who = dict[Side, str]
"""Each side's organization."""


@dataclass(frozen=True, slots=True)
class Together:
    """Who works together in this demonstration. `reviewed` is under review; the review of `next_one` is prepared.

    `season`: the year of the hires. Its partner list is asked until the end of the next year.
    """

    seed: int
    season: int
    pairs: tuple[Pair, ...]
    districts: tuple[District, ...]
    reviewed: Provider
    next_one: Provider
    role_holders: frozenset[str]
    """Roles with an address."""

    @classmethod
    def of(cls, folder: Path, seed: int, season: int) -> "Together":
        """Of the districts whose feeds are in the folder of the simulation."""
        here, providers = simulated_districts(folder), preparing_providers()
        reviewed, next_one = largest_providers(providers, 2)
        return cls(
            seed,
            season,
            tuple(drawn_pairs(seed, season, here, providers)),
            tuple(partner_districts(here)),
            reviewed,
            next_one,
            frozenset(reachable_holders(folder)),
        )

    @property
    def in_force(self) -> int:
        return sum(pair.is_in_force for pair in self.pairs)

    @property
    def partners(self) -> int:
        """How many are on the reviewed provider's partner list and can be reached."""
        own = [pair for pair in self.pairs if pair.provider_code == self.reviewed.code]
        roles = {f"{pair.district_code}:{Role.DISTRICT_CONTACT}" for pair in own}
        return sum(len(pair.contacts) for pair in own) + len(roles & self.role_holders)


async def work_together(doors: Doors, together: Together, say: Say) -> str:
    """Everything but the answers; the id of the open review. Played twice, the second time changes nothing."""
    for number, pair in enumerate(together.pairs, 1):
        await _agree(doors, pair)
        say(f"{number} of {len(together.pairs)} partnerships")
    for district in together.districts:
        body = {"as_of": date(together.season, 9, 30).isoformat(), "vacancies": vacancies_of(together.seed, district)}
        await doors.tell(district.code, "PUT", f"/v1/vacancies/{district.code}/{together.season + 1}", body)
    await _draft(doors, together.next_one, "twenty_four_month", date(together.season + 1, 1, 1))
    review_id = await _draft(doors, together.reviewed, "seven_year", date(together.season, 1, 1))
    await doors.tell(AGENCY, "POST", f"/v1/reviews/{review_id}/open", {}, also=(ALREADY,))
    await doors.tell(AGENCY, "POST", f"/v1/reviews/{review_id}/advance", {"stage": STAGE}, also=(ALREADY,))
    say(f"{len(together.pairs)} partnerships, vacancies of {len(together.districts)} districts, one review open")
    return review_id


async def _agree(doors: Doors, pair: Pair) -> None:
    """Propose, answer, and record what was done since; what is there already is left as it is."""
    who: Who = {"provider": pair.provider_code, "district": pair.district_code}
    made = await _proposed(doors, pair)
    here, is_new = f"/v1/partnerships/{made['partnership_id']}", len(made["versions"]) == 1
    for side, contact in pair.contacts:
        await doors.tell(who[side], "POST", f"{here}/contacts", contact)
    if pair.stand == "disputed":
        reason = "Our schools cannot take so many candidates; we spoke of half."
        await doors.tell(who["district"], "POST", f"{here}/dispute", {"version": 1, "reason": reason})
    if not pair.is_in_force:
        return
    if is_new:
        await doors.tell(who["district"], "POST", f"{here}/attest", {"version": 1})
    for said in pair.activities:
        activity = await doors.tell(who[said.by], "POST", f"{here}/activities", said.body)
        await _answer(doors, who, said, f"{here}/activities/{activity['activity_id']}")
    goals = made["versions"][0]["terms"]["goals"]
    goal = next(each["goal_id"] for each in goals if each["source"] != HIRES)
    for said in pair.measured:
        figure = await doors.tell(who[said.by], "POST", f"{here}/goals/{goal}/measurements", said.body)
        await _answer(doors, who, said, f"{here}/measurements/{figure['measurement_id']}")
    if pair.amendment and is_new:
        await doors.tell(who["district"], "POST", f"{here}/terms", {**pair.amendment, "goals": goals})


async def _proposed(doors: Doors, pair: Pair) -> dict[str, Any]:
    """The partnership of the two, in full. Proposed again, an amended one would be amended again."""
    known = await doors.tell(pair.provider_code, "GET", "/v1/partnerships?size=200")
    for each in known["items"]:
        if each["district_id"] == pair.district_code:
            return dict(await doors.tell(pair.provider_code, "GET", f"/v1/partnerships/{each['partnership_id']}"))
    parties = {"provider_id": pair.provider_code, "district_id": pair.district_code}
    return dict(await doors.tell(pair.provider_code, "POST", "/v1/partnerships", {**parties, "terms": pair.terms}))


async def _answer(doors: Doors, who: Who, said: Said, address: str) -> None:
    """What the other side says of it, if anything."""
    if said.answer:
        body = {"reason": "We count differently; see our own records."} if said.answer == "dispute" else {}
        await doors.tell(who[OTHER_SIDE[said.by]], "POST", f"{address}/{said.answer}", body)


async def _draft(doors: Doors, provider: Provider, process: ProcessName, begins_on: date) -> str:
    """Its id, also if it is there already."""
    stages = [each.model_dump(mode="json") for each in PROCESSES[process].usual_plan(begins_on)]
    plan = {
        "provider_id": provider.code,
        "process": process,
        "size_class": "large",
        "stages": stages,
        "answers_until": stages[-1]["ends_on"],
    }
    made = await doors.tell(AGENCY, "POST", "/v1/reviews", plan, also=(ALREADY,))
    if "review_id" in made:
        return str(made["review_id"])
    kept = await doors.tell(AGENCY, "GET", "/v1/reviews?size=200")
    return next(str(each["review_id"]) for each in kept["items"] if each["provider_id"] == provider.code)
