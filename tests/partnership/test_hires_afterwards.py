"""What may still happen to a hire that was told: another completion, or a reviewer's word that it was none."""

import httpx
import pytest

from shared.events.partnership import CompleterHired, HireAmended, HireWithdrawn
from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import (
    ASSOCIATION_HEADER,
    OTHER_SCHOOL,
    PROVIDER,
    Working,
    a_completion,
    as_file,
    staff_of,
)

SECOND_PROGRAM = "Mathematics, 8-12"
SECOND_PROGRAM_ROW = (
    "ProgramName,ProgramTypeDescriptor,EducationOrganizationId,LicenceField\n"
    f'"{SECOND_PROGRAM}",uri://tpdm.ed-fi.org/ProgramTypeDescriptor#Traditional,{PROVIDER},Mathematics\n'
)
TOLD = (CompleterHired, HireAmended, HireWithdrawn)


async def hired(partnership: Working) -> str:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    (hire,) = await partnership.hires()
    return str(hire["hire_id"])


async def finished_another_program(partnership: Working) -> None:
    assert (await partnership.bring("programs", SECOND_PROGRAM_ROW.encode())).json()["findings"] == []
    second = a_completion(1, ProgramName=f'"{SECOND_PROGRAM}"', EndDate="2026-08-10")
    answer = await partnership.bring("completers", as_file(ASSOCIATION_HEADER, [second]))
    assert answer.json()["findings"] == []


async def withdraw(
    partnership: Working, hire_id: str, mistake: str, who: dict[str, str] | None = None
) -> httpx.Response:
    return await partnership.client.post(
        f"/v1/hires/{hire_id}/withdraw",
        json={"mistake": mistake, "reason": "Her marker namesake."},
        headers=who or partnership.as_district(),
    )


async def test_a_second_program_finished_after_the_hire_is_told_with_the_same_hire(partnership: Working) -> None:
    hire_id = await hired(partnership)
    await finished_another_program(partnership)
    first, again = [event for event in await partnership.told(CompleterHired) if isinstance(event, CompleterHired)]
    assert (first.hire_id, again.hire_id) == (hire_id, hire_id)
    assert [len(event.completions) for event in (first, again)] == [1, 2]
    assert again.model_dump(exclude={"completions"}) == first.model_dump(exclude={"completions"})
    sequences = {each.sequence for each in partnership.kafka.events("prepbridge.hires")}
    assert sequences == {1, 2}


async def test_the_same_completions_again_tell_nothing(partnership: Working) -> None:
    await hired(partnership)
    await partnership.bring_completers(1)
    await finished_another_program(partnership)
    await finished_another_program(partnership)
    assert len(await partnership.told(*TOLD)) == 2


async def test_a_completion_does_not_revive_a_hire_that_has_ended(partnership: Working) -> None:
    await hired(partnership)
    await partnership.applied(28, staff_of(a_user(1), roles=[a_role(1, endDate="2026-09-10")]))
    await finished_another_program(partnership)
    assert len(await partnership.told(CompleterHired)) == 1


@pytest.mark.parametrize("mistake", ["not_our_completer", "did_not_happen"])
async def test_a_withdrawn_hire_is_told_once_and_stays_withdrawn(partnership: Working, mistake: str) -> None:
    hire_id = await hired(partnership)
    for _ in range(2):
        assert (await withdraw(partnership, hire_id, mistake)).status_code == 200
    moved = [a_role(1, orgSourcedId=OTHER_SCHOOL)]
    await partnership.applied(28, staff_of(a_user(1, middleName="Ann"), roles=moved))
    await finished_another_program(partnership)
    first, withdrawn = await partnership.told(*TOLD)
    assert isinstance(first, CompleterHired)
    assert isinstance(withdrawn, HireWithdrawn)
    assert (withdrawn.hire_id, withdrawn.reason) == (hire_id, mistake)
    (kept,) = await partnership.hires()
    assert kept["withdrawal"]["mistake"] == mistake
    assert kept["withdrawal"]["reason"] == "Her marker namesake."
    assert kept["withdrawal"]["by"]
    assert await partnership.to_review() == []


async def test_the_reason_of_a_withdrawal_is_told_to_nobody(partnership: Working) -> None:
    await withdraw(partnership, await hired(partnership), "not_our_completer")
    await partnership.told(HireWithdrawn)
    records = [each.event.model_dump_json() for each in partnership.kafka.events("prepbridge.hires")]
    assert records
    assert not any("marker" in each for each in records)


async def test_only_the_district_and_the_agency_withdraw_a_hire(partnership: Working) -> None:
    hire_id = await hired(partnership)
    for who, status in (
        (partnership.as_provider(), 403),
        (partnership.as_district("00490000"), 404),
        (partnership.as_agency(), 200),
    ):
        assert (await withdraw(partnership, hire_id, "did_not_happen", who)).status_code == status


async def test_a_person_withdraws_a_hire_on_its_page(partnership: Working) -> None:
    hire_id = await hired(partnership)
    headers = {"accept": "text/html", **partnership.as_district()}
    page = (await partnership.client.get(f"/hires/{hire_id}", headers=headers)).text
    assert "same state educator id" in page
    assert "Is this hire wrong?" in page
    empty = await partnership.client.post(f"/hires/{hire_id}/withdraw", data={"reason": " "}, headers=headers)
    assert empty.status_code == 422
    assert "Choose what was wrong." in empty.text
    assert "Say how you know." in empty.text
    said = {"mistake": "not_our_completer", "reason": "Another person."}
    sent = await partnership.client.post(f"/hires/{hire_id}/withdraw", data=said, headers=headers)
    assert sent.headers["location"] == f"/hires/{hire_id}"
    page = (await partnership.client.get(f"/hires/{hire_id}", headers=headers)).text
    assert "This hire was withdrawn" in page
    assert "Another person." in page
    assert "Is this hire wrong?" not in page
    assert "withdrawn" in (await partnership.client.get("/hires", headers=headers)).text
    provider = {"accept": "text/html", **partnership.as_provider()}
    assert "Is this hire wrong?" not in (await partnership.client.get(f"/hires/{hire_id}", headers=provider)).text
