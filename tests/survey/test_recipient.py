"""Who is asked: one rule after the other (sis §5.5), each with its test; and what the district is asked to name."""

from typing import Any

import pytest

from services.survey.domain.issuing import survey_id_of
from services.survey.domain.recipient import Gap, Holder, Way, asked_instead, choose, gap_of, is_about_themselves
from services.survey.domain.role_holder import RoleHolder
from shared.events.partnership import FellowHolder, Role
from shared.ids import derived
from tests.running import signed_in
from tests.survey.acting import SURVEY, Acting
from tests.survey.builders import (
    COMPLETER,
    COMPLETER_NAME,
    DISTRICT,
    PRINCIPAL_ADDRESS,
    PRINCIPAL_NAME,
    PROGRAM,
    SCHOOL,
    amended,
    hired,
    hired_person,
    profile,
    role_holder,
)

ANNE = Holder(person_id="P-1", name="Anne", email="anne@boston.example")
BOB = Holder(person_id="P-2", name="Bob", email="bob@boston.example")
PRINCIPAL = f"{SCHOOL}:principal"
FROM_PAGE = {"accept": "text/html"}


def primary(holder: Holder) -> Holder:
    return holder.model_copy(update={"is_primary": True})


def test_the_only_holder_is_asked() -> None:
    assert choose([ANNE], None) == (ANNE, Way.ONLY_HOLDER)


def test_of_several_the_primary_one_is_asked() -> None:
    assert choose([ANNE, primary(BOB)], ANNE) == (primary(BOB), Way.PRIMARY_HOLDER)


def test_of_several_alike_the_one_whose_address_was_used_before_is_asked() -> None:
    before = Holder(email="BOB@boston.example")
    assert choose([ANNE, BOB], before) == (BOB, Way.HELD_BEFORE)
    assert choose([primary(ANNE), primary(BOB)], before) == (primary(BOB), Way.HELD_BEFORE)


def test_of_several_alike_and_none_known_nobody_is_asked() -> None:
    assert choose([ANNE, BOB], None) == (None, Gap.SEVERAL_HOLDERS)
    assert choose([ANNE, BOB], Holder(email="carol@boston.example")) == (None, Gap.SEVERAL_HOLDERS)


def test_without_holders_nobody_is_asked() -> None:
    assert choose([], ANNE) == (None, Gap.NOBODY_KNOWN)


@pytest.mark.parametrize(
    ("role_key", "is_known", "way", "email", "gap"),
    [
        (PRINCIPAL, True, Way.ONLY_HOLDER, "a@b.example", None),
        (PRINCIPAL, True, Way.ONLY_HOLDER, None, Gap.NO_ADDRESS),
        (PRINCIPAL, True, Gap.SEVERAL_HOLDERS, None, Gap.SEVERAL_HOLDERS),
        (PRINCIPAL, False, None, None, Gap.NOBODY_KNOWN),
        ("some-hire:recipient", False, None, None, Gap.NO_SCHOOL),
    ],
)
def test_why_nobody_can_be_asked(
    role_key: str, is_known: bool, way: Way | Gap | None, email: str | None, gap: Gap | None
) -> None:
    assert gap_of(role_key, is_known, way, email) == gap


def test_whom_the_district_named_wins_over_whoever_is_told() -> None:
    told = RoleHolder.told(role_holder(), 3)
    named = RoleHolder.named(PRINCIPAL, 1, "Nan", "nan@boston.example", told.verified_on, told)  # type: ignore[arg-type]
    assert (named.way, named.email, named.source) == (Way.NAMED_BY_DISTRICT, "nan@boston.example", "district")
    assert named.person_key != told.person_key


def test_a_name_is_compared_without_case_and_blanks() -> None:
    assert is_about_themselves("Casey  Completer", "casey completer")
    assert not is_about_themselves(None, None)
    assert not is_about_themselves("Casey Completer", "Casey Complete")


def test_a_new_holder_among_several_is_told_apart_from_the_one_before() -> None:
    one = RoleHolder.told(role_holder(person_id=None), 1)
    both = role_holder(person_id=None, others=(FellowHolder(name="Bob", email="bob@boston.example"),))
    still = RoleHolder.told(both, 2, one)
    assert (still.person_key, still.way) == (one.person_key, Way.HELD_BEFORE)
    assert RoleHolder.told(both, 2).email is None


def test_where_the_holder_is_the_hired_person_the_superintendent_is_asked_and_then_whoever_is_named() -> None:
    assert asked_instead(PRINCIPAL, DISTRICT, "h") == f"{DISTRICT}:superintendent"
    assert asked_instead(f"{DISTRICT}:superintendent", DISTRICT, "h") == "h:recipient"


async def tasks(acting: Acting, *who: str) -> list[dict[str, Any]]:
    headers = signed_in(acting.app, "district", *who) if who else signed_in(acting.app, "agency")
    found: list[dict[str, Any]] = (await acting.client.get("/v1/recipients", headers=headers)).json()
    return found


async def name(acting: Acting, role_key: str, email: str = "nan@boston.example", district: str = DISTRICT) -> int:
    body = {"role_key": role_key, "name": "Nan Named", "email": email}
    headers = signed_in(acting.app, "district", district)
    return (await acting.client.post("/v1/recipients", json=body, headers=headers)).status_code


