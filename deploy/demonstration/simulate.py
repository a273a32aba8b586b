"""Simulates a hiring season on real organizations: completers, role holders, feeds, and the truth about them."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from deploy.demonstration import files
from deploy.demonstration.campaign import write_campaign
from deploy.demonstration.directory import (
    ORGANIZATIONS,
    PROVIDERS,
    District,
    Provider,
    chosen_districts,
    preparing_providers,
)
from deploy.demonstration.hiring import Supply, place_completers
from deploy.demonstration.names import NameBook, Numbers
from deploy.demonstration.oneroster import write_roster
from deploy.demonstration.preparation import Candidate, candidates_of, programs_of, yearly_completers
from deploy.demonstration.staffing import RoleHolder, Staffed, staff_district
from deploy.demonstration.truth import Expected, TruthRow, write_truth
from deploy.demonstration.vendors import Vendor, vendor_of

SEED = 7
SEASON = 2026
STAFF_PER_SCHOOL = 12.0
DAYS = 4
DAYS_BETWEEN_SNAPSHOTS = 14
EXPORT_HOUR_UTC = time(6, 0, tzinfo=UTC)
HIRED_COMPLETERS_PER_STAFF = 0.045
COMPLETERS_PER_HIRE = 3.0


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What was written. `staff` counts people on the first day; the last three count completers' accounts in feeds."""

    districts: int
    schools: int
    staff: int
    candidates: int
    snapshots: int
    found: int
    review: int
    not_a_hire: int


def simulate(
    seed: int,
    districts: int,
    folder: Path,
    *,
    staff_per_school: float = STAFF_PER_SCHOOL,
    days: int = DAYS,
    season: int = SEASON,
    with_faults: bool = False,
) -> SimulationSummary:
    """Write everything into `folder`, replacing what an earlier run left there. The same arguments give the same bytes.

    `days` counts snapshots, the baseline included; the first is of 20 August of `season`, the rest follow fortnightly.
    """
    if days < 2:
        raise ValueError("Hires are differences between snapshots: at least two days are needed.")
    rng = random.Random(f"prepbridge:{seed}:{districts}:{staff_per_school}:{days}:{season}")
    names, numbers = NameBook(rng), Numbers(seed)
    chosen = _drawn(seed, districts)
    observed = [date(season, 8, 20) + timedelta(days=DAYS_BETWEEN_SNAPSHOTS * day) for day in range(days)]
    hires = [_hires_in(district, staff_per_school, rng) for district in chosen]
    providers = preparing_providers()
    candidates = list(all_candidates(providers, season, sum(hires), rng, names, numbers))
    supply = Supply(providers, candidates, season)
    _empty(folder)
    write_registers(folder, providers, candidates, with_faults=with_faults)
    write_campaign(folder / "campaigns", season)

    holders: list[RoleHolder] = []
    truth: list[TruthRow] = []
    feeds: list[files.Values] = []
    staff = 0
    for position, district in enumerate(chosen):
        staffed = staff_district(district, staff_per_school, observed, rng=rng, names=names, numbers=numbers)
        truth += place_completers(staffed, hires[position], supply)
        feeds += _write_feeds(folder, staffed, vendor_of(position))
        holders += staffed.holders
        staff += staffed.staff
    rows = (files.role_holder_row(holder, observed[0] - timedelta(days=5)) for holder in holders)
    files.write_rows(folder / "role_holders.csv", files.ROLE_HOLDER_COLUMNS, rows)
    files.write_rows(folder / "feeds" / "manifest.csv", files.FEED_COLUMNS, feeds)
    write_truth(folder / "truth.csv", truth)
    expected = Counter(row.expected for row in truth)
    return SimulationSummary(
        districts=len(chosen),
        schools=sum(len(district.schools) for district in chosen),
        staff=staff,
        candidates=len(candidates),
        snapshots=len(feeds),
        found=expected[Expected.FOUND],
        review=expected[Expected.REVIEW],
        not_a_hire=expected[Expected.NOT_A_HIRE],
    )


def _drawn(seed: int, districts: int) -> list[District]:
    """The districts depend on nothing but seed and number; a larger number keeps those of a smaller one."""
    return chosen_districts(districts, random.Random(f"prepbridge:districts:{seed}"))


