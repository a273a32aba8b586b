"""Who was prepared where: programs, candidates and what they completed."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demonstration.directory import Provider
from deploy.demonstration.names import Name, NameBook, Numbers

# Program name → licence field.
PROGRAMS = {
    "Elementary, 1-6": "Elementary",
    "Moderate Disabilities, PreK-8": "Moderate Disabilities",
    "Early Childhood, PreK-2": "Early Childhood",
    "English as a Second Language, PreK-6": "English as a Second Language",
    "Mathematics, 8-12": "Mathematics",
    "English, 8-12": "English",
    "History, 8-12": "History",
    "Biology, 8-12": "Biology",
    "Mathematics, 5-8": "Mathematics",
    "General Science, 5-8": "General Science",
    "Visual Art, PreK-8": "Visual Art",
    "Music, All Levels": "Music",
    "Spanish, 5-12": "Spanish",
    "Physical Education, PreK-8": "Physical Education",
    "Severe Disabilities, All Levels": "Severe Disabilities",
    "Principal/Assistant Principal, PreK-8": "School Leadership",
}
LEADERSHIP = "School Leadership"
YEAR_SHARES = {2: 0.6, 1: 0.9, 0: 1.0}  # years back → share of a full year's completers
PER_SIZE_AND_YEAR = 2.5
FEWEST, MOST = 2, 25
SHARE_WITH_TWO_PROGRAMS = 0.04
SHARE_FORMER_NAME = 0.08
SHARE_STILL_ENROLLED = 0.15
TRADITIONAL, ALTERNATIVE = "Traditional", "Alternative"


@dataclass(frozen=True, slots=True)
class Program:
    provider_code: str
    name: str
    licence_field: str
    kind: str
    program_id: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person in a program; `ended_on` None: still there."""

    program: Program
    began_on: date
    ended_on: date | None
    school_year: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of one provider, as the provider tells it."""

    provider_code: str
    identifier: str
    name: Name
    birth_date: date
    state_id: str
    licence: str
    email: str
    enrolments: tuple[Enrolment, ...]

    @property
    def is_completer(self) -> bool:
        return any(enrolment.ended_on for enrolment in self.enrolments)

    @property
    def leads_schools(self) -> bool:
        """Whether it was the head of a school that this person was prepared to be."""
        return any(enrolment.program.licence_field == LEADERSHIP for enrolment in self.enrolments)

    @property
    def latest_year(self) -> int:
        return max(enrolment.school_year for enrolment in self.enrolments)


def programs_of(provider: Provider) -> list[Program]:
    """A small provider has a few programs, a large one nearly all."""
    kept = min(len(PROGRAMS), 3 + 2 * provider.size)
    start = int(hashlib.sha256(provider.code.encode()).hexdigest(), 16) % len(PROGRAMS)
    names = list(PROGRAMS)
    chosen = sorted((names[(start + step) % len(names)] for step in range(kept)), key=names.index)
    kind = ALTERNATIVE if provider.is_alternative else TRADITIONAL
    return [
        Program(provider.code, name, PROGRAMS[name], kind, f"{names.index(name) + 1:02d}-{kind[:2]}") for name in chosen
    ]


def yearly_completers(provider: Provider, scale: float) -> int:
    """How many finish in a full year; between 2 and 25 unless the simulation needs more."""
    return round(min(MOST, max(FEWEST, provider.size * PER_SIZE_AND_YEAR)) * scale)


def candidates_of(
    provider: Provider, season: int, scale: float, *, rng: random.Random, names: NameBook, numbers: Numbers, first: int
) -> Iterator[Candidate]:
    """The provider's completers of three years up to the season's, then those who are still enrolled."""
    programs = programs_of(provider)
    serial = first
    full_year = yearly_completers(provider, scale)
    for years_back, share in YEAR_SHARES.items():
        for _ in range(max(FEWEST, round(full_year * share * rng.uniform(0.85, 1.0)))):
            yield _candidate(provider, serial, _completed(programs, season - years_back, rng), rng, names, numbers)
            serial += 1
    for _ in range(max(1, round(full_year * SHARE_STILL_ENROLLED))):
        enrolled = Enrolment(rng.choice(programs), date(season - 1, 9, 2), None, season + 1)
        yield _candidate(provider, serial, (enrolled,), rng, names, numbers)
        serial += 1


def _completed(programs: list[Program], year: int, rng: random.Random) -> tuple[Enrolment, ...]:
    count = 2 if len(programs) > 1 and rng.random() < SHARE_WITH_TWO_PROGRAMS else 1
    ended_on = date(year, 5, 10) + timedelta(days=rng.choice((0, 7, 14, 66, 94)))
    began_on = date(year - rng.choice((1, 1, 2)), 9, 2)
    return tuple(Enrolment(program, began_on, ended_on, year) for program in rng.sample(programs, count))


def _candidate(
    provider: Provider,
    serial: int,
    enrolments: tuple[Enrolment, ...],
    rng: random.Random,
    names: NameBook,
    numbers: Numbers,
) -> Candidate:
    name = names.draw()
    if rng.random() < SHARE_FORMER_NAME:
        name = names.married(name)
    identifier = f"{1_000_000_000 + serial}"
    return Candidate(
        provider_code=provider.code,
        identifier=identifier,
        name=name,
        birth_date=date(1975, 1, 1) + timedelta(days=rng.randrange(9_800)),
        state_id=numbers.state_id(),
        licence=numbers.licence(),
        email=f"candidate.{identifier}@students.example.edu",
        enrolments=enrolments,
    )
