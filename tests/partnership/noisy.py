"""New colleagues and a registry of completers as they are in life, told by different people with slips; truth known."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count

from deploy.demonstration.directory import preparing_providers
from deploy.demonstration.names import Name, NameBook, Numbers, comparable
from deploy.demonstration.preparation import Candidate, candidates_of
from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.comparing import proposals
from services.partnership.domain.completer import Completer, Enrolment
from services.partnership.domain.episodes import Appointment, Episode
from services.partnership.domain.hire import decide
from services.partnership.domain.linkage.model import LinkageModel
from services.partnership.domain.linkage.records import _short_forms
from services.partnership.domain.match_keys import Known
from services.partnership.domain.staff import Staff
from shared.events.partnership import HireDateBasis

SEASON = 2026
SHARE_COMPLETERS, SHARE_OF_EARLIER = 0.3, 0.4
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NOISE = {
    "state id present": 0.50,
    "state id: a digit is wrong": 0.03,
    "licence number present": 0.15,
    "birth date present": 0.80,
    "birth date: day and month swapped": 0.04,
    "birth date: a digit is wrong": 0.04,
    "other family name by marriage": 0.10,
    "married: the feed knows the former name": 0.40,
    "married: both names, with a hyphen": 0.25,
    "a slip in the given name": 0.05,
    "a slip in the family name": 0.05,
    "a short form of the given name": 0.10,
    "given and family name swapped": 0.01,
    "the e-mail address that the provider knows": 0.25,
    "else, an address that the district gave": 0.60,
    "e-mail address shared with a completer of the same family name": 0.02,
    "somebody else's state id": 0.005,
}
"""How often each happens. The last two happen to colleagues who are no completers."""


class Namesakes(NameBook):
    """Draws names as often as they occur: many people share theirs."""

    def draw(self) -> Name:
        self._taken.clear()
        return super().draw()


@dataclass
class Season:
    """`truth`: staff id → completer id, for those who are one."""

    staff: list[Staff] = field(default_factory=list)
    completers: list[Completer] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)


def a_season(staff: int, completers: int, seed: int) -> Season:
    rng = random.Random(f"noisy:{seed}")
    names, numbers = Namesakes(rng), Numbers(seed)
    candidates = list(_candidates(completers, rng, names, numbers))
    season = Season(completers=[_completer(each) for each in candidates])
    recent = [each for each in candidates if each.latest_year >= SEASON - 1 or rng.random() < SHARE_OF_EARLIER]
    hired = rng.sample(recent, min(len(recent), round(staff * SHARE_COMPLETERS)))
    for number in range(staff):
        staff_id = f"s-{number:05}"
        if number < len(hired):
            season.truth[staff_id] = _completer(hired[number]).completer_id
            known = _told_again(hired[number], rng, names)
        else:
            known = _stranger(rng, names, numbers, candidates)
        season.staff.append(_colleague(staff_id, known, rng))
    rng.shuffle(season.staff)
    return season


def _candidates(wanted: int, rng: random.Random, names: NameBook, numbers: Numbers) -> Iterator[Candidate]:
    providers = preparing_providers()
    scale, serial = wanted / sum(7 * each.size for each in providers), count(1)
    found = 0
    while found < wanted:
        for provider in providers:
            for each in candidates_of(
                provider, SEASON, scale, rng=rng, names=names, numbers=numbers, first=next(serial) * 10_000
            ):
                if each.is_completer and found < wanted:
                    found += 1
                    yield each


def _completer(candidate: Candidate) -> Completer:
    name = candidate.name
    return Completer(
        completer_id=f"c-{candidate.identifier}",
        provider_id=candidate.provider_code,
        candidate_identifier=candidate.identifier,
        known=Known(
            given=name.given,
            family=name.family,
            preferred_given=name.preferred_given,
            former_families=(name.former_family,) if name.former_family else (),
            birth_date=candidate.birth_date,
            emails=(candidate.email,),
            identifiers=(("state_id", candidate.state_id), ("licence", candidate.licence)),
        ),
        enrolments=tuple(
            Enrolment(
                program_id=each.program.program_id,
                program_name=each.program.name,
                provider_id=candidate.provider_code,
                begins_on=each.began_on,
                completed_on=each.ended_on,
            )
            for each in candidate.enrolments
        ),
    )


def _told_again(candidate: Candidate, rng: random.Random, names: NameBook) -> Known:
    """The completer, as a district's personnel office wrote them down."""

    def happens(what: str) -> bool:
        return rng.random() < NOISE[what]

    given, family = candidate.name.given, candidate.name.family
    former: tuple[str, ...] = ()
    if happens("other family name by marriage"):
        former = (family,) if happens("married: the feed knows the former name") else ()
        both = happens("married: both names, with a hyphen")
        family = f"{family}-{names.family()}" if both else names.family()
    if happens("a short form of the given name"):
        given = rng.choice(sorted(_short_forms().nicknames_of(given)) or [given]).title()
    given = _slip(given, rng) if happens("a slip in the given name") else given
    family = _slip(family, rng) if happens("a slip in the family name") else family
    if happens("given and family name swapped"):
        given, family = family, given
    identifiers = []
    if happens("state id present"):
        number = candidate.state_id
        identifiers.append(("state_id", _wrong_digit(number, rng) if happens("state id: a digit is wrong") else number))
    if happens("licence number present"):
        identifiers.append(("licence", candidate.licence))
    return Known(
        given=given,
        family=family,
        former_families=former,
        birth_date=_born(candidate.birth_date, rng) if happens("birth date present") else None,
        emails=(candidate.email,)
        if happens("the e-mail address that the provider knows")
        else _given_by(given, family, rng),
        identifiers=tuple(identifiers),
    )