def _hires_in(district: District, per_school: float, rng: random.Random) -> int:
    return max(1, int(len(district.schools) * per_school * HIRED_COMPLETERS_PER_STAFF + rng.random()))


def all_candidates(
    providers: list[Provider], season: int, hires: int, rng: random.Random, names: NameBook, numbers: Numbers
) -> Iterator[Candidate]:
    """Providers grow with the number of hires, so that most completers are hired outside the simulated districts."""
    in_two_years = 2 * sum(yearly_completers(provider, 1.0) for provider in providers)
    scale = max(1.0, hires * COMPLETERS_PER_HIRE / in_two_years)
    first = 1
    for provider in providers:
        for candidate in candidates_of(provider, season, scale, rng=rng, names=names, numbers=numbers, first=first):
            first += 1
            yield candidate


def _empty(folder: Path) -> None:
    for part in ("feeds", "campaigns"):
        shutil.rmtree(folder / part, ignore_errors=True)
    (folder / "feeds").mkdir(parents=True)


def write_registers(folder: Path, providers: list[Provider], candidates: list[Candidate], *, with_faults: bool) -> None:
    """What agency and providers know: organizations, programs, candidates and what they completed."""
    shutil.copyfile(ORGANIZATIONS, folder / "organizations.csv")
    shutil.copyfile(PROVIDERS, folder / "providers.csv")
    programs = (files.program_row(program) for provider in providers for program in programs_of(provider))
    files.write_rows(folder / "programs.csv", files.PROGRAM_COLUMNS, programs)
    people = [files.candidate_row(candidate) for candidate in candidates]
    enrolments = [row for candidate in candidates for row in files.association_rows(candidate)]
    if with_faults:
        people += [files.with_birth_date(people[0], "31/31/1990"), files.without_identifier(people[1])]
        enrolments += [files.in_unknown_program(enrolments[0])]
    files.write_rows(folder / "candidate.csv", files.CANDIDATE_COLUMNS, people)
    path = folder / "candidateEducatorPreparationProgramAssociation.csv"
    files.write_rows(path, files.ASSOCIATION_COLUMNS, enrolments)


def _write_feeds(folder: Path, staffed: Staffed, vendor: Vendor) -> Iterator[files.Values]:
    """One zip per day; yields the rows of the manifest."""
    place = folder / "feeds" / staffed.district.code
    place.mkdir()
    accounts = staffed.season.on(0, {})
    for day, observed in enumerate(staffed.observed):
        if day:
            accounts = staffed.season.on(day, accounts)
        path = place / f"day-{day:02d}.zip"
        write_roster(path, staffed.district, accounts.values(), vendor, observed)
        at = datetime.combine(observed, EXPORT_HOUR_UTC).isoformat().replace("+00:00", "Z")
        yield (staffed.district.code, str(day), at, path.relative_to(folder).as_posix())


def simulate_command(
    folder: Annotated[Path, typer.Option(help="Where the files go.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = SEED,
    districts: Annotated[int, typer.Option(min=1, help="How many of the 409 districts.")] = 40,
    staff_total: Annotated[int | None, typer.Option(min=100, help="About so many staff in all.")] = None,
    season: Annotated[int, typer.Option(help="The year in whose late summer they are hired.")] = SEASON,
    days: Annotated[int, typer.Option(min=2, help="Snapshots per district, the baseline included.")] = DAYS,
    with_faults: Annotated[bool, typer.Option(help="Add rows that an import has to refuse.")] = False,
) -> None:
    """Simulate completers, role holders and staff feeds on the real organizations of Massachusetts."""
    per_school = STAFF_PER_SCHOOL
    if staff_total is not None:
        per_school = staff_total / sum(len(district.schools) for district in _drawn(seed, districts))
    summary = simulate(
        seed, districts, folder, staff_per_school=per_school, days=days, season=season, with_faults=with_faults
    )
    typer.echo(
        f"{summary.staff:,} staff of {summary.schools:,} schools in {summary.districts:,} districts, "
        f"{summary.candidates:,} candidates, {summary.snapshots:,} snapshots in {folder}. "
        f"To be found: {summary.found:,} hires; to be reviewed: {summary.review:,}."
    )
