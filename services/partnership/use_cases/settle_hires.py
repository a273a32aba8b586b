"""Decide which new colleagues are completers."""

from collections.abc import Mapping, Sequence

from services.partnership.domain.completer import Completer
from services.partnership.domain.hire import decide
from services.partnership.domain.staff import Staff
from services.partnership.store.completers import CompleterStore


async def settle_hires(staff: Sequence[Staff], *, completers: CompleterStore) -> list[Staff]:
    """The same people with what was decided, for the caller to save; hires are told after that (tell_hires)."""
    sharing = await completers.sharing(key for each in staff if each.may_be_hired for key in each.known.match_keys())
    return [decide(each, _candidates(each, sharing)) if each.may_be_hired else each for each in staff]


def _candidates(staff: Staff, sharing: Mapping[str, Sequence[Completer]]) -> list[Completer]:
    found = {each.completer_id: each for key in staff.known.match_keys() for each in sharing.get(key, ())}
    return [found[completer_id] for completer_id in sorted(found)]
