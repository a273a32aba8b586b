"""What two records of one person have in common: names in a form to compare, identifiers, addresses."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "v", "phd", "edd", "md", "esq"})
PLACEHOLDER_LOCAL_PARTS = frozenset({"noemail", "none", "na", "unknown", "noreply", "test", "info", "office"})
STATE_ID = "state_id"
LICENCE = "licence"
PERSON = "person"
"""An Ed-Fi personReference, kept only where its source is trusted to name one person everywhere."""
SHORTEST_IDENTIFIER = 4


class Known(BaseModel):
    """What is known about who a person is, as told; identifiers are (system, value): `state_id`, `licence`, …."""

    model_config = ConfigDict(frozen=True)

    given: str
    family: str
    middle: str = ""
    preferred_given: str = ""
    preferred_family: str = ""
    former_families: tuple[str, ...] = ()
    birth_date: date | None = None
    emails: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def families(self) -> frozenset[str]:
        """Family names, current, preferred and former, in the form to compare."""
        return _comparable((self.family, self.preferred_family, *self.former_families))

    @property
    def givens(self) -> frozenset[str]:
        return _comparable((self.given, self.preferred_given))

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(address for email in self.emails if (address := comparable_email(email)))

    def numbers(self, system: str) -> frozenset[str]:
        """Usable identifiers of one system, in the form to compare."""
        return frozenset(
            number for name, value in self.identifiers if name == system and (number := comparable_identifier(value))
        )

    def filled_by(self, other: Self) -> Self:
        """With what only another record of the same source knew, and its family name as a former one.

        Sources give an account to somebody else at times: where no name agrees, nothing is taken over.
        """
        if not (self.families & other.families or self.givens & other.givens):
            return self
        systems = {system for system, _ in self.identifiers}
        former = {name for name in (*self.former_families, other.family, *other.former_families) if name}
        mine = _comparable((self.family, self.preferred_family))
        return self.model_copy(
            update={
                "middle": self.middle or other.middle,
                "birth_date": self.birth_date or other.birth_date,
                "emails": self.emails or other.emails,
                "identifiers": (*self.identifiers, *(each for each in other.identifiers if each[0] not in systems)),
                "former_families": tuple(sorted(name for name in former if comparable_name(name) not in mine)),
            }
        )

    def exact_keys(self) -> tuple[str, ...]:
        """What identifies this person, as far as anything does."""
        found = {f"{STATE_ID}:{number}" for number in self.numbers(STATE_ID)}
        found |= {f"{PERSON}:{number}" for number in self.numbers(PERSON)}
        found |= {f"{LICENCE}:{number}" for number in self.numbers(LICENCE)}
        found |= {f"email:{address}" for address in self.addresses}
        return tuple(sorted(found))

    def match_keys(self) -> tuple[str, ...]:
        """What to look this person up by: two records of one person share at least one."""
        names = {f"name:{family}|{given}" for family in self.families for given in self.givens}
        return (*self.exact_keys(), *sorted(names))


def comparable_name(text: str) -> str:
    """Without case, accents, punctuation, blanks and generational suffixes: `O’Neil-García, Jr.` → `oneilgarcia`."""
    if text.isascii() and text.isalpha():
        return text.lower()
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    words = re.sub(r"[^\w\s]", "", plain.casefold().replace("-", " ")).split()
    kept = [word for word in words if word not in SUFFIXES] or words
    return "".join(kept)


def comparable_email(text: str) -> str:
    """Lower case; empty if it is no address, or one that stands for "none"."""
    address = text.strip().casefold()
    local, at, domain = address.partition("@")
    if not local or not at or "." not in domain or re.sub(r"[^a-z]", "", local) in PLACEHOLDER_LOCAL_PARTS:
        return ""
    return address


def comparable_identifier(text: str) -> str:
    """Letters and digits in upper case; empty for placeholders such as `00`, `01` and `N/A`."""
    number = text.upper()
    if not (number.isascii() and number.isalnum()):
        number = re.sub(r"[^0-9A-Z]", "", number)
    if len(number) < SHORTEST_IDENTIFIER or len(set(number)) == 1 or number in {"NONE", "NULL", "UNKNOWN"}:
        return ""
    return number


def _comparable(names: Iterable[str]) -> frozenset[str]:
    return frozenset(form for name in names if (form := comparable_name(name)))
