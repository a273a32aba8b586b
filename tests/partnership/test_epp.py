"""Completers of real Ed-Fi exports: the starter kit's CSV templates, and bundles of the API's resources."""

import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.partnership.domain.completer import Completer
from services.partnership.domain.exact_evidence import match
from services.partnership.domain.match_keys import Known
from shared.events.partnership import MatchBasis
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.edfi import Resource, a_mail, descriptor, lines
from tests.partnership.rosters import a_zip
from tests.partnership.working import PROGRAM, PROVIDER, Working, working

SAMPLE = Path(__file__).parent / "samples" / "epp-starter-kit.zip"
PROVIDERS = "code,name,kind,identifiers,lineage\n" + "".join(f"{n},College {n},provider,,\n" for n in (1, 3, 4, 6))
TPDM = "uri://tpdm.ed-fi.org"


@cache
def sample(name: str) -> bytes:
    with zipfile.ZipFile(SAMPLE) as packed:
        return packed.read(f"{name}.csv")


CANDIDATES, ASSOCIATIONS, PROGRAMS, PERSONS = (
    "candidate", "candidateEducatorPreparationProgramAssociation", "eppProgram", "person",
)  # fmt: skip


async def bring(partnership: Working, kind: str, *files: bytes) -> dict[str, Any]:
    answer = await partnership.bring(kind, *files)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def test_the_starter_kit_loads_1988_completions_of_2163_people(partnership: Working) -> None:
    await bring(partnership, "providers", PROVIDERS.encode())
    programs = await bring(partnership, "programs", sample(PROGRAMS))
    assert (programs["rows_read"], programs["rows_kept"], programs["tally"]["new"]) == (67, 67, 67)
    assert programs["finding_counts"] == {}

    files = (sample(CANDIDATES), sample(ASSOCIATIONS), sample(PERSONS))
    assert all(content.startswith(b"\xef\xbb\xbf") for content in files)
    report = await bring(partnership, "completers", *files)
    assert (report["rows_read"], report["rows_kept"]) == (2400 + 2163, 2163 + 2163)
    assert report["tally"] == {"new": 2163, "changed": 0, "unchanged": 0}
    assert report["finding_counts"] == {
        "candidate.provider_unclear": 237,  # no program names them, and the file does not say whose they are
        "completion.date_assumed": 1988,  # no EndDate; the only cohort is that of admittance
        "person.not_needed": 1,
    }

    kept = await partnership.mongo.collection("completers").find({})
    enrolments = [enrolment for each in kept for enrolment in each["enrolments"]]
    completed = [each for each in enrolments if each["completed_on"] is not None]
    assert (len(kept), len(completed), len(enrolments) - len(completed)) == (2163, 1988, 175)
    assert all(each["completed_on"] > each["begins_on"] and each["is_date_assumed"] for each in completed)
    assert not any(system == "person" for each in kept for system, _ in each["known"]["identifiers"])

    again = await bring(partnership, "completers", *files)
    assert again["tally"] == {"new": 0, "changed": 0, "unchanged": 2163}


async def test_a_state_may_refuse_completions_without_a_date(mongo: Mongo, clock: SetClock) -> None:
    async with working(mongo, clock, undated_completion_years=None) as partnership:
        await bring(partnership, "providers", PROVIDERS.encode())
        await bring(partnership, "programs", sample(PROGRAMS))
        report = await bring(partnership, "completers", sample(CANDIDATES), sample(ASSOCIATIONS))
        assert report["finding_counts"]["completion.no_date"] == 1988


async def test_numbers_of_persons_identify_only_where_their_source_is_trusted_and_never_several_people(
    mongo: Mongo, clock: SetClock
) -> None:
    async with working(mongo, clock, trusted_person_sources=["State@1", "state@4"]) as partnership:
        await bring(partnership, "providers", PROVIDERS.encode())
        await bring(partnership, "programs", sample(PROGRAMS))
        report = await bring(partnership, "completers", sample(CANDIDATES), sample(ASSOCIATIONS))
        kept = await partnership.mongo.collection("completers").find({})
        numbers = {
            each["candidate_identifier"]: (number, each["provider_id"])
            for each in kept
            for system, number in each["known"]["identifiers"]
            if system == "person"
        }
        assert len(numbers) == len({number for number, _ in numbers.values()}) == 1347
        assert {provider for _, provider in numbers.values()} == {"1", "4"}
        assert report["finding_counts"]["candidate.person_shared"] == 464


async def test_programs_of_one_name_and_several_types_stay_apart(partnership: Working) -> None:
    await bring(partnership, "providers", PROVIDERS.encode())
    for _ in range(2):
        await bring(partnership, "programs", sample(PROGRAMS))
    kept = await partnership.mongo.collection("programs").find({"provider_id": {"$in": ["1", "3", "4", "6"]}})
    assert len(kept) == 67
    await bring(partnership, "completers", sample(CANDIDATES), sample(ASSOCIATIONS))
    types = {each["_id"]: each["program_type"] for each in kept}
    completers = await partnership.mongo.collection("completers").find({})
    enrolled = [types[enrolment["program_id"]] for each in completers for enrolment in each["enrolments"]]
    assert {kind: enrolled.count(kind) for kind in set(enrolled)} == {"Traditional": 1848, "UTeach": 307, "IMPACT": 8}


async def test_persons_alone_and_programs_in_the_wrong_place_are_refused_in_plain_words(partnership: Working) -> None:
    persons = await partnership.bring("completers", sample(PERSONS))
    assert (persons.status_code, persons.json()["detail"]) == (
        422, "Send one file of candidates, one of associations with programs, or both.",
    )  # fmt: skip
    programs = await partnership.bring("completers", sample(PROGRAMS))
    assert (programs.status_code, programs.json()["hint"]) == (422, "Import it as programs, before completers.")


