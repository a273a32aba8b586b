"""Files of the agency and of providers: what is taken, what is named, what is refused."""

from shared.events.partnership import CompleterProfileChanged, OrganizationChanged, ProgramChanged, RoleHolderChanged
from tests.partnership.working import (
    ASSOCIATION_HEADER,
    CANDIDATE_HEADER,
    DIRECTORY,
    OTHER_PROVIDER,
    PROVIDER,
    SCHOOL_CODE,
    Working,
    a_candidate,
    a_completion,
    as_file,
)

ROLE_HOLDERS = f"""OrganizationCode,Role,PersonId,FirstName,LastSurname,ElectronicMailAddress,VerifiedOn,Source
{SCHOOL_CODE},principal,p-1,Ana,Silva,asilva@district.example,2026-08-15,directory
99990000,principal,p-2,Ben,Ode,bode@district.example,2026-08-15,directory
{SCHOOL_CODE},liaison,p-3,Cy,Ng,cng@district.example,15/08/2026,directory
{SCHOOL_CODE},janitor,p-4,Di,Fox,,,directory
"""


async def test_what_is_imported_is_told_once(partnership: Working) -> None:
    again = (await partnership.bring("organizations", DIRECTORY.encode())).json()
    assert again["tally"] == {"new": 0, "changed": 0, "unchanged": 5}
    assert len(await partnership.told(OrganizationChanged)) == 7
    assert len(await partnership.told(ProgramChanged)) == 2


async def test_an_unknown_school_code_and_a_malformed_date_are_named_with_line_and_column(
    partnership: Working,
) -> None:
    report = (await partnership.bring("role_holders", ROLE_HOLDERS.encode())).json()
    assert (report["rows_read"], report["rows_kept"]) == (4, 1)
    places = {(each["code"], each["line"], each["column"]) for each in report["findings"]}
    assert places == {
        ("organization.unknown", 3, "OrganizationCode"),
        ("value.date", 4, "VerifiedOn"),
        ("role.unknown", 5, "Role"),
    }
    (told,) = await partnership.told(RoleHolderChanged)
    assert isinstance(told, RoleHolderChanged)
    assert (told.role_key, told.name) == (f"{SCHOOL_CODE}:principal", "Ana Silva")
    page = await partnership.client.get(f"/imports/{report['import_id']}", headers=partnership.as_agency())
    for words in (
        "No organization has this code.",
        "Check the code, with its leading zeros.",
        "This is not a date.",
        "Write dates as YYYY-MM-DD.",
    ):
        assert words in page.text


async def test_a_completer_with_a_malformed_date_is_left_out_and_the_others_are_taken(partnership: Working) -> None:
    rows = [a_candidate(1), a_candidate(2, BirthDate="31.12.1999")]
    completions = [a_completion(1), a_completion(2)]
    files = (as_file(CANDIDATE_HEADER, rows), as_file(ASSOCIATION_HEADER, completions))
    report = (await partnership.bring("completers", *files)).json()
    assert report["tally"] == {"new": 1, "changed": 0, "unchanged": 0}
    found = {(each["code"], each["file"], each["line"], each["column"]) for each in report["findings"]}
    assert found == {
        ("value.date", "completers-0.csv", 3, "BirthDate"),
        ("completion.candidate_unknown", "completers-1.csv", 3, "CandidateIdentifier"),
    }


async def test_the_same_completers_again_change_and_tell_nothing(partnership: Working) -> None:
    assert (await partnership.bring_completers(1, 2))["tally"]["new"] == 2
    assert (await partnership.bring_completers(1, 2))["tally"] == {"new": 0, "changed": 0, "unchanged": 2}
    assert len(await partnership.told(CompleterProfileChanged)) == 2


async def test_two_programs_in_one_year_are_two_completions_of_one_person(partnership: Working) -> None:
    second = (
        f"ProgramName,ProgramTypeDescriptor,EducationOrganizationId,LicenceField\nBiology,x#Trad,{PROVIDER},Biology\n"
    )
    await partnership.bring("programs", second.encode())
    completions = [a_completion(1), a_completion(1, ProgramName="Biology")]
    files = (as_file(CANDIDATE_HEADER, [a_candidate(1)]), as_file(ASSOCIATION_HEADER, completions))
    await partnership.bring("completers", *files)
    listed = (await partnership.client.get("/v1/completers", headers=partnership.as_provider())).json()
    assert listed["total"] == 1
    assert len(listed["items"][0]["enrolments"]) == 2


async def test_a_wrong_header_or_encoding_refuses_the_file_and_takes_nothing(partnership: Working) -> None:
    before = await partnership.all_that_is_kept()
    for content, why in (
        (b"code,title\n1,Mann\n", "lacks the columns"),
        (DIRECTORY.encode("utf-16"), "not UTF-8"),
        (b"", "lacks the columns"),
        (b"\x00\x00" + DIRECTORY.encode(), "not text"),
    ):
        refused = await partnership.bring("organizations", content)
        assert refused.status_code == 422
        assert why in refused.json()["detail"]
    assert await partnership.all_that_is_kept() == before


async def test_a_provider_imports_its_own_completers_and_nobody_elses(partnership: Working) -> None:
    foreign = as_file(CANDIDATE_HEADER, [a_candidate(1, EducationOrganizationId=OTHER_PROVIDER)])
    report = (await partnership.bring("completers", foreign, who=partnership.as_provider())).json()
    assert (report["rows_kept"], [each["code"] for each in report["findings"]]) == (0, ["provider.unknown"])
    own = as_file(CANDIDATE_HEADER, [a_candidate(1, EducationOrganizationId="")])
    report = (await partnership.bring("completers", own, who=partnership.as_provider())).json()
    assert report["tally"]["new"] == 1
    refused = await partnership.bring("organizations", DIRECTORY.encode(), who=partnership.as_provider())
    assert refused.status_code == 403


async def test_a_parent_that_nobody_knows_leaves_the_school_out(partnership: Working) -> None:
    orphan = "code,name,kind,parent_code,town,zip,org_type,status\n00010001,Orphan,school,00010000,,,,open\n"
    report = (await partnership.bring("organizations", orphan.encode())).json()
    (finding,) = report["findings"]
    assert (finding["code"], finding["line"], finding["column"]) == ("organization.parent_unknown", 2, "parent_code")
    assert finding["value"] == "00010000"