async def test_what_leads_to_nobody_is_a_task_for_the_district_with_its_reason(acting: Acting) -> None:
    other = {"district_id": "00440000", "school_id": "00440005"}
    several = role_holder(others=(FellowHolder(name="Bob", email="bob@boston.example"),))
    nobody_at = {"school_id": "00350999"}
    await acting.tell(several, role_holder(organization_id="00350110", email=None))
    await acting.tell(
        hired(),
        hired_person(2, school_id="00350110"),
        hired_person(3, school_id=None),
        hired_person(4, **nobody_at),
        hired_person(5, **other),
    )
    found = {each["role_key"]: each["gap"] for each in await tasks(acting, DISTRICT)}
    third = derived("hire", derived("completer", "30000032", "C-3"), DISTRICT, "1")
    assert found == {
        PRINCIPAL: "several_holders",
        "00350110:principal": "no_address",
        f"{third}:recipient": "no_school",
        "00350999:principal": "nobody_known",
    }
    assert len(await tasks(acting)) == 5
    assert acting.sink.taken == []


async def test_whom_the_district_names_is_written_to(acting: Acting) -> None:
    await acting.tell(hired(school_id=None), profile())
    (task,) = await tasks(acting, DISTRICT)
    assert await name(acting, task["role_key"], district="00010000") == 404
    assert await name(acting, task["role_key"], email="no address") == 422
    assert await name(acting, task["role_key"]) == 204
    await acting.sink.until_taken(1)
    assert acting.sink.taken[0][1]["To"] == "nan@boston.example"
    assert await tasks(acting) == []
    agency = signed_in(acting.app, "agency")
    trace = (await acting.client.get(f"/v1/decisions?completer={COMPLETER}", headers=agency)).json()
    (went,) = trace["surveys"][0]["went_to"]
    assert (went["way"], went["source"]) == ("named_by_district", "district")
    assert "Nan" not in str(trace)
    assert "Nan" not in str(await acting.kept("role_holders")) + str(await acting.kept("surveys"))


async def test_naming_somebody_takes_open_forms_from_whoever_had_them_and_taking_back_returns_them(
    acting: Acting,
) -> None:
    await acting.seated()
    assert await name(acting, PRINCIPAL) == 204
    await acting.sink.until_taken(2)
    assert acting.sink.taken[1][1]["To"] == "nan@boston.example"
    assert (await acting.client.get("/sitting")).status_code == 410
    await acting.tell(role_holder(verified_on=None), sequence=2)
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    assert [each.way for each in survey.went_to] == [Way.ONLY_HOLDER, Way.NAMED_BY_DISTRICT]
    back = {"role_key": PRINCIPAL}
    headers = signed_in(acting.app, "district", DISTRICT)
    assert (await acting.client.post("/v1/recipients/take-back", json=back, headers=headers)).status_code == 204
    await acting.until_kept("surveys", {"went_to.2": {"$exists": True}})
    assert (await acting.client.get("/sitting")).status_code == 200


async def test_about_a_principal_who_was_hired_the_superintendent_is_asked(acting: Acting) -> None:
    superintendent = role_holder(
        organization_id=DISTRICT, role=Role.SUPERINTENDENT, person_id="P-9", email="sue@boston.example", name="Sue"
    )
    await acting.tell(superintendent, role_holder(name=COMPLETER_NAME.upper()), profile())
    await acting.tell(hired())
    await acting.sink.until_taken(1)
    assert [mail["To"] for _, mail in acting.sink.taken] == ["sue@boston.example"]
    await acting.tell(amended(role="teacher", school_id=SCHOOL), sequence=2)
    await acting.tell(hired(match_confidence=0.99), sequence=3)
    survey = await acting.wired.surveys.get(survey_id_of(COMPLETER, PROGRAM, "2027"))
    assert survey is not None
    assert survey.target.recipient_role == f"{DISTRICT}:superintendent"
    assert survey.sitting_id is not None


async def test_a_liaison_names_somebody_on_the_page(acting: Acting) -> None:
    await acting.tell(profile(), role_holder(email=None, name=PRINCIPAL_NAME))
    await acting.tell(hired())
    headers = FROM_PAGE | signed_in(acting.app, "district", DISTRICT)
    page = (await acting.client.get("/recipients", headers=headers)).text
    assert "We know who holds this role, and have no e-mail address." in page
    assert COMPLETER_NAME in page
    wrong = {"role_key": PRINCIPAL, "name": "", "email": PRINCIPAL_ADDRESS}
    refused = await acting.client.post("/recipients", data=wrong, headers=headers)
    assert (refused.status_code, "Say who it is." in refused.text) == (422, True)
    done = await acting.client.post("/recipients", data=wrong | {"name": "Nan Named"}, headers=headers)
    assert done.status_code == 303
    page = (await acting.client.get("/recipients", headers=headers)).text
    assert "Nothing to do" in page
    assert "Nan Named" in page
    provider = FROM_PAGE | signed_in(acting.app, "provider", "30000032")
    assert (await acting.client.get("/recipients", headers=provider)).status_code == 403
