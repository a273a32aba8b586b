"""Nobody is asked about themselves: where the principal is the person who was hired, the superintendent is asked."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from services.survey.domain.recipient import NOT_NAMED_YET, asked_instead, is_about_themselves
from services.survey.store.people import People
from services.survey.store.surveys import Surveys, Waiting
from shared.errors import StaleRevision


async def spare_the_hired(
    waiting: Sequence[Waiting], *, surveys: Surveys, people: People, now: datetime
) -> frozenset[str]:
    """Surveys that wait for somebody else now. Looked at when people are about to be invited: names change too."""
    asked = {one.role_key: one for one in waiting if not one.role_key.endswith(f":{NOT_NAMED_YET}")}
    holders = [holder for holder in await people.holders(asked) if holder.name]
    if not holders:
        return frozenset()
    open_ones = await surveys.open_among([one for holder in holders for one in asked[holder.role_key].since])
    names = await people.display_names({survey.completer_id for survey in open_ones if survey.completer_id})
    holder_names = {holder.role_key: holder.name for holder in holders}
    moved = set()
    for survey in open_ones:
        holder_name = holder_names.get(survey.target.recipient_role)
        target, completer_name = survey.target, names.get(survey.completer_id or "")
        if survey.awaiting_since is None or target.hire_id is None:
            continue
        if not is_about_themselves(holder_name, completer_name):
            continue
        aimed, events = survey.ask_instead(
            asked_instead(target.recipient_role, target.district_id, target.hire_id), now
        )
        with suppress(StaleRevision):  # the next round looks again
            await surveys.save(aimed, events, at=now)
        moved.add(survey.survey_id)
    return frozenset(moved)