@pytest.mark.parametrize("cohort", ["Completion", "completion"])
async def test_without_an_end_the_term_of_the_completion_cohort_dates_it(partnership: Working, cohort: str) -> None:
    """Columns as the resources of the API flatten; descriptors of either namespace."""
    candidates = b"candidateIdentifier,firstName,lastSurname,birthDate\nC1,Mei,Lee,1999-02-03\n"
    association = (
        "candidateReference.candidateIdentifier,educatorPreparationProgramReference.educationOrganizationId,"
        "educatorPreparationProgramReference.programName,beginDate,reasonExitedDescriptor,"
        "cohortYearTypeDescriptor,schoolYear,termDescriptor\n"
        f'C1,{PROVIDER},"{PROGRAM}",2024-09-02,uri://ed-fi.org/ReasonExitedDescriptor#completed,'
        f"uri://ed-fi.org/CohortYearTypeDescriptor#{cohort},2026,uri://ed-fi.org/TermDescriptor#Spring Semester\n"
    )
    report = await bring(partnership, "completers", candidates, association.encode())
    assert (report["rows_kept"], report["findings"]) == (2, [])
    (completer,) = await partnership.mongo.collection("completers").find({})
    assert str(completer["enrolments"][0]["completed_on"])[:10] == "2026-05-31"


def a_candidate(**members: Any) -> Resource:
    return {
        "candidateIdentifier": "C1", "firstName": "Mei", "lastSurname": "Lee", "birthDate": "1999-02-03",
        "maidenName": "Old", "electronicMails": [a_mail("mei@college.example")], **members,
    }  # fmt: skip


def an_association(namespace: str = TPDM, **members: Any) -> Resource:
    program = {"educationOrganizationId": PROVIDER, "programName": "Physics", "programTypeDescriptor": "x#Trad"}
    cohorts = [
        {"cohortYearTypeDescriptor": f"{namespace}/CohortYearTypeDescriptor#Entry"},
        {
            "cohortYearTypeDescriptor": f"{namespace}/CohortYearTypeDescriptor#Completion",
            "schoolYearTypeReference": {"schoolYear": 2026},
            "termDescriptor": descriptor("Term", "Summer Semester"),
        },
    ]
    return {
        "candidateReference": {"candidateIdentifier": "C1"}, "educatorPreparationProgramReference": program,
        "beginDate": "2024-09-02", "cohortYears": cohorts,
        "reasonExitedDescriptor": f"{namespace}/ReasonExitedDescriptor#Program Complete", **members,
    }  # fmt: skip


def a_program() -> Resource:
    reference = {"educationOrganizationReference": {"educationOrganizationId": PROVIDER}}
    return {**reference, "programName": "Physics", "programTypeDescriptor": "x#Trad"}


async def bring_bundle(partnership: Working, **resources: list[Resource]) -> httpx.Response:
    packed = a_zip({f"{name}.ndjson": lines(each) for name, each in resources.items()})
    return await partnership.bring("edfi_completers", packed.getvalue(), who=partnership.as_provider())


@pytest.mark.parametrize("namespace", [TPDM, "uri://ed-fi.org"])
async def test_a_bundle_brings_programs_candidates_and_completions_in_one_go(
    partnership: Working, namespace: str
) -> None:
    answer = await bring_bundle(
        partnership,
        educatorPreparationPrograms=[a_program()],
        candidates=[a_candidate()],
        candidateEducatorPreparationProgramAssociations=[an_association(namespace)],
    )
    report = answer.json()
    assert (report["rows_read"], report["rows_kept"], report["findings"]) == (3, 3, [])
    (completer,) = await partnership.mongo.collection("completers").find({})
    assert str(completer["enrolments"][0]["completed_on"])[:10] == "2026-08-31"
    assert completer["known"]["former_families"] == ["Old"]
    assert completer["known"]["emails"] == ["mei@college.example"]


async def test_a_broken_line_of_a_bundle_is_named_and_the_rest_is_taken(partnership: Working) -> None:
    packed = a_zip(
        {"candidates.ndjson": lines([a_candidate()]) + "[1]\n{\n" + lines([{"firstName": 3}]), "x.ndjson": ""}
    )
    report = (await partnership.bring("edfi_completers", packed.getvalue(), who=partnership.as_provider())).json()
    assert (report["rows_read"], report["rows_kept"]) == (4, 1)
    assert {(each["code"], each["line"]) for each in report["findings"]} == {
        ("edfi.line_unreadable", 2), ("edfi.line_unreadable", 3), ("value.required", 4), ("edfi.line_is_list", 2),
        ("file.ignored", None),
    }  # fmt: skip


async def test_what_is_no_bundle_is_refused(partnership: Working) -> None:
    for content in (b"", b"PK\x03\x04", a_zip({"candidates.csv": "a"}).getvalue(), a_zip({"b.ndjson": ""}).getvalue()):
        answer = await partnership.bring("edfi_completers", content, who=partnership.as_provider())
        assert answer.status_code == 422, content


def test_a_trusted_person_reference_ties_the_hired_to_the_completer_like_a_state_id() -> None:
    known = Known(given="Mei", family="Lee", identifiers=(("person", "2DE0F80DC9164A7C"),))
    completer = Completer(completer_id="c", provider_id=PROVIDER, candidate_identifier="C1", known=known)
    person = Known(given="Mei", family="Chen", identifiers=(("person", "2DE0F80DC9164A7C"),))
    assert set(person.exact_keys()) == set(known.exact_keys())
    assert match(person, [completer]).basis is MatchBasis.STATE_ID
    stranger = Known(given="Mei", family="Chen", identifiers=(("person", "OTHER-NUMBER-1"),))
    assert match(stranger, [completer]).state == "none"
