"""By what likeness is looked for: coarser than what identifies, fine enough that a pool stays small."""

from datetime import date

from services.partnership.domain.linkage.records import forms, sound
from services.partnership.domain.match_keys import Known


def block_keys(known: Known) -> tuple[str, ...]:
    """Only who shares one of these is compared: sound of the family name and an initial, birth date, e-mail name.

    Family and given name may stand in each other's place, and so may day and month of birth.
    """
    found = {f"mail:{address.partition('@')[0]}" for address in known.addresses}
    if known.birth_date:
        found.add(_born_key(known.birth_date))
    givens = {form for given in known.givens for form in forms(given)}
    found |= {f"sound:{sound(family)}|{given[0]}" for family in known.families for given in givens}
    found |= {f"sound:{sound(given)}|{family[0]}" for family in known.families for given in known.givens}
    return tuple(sorted(found))


def _born_key(born: date) -> str:
    first, second = sorted((born.month, born.day))
    return f"born:{born.year}-{first}-{second}"
