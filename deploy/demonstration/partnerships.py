"""Which providers and districts of the demonstration work together, and what each side says of it: invented."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from deploy.demonstration.directory import District, Provider, largest_districts, largest_providers
from deploy.demonstration.names import Name, NameBook, mail_name
from deploy.demonstration.ways import AT_A_SCHOOL, RECORDS

PROVIDERS, DISTRICTS = 4, 8
SHARE_ATTESTED, SHARE_DISPUTED = 0.6, 0.1
MOST_EACH = 4
"""Partnerships of a provider that is not under review."""
Side = Literal["provider", "district"]
Body = dict[str, Any]
Stand = Literal["in_force", "amended", "disputed", "proposed"]
IN_FORCE = ("in_force", "amended")


@dataclass(frozen=True, slots=True)
class Said:
    """What one side states; `answer`: what the other side says of it, if anything."""

    by: Side
    body: Body
    answer: Literal["attest", "dispute", ""]


@dataclass(frozen=True, slots=True)
class Pair:
    """A provider and a district. The provider proposes `terms`; `amendment` is the district's next version, if any.

    `measured` is what was stated of the first goal that somebody has to state.
    """

    provider_code: str
    district_code: str
    stand: Stand
    terms: Body
    amendment: Body | None
    contacts: tuple[tuple[Side, Body], ...]
    activities: tuple[Said, ...]
    measured: tuple[Said, ...]

    @property
    def is_in_force(self) -> bool:
        return self.stand in IN_FORCE


def drawn_pairs(seed: int, season: int, districts: Sequence[District], providers: Sequence[Provider]) -> list[Pair]:
    """Those of the largest providers and districts. The first provider works with each of these districts, and with the
    first of them in all eleven ways; of the others' partnerships one is disputed and one awaits its answer."""
    rng = random.Random(f"partnerships:{seed}:{season}")
    names = NameBook(random.Random(f"partners:{seed}"))
    chosen = partner_districts(districts)
    pairs = []
    for place, provider in enumerate(largest_providers(providers, PROVIDERS)):
        partners = chosen if place == 0 else chosen[place - 1 :: 2][:MOST_EACH]
        for number, district in enumerate(partners):
            stand: Stand = "in_force"
            if place == 0 and number == 1:
                stand = "amended"
            elif place > 1 and number == len(partners) - 1:
                stand = "disputed" if place == 2 else "proposed"
            ways = list(RECORDS) if not place and not number else _some_ways(place + 3 * number)
            pairs.append(_pair(provider, district, stand, ways, season, rng, names))
    return pairs


def partner_districts(districts: Sequence[District]) -> list[District]:
    """The largest of those that have schools."""
    return largest_districts((district for district in districts if district.schools), DISTRICTS)


def _some_ways(first: int) -> list[str]:
    every = list(RECORDS)
    return [every[(first + step) % len(every)] for step in (0, 4, 7)]


def _pair(
    provider: Provider,
    district: District,
    stand: Stand,
    ways: Sequence[str],
    season: int,
    rng: random.Random,
    names: NameBook,
) -> Pair:
    terms = _terms(ways, season, rng)
    sides: tuple[Side, ...] = ("provider", "district") if rng.random() < 0.6 else ("provider",)
    contacts = tuple((side, _contact(district, names.draw())) for side in sides)
    activities: tuple[Said, ...] = ()
    measured: tuple[Said, ...] = ()
    if stand in IN_FORCE:
        activities = tuple(_activity(way, district, season, rng) for way in ways)
        measured = _measured(season, rng)
    longer = {**terms, "ends_on": date(season + 5, 6, 30).isoformat(), "notice_days": 180}
    return Pair(
        provider.code,
        district.code,
        stand,
        terms,
        longer if stand == "amended" else None,
        contacts,
        activities,
        measured,
    )


def _terms(ways: Sequence[str], season: int, rng: random.Random) -> Body:
    due = date(season + 1, 6, 30).isoformat()
    return {
        "ways": list(ways),
        "begins_on": date(season - rng.choice((0, 0, 1)), 7, 1).isoformat(),
        "ends_on": date(season + rng.choice((2, 3)), 6, 30).isoformat(),
        "renewal": rng.choice(("none", "by_agreement", "automatic")),
        "nature": "Teachers are prepared in our schools, for our schools.",
        "goals": [
            {
                "metric": "Completers hired by the district",
                "unit": "hires",
                "target": rng.randint(2, 12),
                "due_on": due,
                "owner": "district",
                "source": "hires",
            },
            {
                "metric": "Candidates placed for a whole year",
                "unit": "percent",
                "baseline": 30,
                "target": rng.choice((60, 70, 80)),
                "due_on": due,
                "owner": "provider",
                "source": "Placement records of both sides",
            },
        ],
    }


def _contact(district: District, name: Name) -> Body:
    address = f"{mail_name(name)}.partners@d{district.code}.example.org"
    return {"side": "district", "name": name.full, "email": address}


def _activity(way: str, district: District, season: int, rng: random.Random) -> Said:
    record = RECORDS[way](rng)
    if way in AT_A_SCHOOL:
        record["school"] = rng.choice(district.schools).name
    day = date(season, 9, 1) + timedelta(days=rng.randrange(28))
    body = {"way": way, "happened_on": day.isoformat(), "record": record}
    return Said(rng.choice(("provider", "district")), body, _answer(rng))


def _measured(season: int, rng: random.Random) -> tuple[Said, ...]:
    """Twice, a little further the second time."""
    first = rng.randint(32, 50)
    days = (date(season, 8, 31), date(season, 9, 30))
    values = (first, first + rng.randint(1, 12))
    return tuple(
        Said("provider", {"measured_on": day.isoformat(), "value": value}, _answer(rng))
        for day, value in zip(days, values, strict=True)
    )


def _answer(rng: random.Random) -> Literal["attest", "dispute", ""]:
    drawn = rng.random()
    return "attest" if drawn < SHARE_ATTESTED else "dispute" if drawn > 1 - SHARE_DISPUTED else ""
