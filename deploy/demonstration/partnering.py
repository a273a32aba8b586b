"""Plays partnerships, vacancies and a provider's review into the running system, through the doors of each side."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deploy.demonstration.directory import AGENCY, District, Provider, preparing_providers
from deploy.demonstration.directory import districts as all_districts
from deploy.demonstration.doors import Doors
from deploy.demonstration.partnerships import Pair, Said, Side, drawn_pairs, partner_districts
from deploy.demonstration.vacancies import vacancies_of
from shared.events.partnership import Role

PROCESS = "seven_year"
STAGE = "offsite"
OTHER_SIDE: dict[Side, Side] = {"provider": "district", "district": "provider"}
ALREADY = 409
Say = Callable[[str], None]


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
        with (folder / "feeds" / "manifest.csv").open(encoding="utf-8", newline="") as rows:
            codes = {row["DistrictCode"] for row in csv.DictReader(rows)}
        here = [district for district in all_districts() if district.code in codes]
        providers = sorted(preparing_providers(), key=lambda provider: (-provider.size, provider.name))
        with (folder / "role_holders.csv").open(encoding="utf-8", newline="") as rows:
            reachable = {
                f"{row['OrganizationCode']}:{row['Role']}"
                for row in csv.DictReader(rows)
                if row["ElectronicMailAddress"]
            }
        return cls(
            seed,
            season,
            tuple(drawn_pairs(seed, season, here, providers)),
            tuple(partner_districts(here)),
            providers[0],
            providers[1],
            frozenset(reachable),
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
    review_id = await _draft(doors, together.reviewed, PROCESS, date(together.season, 1, 1))
    await doors.tell(AGENCY, "POST", f"/v1/reviews/{review_id}/open", {}, also=(ALREADY,))
    await doors.tell(AGENCY, "POST", f"/v1/reviews/{review_id}/advance", {"stage": STAGE}, also=(ALREADY,))
    say(f"{len(together.pairs)} partnerships, vacancies of {len(together.districts)} districts, one review open")
    return review_id


async def _agree(doors: Doors, pair: Pair) -> None:
    """Propose, answer, and record what was done since; what is there already is left as it is."""
    who: dict[Side, str] = {"provider": pair.provider_code, "district": pair.district_code}
    known = await doors.tell(pair.provider_code, "GET", "/v1/partnerships?size=200")
    ids = [each["partnership_id"] for each in known["items"] if each["district_id"] == pair.district_code]
    if ids:
        here = f"/v1/partnerships/{ids[0]}"
        made = await doors.tell(pair.provider_code, "GET", here)
    else:
        parties = {"provider_id": pair.provider_code, "district_id": pair.district_code}
        made = await doors.tell(pair.provider_code, "POST", "/v1/partnerships", {**parties, "terms": pair.terms})
        here = f"/v1/partnerships/{made['partnership_id']}"
    for side, contact in pair.contacts:
        await doors.tell(who[side], "POST", f"{here}/contacts", contact)
    if pair.stand == "disputed":
        reason = "Our schools cannot take so many candidates; we spoke of half."
        await doors.tell(pair.district_code, "POST", f"{here}/dispute", {"version": 1, "reason": reason})
    if not pair.is_in_force:
        return
    if len(made["versions"]) == 1:
        await doors.tell(pair.district_code, "POST", f"{here}/attest", {"version": 1})
    for said in pair.activities:
        await _say(doors, who, said, f"{here}/activities", f"{here}/activities", "activity_id")
    goal = next(each for each in made["versions"][0]["terms"]["goals"] if each["source"] != "hires")
    for said in pair.measured:
        await _say(
            doors, who, said, f"{here}/goals/{goal['goal_id']}/measurements", f"{here}/measurements", "measurement_id"
        )
    if pair.amendment and len(made["versions"]) == 1:
        goals = made["versions"][0]["terms"]["goals"]
        await doors.tell(pair.district_code, "POST", f"{here}/terms", {**pair.amendment, "goals": goals})


async def _say(doors: Doors, who: dict[Side, str], said: Said, to: str, answered_at: str, id_name: str) -> None:
    told = await doors.tell(who[said.by], "POST", to, said.body)
    if said.answer:
        body = {"reason": "We count differently; see our own records."} if said.answer == "dispute" else {}
        other = who[OTHER_SIDE[said.by]]
        await doors.tell(other, "POST", f"{answered_at}/{told[id_name]}/{said.answer}", body)


async def _draft(doors: Doors, provider: Provider, process: str, begins_on: date) -> str:
    """Its id, also if it is there already."""
    processes = await doors.tell(AGENCY, "GET", "/v1/reviews/processes")
    months = {each["process"]: each["stages"] for each in processes}[process]
    stages = [
        {
            "stage": each["stage"],
            "begins_on": _month(begins_on, each["from_month"] - 1).isoformat(),
            "ends_on": date.fromordinal(_month(begins_on, each["to_month"]).toordinal() - 1).isoformat(),
        }
        for each in months
    ]
    plan: dict[str, Any] = {
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


def _month(day: date, months: int) -> date:
    """The first of a month so many months after this first of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