def _given_by(given: str, family: str, rng: random.Random) -> tuple[str, ...]:
    """Two colleagues of one name and initial would share it, were it not for a number."""
    if rng.random() >= NOISE["else, an address that the district gave"]:
        return ()
    return (f"{comparable(given)[:1]}{comparable(family)}{rng.randrange(40) or ''}@district.example.org",)


def _born(born: date, rng: random.Random) -> date:
    if rng.random() < NOISE["birth date: day and month swapped"] and born.day <= 12:
        return born.replace(month=born.day, day=born.month)
    if rng.random() < NOISE["birth date: a digit is wrong"]:
        return rng.choice(
            [
                born.replace(day=1 + (born.day + 9) % 28),
                date(born.year + rng.choice((-10, -1, 1, 10)), born.month, min(born.day, 28)),
            ]
        )
    return born


def _stranger(rng: random.Random, names: NameBook, numbers: Numbers, candidates: list[Candidate]) -> Known:
    """Somebody else; a few share the address and family name of a completer, or were given a completer's number."""
    name, identifiers = names.draw(), []
    emails = _given_by(name.given, name.family, rng)
    if rng.random() < NOISE["e-mail address shared with a completer of the same family name"]:
        spouse = rng.choice(candidates)
        name, emails = replace(name, family=spouse.name.family), (spouse.email,)
    if rng.random() < NOISE["somebody else's state id"]:
        identifiers = [("state_id", rng.choice(candidates).state_id)]
    elif rng.random() < NOISE["state id present"]:
        identifiers = [("state_id", numbers.state_id())]
    born = date(1960, 1, 1) + timedelta(days=rng.randrange(15_000))
    return Known(
        given=name.given,
        family=name.family,
        birth_date=born if rng.random() < NOISE["birth date present"] else None,
        emails=emails,
        identifiers=tuple(identifiers),
    )


def _colleague(staff_id: str, known: Known, rng: random.Random) -> Staff:
    hired_on = date(SEASON, 8, 20) + timedelta(days=rng.randrange(60))
    appointment = Appointment(hire_date=hired_on, basis=HireDateBasis.EXPLICIT)
    employed = Episode(
        number=1, sequence=1, first_seen_on=hired_on, role="teacher", school_id="00350105", appointment=appointment
    )
    return Staff(
        staff_id=staff_id,
        connection_id="f",
        district_id="00350000",
        source_keys=(staff_id,),
        known=known,
        digest="",
        timeline=(),
        episodes=(employed,),
    )


def _slip(name: str, rng: random.Random) -> str:
    """A letter is wrong, missing, doubled, or in its neighbour's place."""
    at = rng.randrange(1, len(name)) if len(name) > 1 else 0
    return rng.choice(
        (
            name[:at] + rng.choice(LETTERS) + name[at + 1 :],
            name[:at] + name[at + 1 :] or name,
            name[:at] + name[at : at + 1] + name[at:],
            name[: at - 1] + name[at : at + 1] + name[at - 1 : at] + name[at + 1 :] if at else name,
        )
    )


def _wrong_digit(number: str, rng: random.Random) -> str:
    at = rng.randrange(len(number))
    return number[:at] + str((int(number[at]) + rng.randrange(1, 10)) % 10) + number[at + 1 :]


@dataclass(frozen=True)
class Outcome:
    """What became of a season. `candidates`: how many completers each person in review has before them."""

    matched: dict[str, str]
    in_review: dict[str, tuple[str, ...]]
    truth: dict[str, str]

    @property
    def precision_without_review(self) -> float:
        return sum(self.truth.get(who) == whom for who, whom in self.matched.items()) / max(len(self.matched), 1)

    @property
    def recall_without_review(self) -> float:
        return sum(self.matched.get(who) == whom for who, whom in self.truth.items()) / len(self.truth)

    @property
    def recall_with_review(self) -> float:
        found = sum(
            self.matched.get(who) == whom or whom in self.in_review.get(who, ()) for who, whom in self.truth.items()
        )
        return found / len(self.truth)

    @property
    def false_reviews(self) -> int:
        """People laid before a reviewer of whom no candidate is right."""
        return sum(self.truth.get(who) not in whom for who, whom in self.in_review.items())


def settled(season: Season, model: LinkageModel) -> tuple[Outcome, list[Staff]]:
    """Exact evidence first, likeness about the rest, as the service does it, without its stores."""
    by_key: dict[str, dict[str, Completer]] = {}
    for each in season.completers:
        for key in each.known.match_keys():
            by_key.setdefault(key, {})[each.completer_id] = each
    decided = []
    for person in season.staff:
        sharing = {cid: each for key in person.known.match_keys() for cid, each in by_key.get(key, {}).items()}
        decided.append(decide(person, [sharing[completer_id] for completer_id in sorted(sharing)]))
    open_still = [each for each in decided if each.matching.is_to_compare]
    wanted = {key for each in open_still for key in block_keys(each.known)}
    pool = [each for each in season.completers if wanted & set(block_keys(each.known))]
    found = proposals(open_still, pool, len(season.completers), model)
    after = [
        each.with_matching(each.matching.compared(model.version, found.get(each.staff_id, ())))
        if each.matching.is_to_compare
        else each
        for each in decided
    ]
    matched = {each.staff_id: each.completer_id for each in after if each.completer_id}
    in_review = {
        each.staff_id: tuple(candidate.completer_id for candidate in each.matching.candidates)
        for each in after
        if each.is_in_review
    }
    return Outcome(matched, in_review, season.truth), after
