"""The review queue: two records side by side, chosen by place and reason, one decision after the other."""

from datetime import date

from services.partnership.domain.match_keys import Known
from services.partnership.domain.side_by_side import side_by_side
from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import OTHER_SCHOOL, OTHER_SCHOOL_CODE, SCHOOL_CODE, Working, staff_of

PAGE = {"accept": "text/html"}


def test_two_records_are_compared_as_matching_compares_them_and_shown_as_told() -> None:
    person = Known(given="María", family="O’Neil", emails=("M@x.org",), identifiers=(("state_id", "00012345"),))
    completer = Known(
        given="Mary",
        preferred_given="Maria",
        family="Jones",
        former_families=("ONeil",),
        birth_date=date(1999, 2, 3),
        identifiers=(("state_id", "00012346"),),
    )
    told = {side.field: (side.in_feed, side.at_provider, side.verdict) for side in side_by_side(person, completer)}
    assert told == {
        "given_name": ("María", "Mary, called Maria", "agrees"),
        "family_name": ("O’Neil", "Jones, formerly ONeil", "agrees"),
        "birth_date": ("", "1999-02-03", "one_side"),
        "email": ("M@x.org", "", "one_side"),
        "state_id": ("00012345", "00012346", "differs"),
    }


async def three_in_doubt(partnership: Working) -> list[str]:
    """Names only agree: two at one school, one at the other."""
    await partnership.bring_completers(1, 2, 3)
    await partnership.applied(0, staff_of())
    people = [a_user(number, userIds="") for number in (1, 2, 3)]
    roles = [a_role(number, userSourcedId=f"u-{number}") for number in (1, 2)]
    roles.append(a_role(3, userSourcedId="u-3", orgSourcedId=OTHER_SCHOOL))
    await partnership.applied(14, staff_of(*people, roles=roles))
    return [each["staff_id"] for each in await partnership.to_review()]


async def test_the_queue_is_chosen_by_school_and_reason(partnership: Working) -> None:
    await three_in_doubt(partnership)
    who = PAGE | partnership.as_agency()

    async def shown(query: str) -> int:
        return (await partnership.client.get(f"/matches?{query}", headers=who)).text.count('class="pb-card"')

    assert await shown("") == 3
    assert await shown(f"school={SCHOOL_CODE}") == 2
    assert await shown(f"school={OTHER_SCHOOL_CODE}&why=name_only") == 1
    assert await shown("why=several_completers") == 0
    assert await shown("district=00490000") == 0
    page = (await partnership.client.get("/matches", headers=who)).text
    assert "Mann (2)" in page
    assert "Otis (1)" in page
    own = await partnership.client.get("/v1/matches?school=" + OTHER_SCHOOL_CODE, headers=partnership.as_district())
    assert own.json()["total"] == 1


async def test_a_decision_leads_to_the_next_person_of_the_same_part_of_the_list(partnership: Working) -> None:
    first, *_ = await three_in_doubt(partnership)
    who = PAGE | partnership.as_district()
    (doubtful, following, *_) = await partnership.to_review()
    chosen = {"completer_id": doubtful["matching"]["candidates"][0]["completer_id"], "why": "name_only"}
    form = chosen | {"next_person": f"person-{following['staff_id']}"}
    sent = await partnership.client.post(f"/matches/{first}/reject", data=form, headers=who)
    assert sent.headers["location"] == f"/matches?why=name_only#person-{following['staff_id']}"
    page = (await partnership.client.get(sent.headers["location"], headers=who)).text
    assert page.count('class="pb-card"') == 2
    astray = form | {"next_person": "//elsewhere.example"}
    refused = await partnership.client.post(f"/matches/{following['staff_id']}/reject", data=astray, headers=who)
    assert refused.status_code == 422
