"""Invented people: names that no two of them share by accident, and numbers that name one person each."""

import random
import unicodedata
from dataclasses import dataclass, replace
from itertools import accumulate, count

from faker.providers.person.en_US import Provider as American

# Names that break careless readers: accents, apostrophes, hyphens, blanks, and a family that is called Null.
UNUSUAL_FAMILIES = (
    "Núñez",
    "O'Brien",
    "D'Angelo",
    "Silva-Costa",
    "Gonçalves",
    "Müller",
    "de la Cruz",
    "Conceição",
    "Null",
    "St. Pierre",
    "MacDonald",
    "Øster",
    "Tran-Nguyen",
    "Van Dyke",
)
SHORT_FORMS = {
    "Robert": "Bob",
    "William": "Will",
    "Katherine": "Kate",
    "Elizabeth": "Beth",
    "Michael": "Mike",
    "Jennifer": "Jen",
    "Christopher": "Chris",
    "Matthew": "Matt",
    "Margaret": "Maggie",
    "Daniel": "Dan",
}
UNUSUAL_SHARE = 0.06
STATE_ID_STEP = 48_271_231
STATE_ID_SPAN = 89_999_999


@dataclass(frozen=True, slots=True)
class Name:
    given: str
    family: str
    middle: str = ""
    preferred_given: str = ""
    former_family: str = ""

    @property
    def full(self) -> str:
        return f"{self.given} {self.family}"


class NameBook:
    """Draws full names, each once; whoever is to share a name is given it on purpose."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._givens, self._given_weights = _weighted(American.first_names)
        self._families, self._family_weights = _weighted(American.last_names)
        self._taken: set[tuple[str, str]] = set()

    def draw(self) -> Name:
        """A name that nobody has had yet."""
        for attempt in count():
            given = self._given()
            family = self.family()
            if attempt > 20:
                family = f"{family}-{self.family()}"
            key = (comparable(given), comparable(family))
            if key not in self._taken:
                self._taken.add(key)
                middle = self._rng.choice("ABCDEFGHJKLMNPRST") if self._rng.random() < 0.4 else ""
                return Name(given, family, middle, SHORT_FORMS.get(given, ""))
        raise AssertionError("unreachable: two family names can always be joined")

    def married(self, name: Name) -> Name:
        """The same person under a new family name, which nobody has yet; the old one is remembered."""
        fresh = self.draw()
        self._taken.add((comparable(name.given), comparable(fresh.family)))
        return replace(name, family=fresh.family, former_family=name.family)

    def family(self) -> str:
        if self._rng.random() < UNUSUAL_SHARE:
            return self._rng.choice(UNUSUAL_FAMILIES)
        return self._rng.choices(self._families, cum_weights=self._family_weights)[0]

    def _given(self) -> str:
        return self._rng.choices(self._givens, cum_weights=self._given_weights)[0]


class Numbers:
    """State educator ids (eight digits) and licence numbers (six or more): in no visible order, none twice."""

    def __init__(self, seed: int) -> None:
        self._state = count(seed % 1_000_000)
        self._licence = count(300_000 + seed % 1000)

    def state_id(self) -> str:
        return str(10_000_000 + next(self._state) * STATE_ID_STEP % STATE_ID_SPAN)

    def licence(self) -> str:
        return str(next(self._licence))


def comparable(text: str) -> str:
    """Letters only, without accents and case: two names that a tolerant reader takes for one come out equal."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain.casefold() if letter.isalnum())


def mail_name(name: Name) -> str:
    """The part before the @ that a district would make of a name."""
    ascii_family = comparable(name.family).encode("ascii", "ignore").decode() or "staff"
    return f"{comparable(name.given)[:1]}{ascii_family}"


def _weighted(table: dict[str, float]) -> tuple[list[str], list[float]]:
    names = sorted(table)
    return names, list(accumulate(table[name] for name in names))
