"""Ed-Fi interchange XML: the standard's own sample, references of all kinds, and files that mean harm."""

from collections import Counter
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.edfi_xml import read_edfi_xml
from services.partnership.domain.observation import Roster
from services.partnership.domain.roster_findings import RosterRejected
from services.partnership.domain.roster_zip import RosterLimits
from tests.partnership.edfi import BOSTON, codes, the_person
from tests.partnership.rosters import a_zip
from tests.partnership.working import Working

SAMPLE = Path(__file__).parent / "samples" / "ed-fi-ds-5.2.zip"
GRAND_BEND = "255901"
GRAND_BEND_DIRECTORY = f"""code,name,kind,parent_code,town,zip,org_type,status
{GRAND_BEND},Grand Bend ISD,district,,,,,open
255901001,Grand Bend High School,school,{GRAND_BEND},,,,open
255901044,Grand Bend Middle School,school,{GRAND_BEND},,,,open
255901107,Grand Bend Elementary School,school,{GRAND_BEND},,,,open
"""
ORGANIZATIONS = """
<LocalEducationAgency id="LEA_1"><NameOfInstitution>Boston</NameOfInstitution>
  <LocalEducationAgencyId>350000</LocalEducationAgencyId></LocalEducationAgency>
<School id="SCH_1"><EducationOrganizationIdentificationCode><IdentificationCode>MANN</IdentificationCode>
  <EducationOrganizationIdentificationSystem>uri://ed-fi.org/XDescriptor#School</EducationOrganizationIdentificationSystem>
  </EducationOrganizationIdentificationCode><NameOfInstitution>Mann</NameOfInstitution><SchoolId>350105</SchoolId>
  <LocalEducationAgencyReference ref="LEA_1"/></School>
"""
STAFF = """
<Staff id="STF_1"><StaffUniqueId>0042</StaffUniqueId>
  <StaffIdentificationCode><IdentificationCode>00012345</IdentificationCode>
  <StaffIdentificationSystem>uri://ed-fi.org/StaffIdentificationSystemDescriptor#State</StaffIdentificationSystem>
  </StaffIdentificationCode>
  <Name><FirstName>Mei</FirstName><LastSurname>Lee</LastSurname><MaidenName>Old</MaidenName></Name>
  <HispanicLatinoEthnicity>1</HispanicLatinoEthnicity><Race>uri://ed-fi.org/RaceDescriptor#Asian</Race></Staff>
"""
BY_IDENTITY = "<StaffReference><StaffIdentity><StaffUniqueId>0042</StaffUniqueId></StaffIdentity></StaffReference>"
BY_LOOKUP = """<StaffReference><StaffLookup><StaffIdentificationCode><IdentificationCode>00012345</IdentificationCode>
  </StaffIdentificationCode></StaffLookup></StaffReference>"""
AT_SCHOOL = """<EducationOrganizationReference><EducationOrganizationIdentity><EducationOrganizationId>350105
  </EducationOrganizationId></EducationOrganizationIdentity></EducationOrganizationReference>"""
AT_SCHOOL_BY_CODE = """<EducationOrganizationReference><EducationOrganizationLookup>
  <EducationOrganizationIdentificationCode><IdentificationCode>MANN</IdentificationCode>
  </EducationOrganizationIdentificationCode></EducationOrganizationLookup></EducationOrganizationReference>"""


def an_employment(who: str = BY_IDENTITY, where: str = AT_SCHOOL, end: str = "") -> str:
    last = f"<EndDate>{end}</EndDate>" if end else ""
    return f"""<StaffEducationOrganizationEmploymentAssociation>{who}{where}
      <EmploymentStatus>uri://ed-fi.org/EmploymentStatusDescriptor#Probationary</EmploymentStatus>
      <EmploymentPeriod><HireDate>2026-08-24</HireDate>{last}</EmploymentPeriod><AnnualWage>57600</AnnualWage>
      </StaffEducationOrganizationEmploymentAssociation>"""


def an_assignment(who: str = BY_IDENTITY, where: str = AT_SCHOOL) -> str:
    return f"""<StaffEducationOrganizationAssignmentAssociation>{who}{where}
      <StaffClassification>uri://ed-fi.org/StaffClassificationDescriptor#Teacher</StaffClassification>
      <BeginDate>2026-08-24</BeginDate></StaffEducationOrganizationAssignmentAssociation>"""


def staff_file(*elements: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    root = "InterchangeStaffAssociation"
    return f'{head}<{root} xmlns="http://ed-fi.org/5.2.0">{"".join(elements)}</{root}>'


def organization_file(elements: str = ORGANIZATIONS) -> str:
    root = "InterchangeEducationOrganization"
    return f'<{root} xmlns="http://ed-fi.org/5.2.0">{elements}</{root}>'


def an_upload(*elements: str) -> BytesIO:
    whole = elements or (STAFF, an_employment(), an_assignment())
    return a_zip({"StaffAssociation.xml": staff_file(*whole), "EducationOrganization.xml": organization_file()})


def read(packed: BytesIO, mapping: ConnectionMapping = BOSTON, limits: RosterLimits | None = None) -> Roster:
    return read_edfi_xml(packed, mapping, limits)


def rejection(content: str | bytes) -> dict[str, int]:
    with pytest.raises(RosterRejected) as refusal:
        read(BytesIO(content.encode() if isinstance(content, str) else content))
    return dict(refusal.value.findings.counts)


def test_the_sample_of_the_standard_is_68_people_with_68_hire_dates_and_nobody_twice() -> None:
    roster = read(BytesIO(SAMPLE.read_bytes()), ConnectionMapping(district_code=GRAND_BEND))
    people = roster.observations
    assert (len(people), len({person.source_key for person in people})) == (68, 68)
    assert len({person.hire_date for person in people}) == 68
    assert all(person.exit_date is None and person.active for person in people)
    assert len({person.ids_of("state_id") for person in people}) == 68
    roles = Counter(position.role for person in people for position in person.positions)
    assert roles == {
        "teacher": 55, "principal": 3, "school-admin": 3, "counselor": 2, "district-admin": 1, "other": 5,
    }  # fmt: skip
    assert roster.rows_read == {"staffassociation.xml": 205, "educationorganization.xml": 4}
    assert (roster.version, codes(roster)) == ("Ed-Fi XML 5.2.0", set())


async def test_the_sample_goes_through_the_door_and_the_second_time_nobody_is_hired(partnership: Working) -> None:
    assert (await partnership.bring("organizations", GRAND_BEND_DIRECTORY.encode())).json()["findings"] == []
    connected = await partnership.connect(connection_id="grand-bend", district_id=GRAND_BEND, source="ed-fi-xml")
    assert connected.status_code == 201, connected.text

    async def upload(observed_at: str) -> dict[str, object]:
        answer = await partnership.client.post(
            "/v1/feeds/grand-bend/snapshots",
            content=SAMPLE.read_bytes(),
            params={"observed_at": observed_at},
            headers={"content-type": "application/zip", **partnership.as_district(GRAND_BEND)},
        )
        assert answer.status_code == 200, answer.text
        report: dict[str, object] = answer.json()
        return report

    first, second = await upload("2026-08-20T06:00:00Z"), await upload("2026-08-21T06:00:00Z")
    for report in (first, second):
        assert (report["state"], report["people_kept"], report["finding_counts"]) == ("applied", 68, {})
    comparison = second["comparison"]
    assert isinstance(comparison, dict)
    assert (comparison["new"], comparison["gone"], comparison["now"]) == (0, 0, 68)
    page = await partnership.client.get("/feeds/grand-bend", headers=partnership.as_district(GRAND_BEND))
    assert "Ed-Fi" in page.text


def test_an_upload_is_a_person_with_zeros_kept_and_nothing_else_of_them() -> None:
    roster = read(an_upload(STAFF, an_employment(end="2027-06-18"), an_assignment()))
    person = the_person(roster)
    assert person.source_key == "0042"
    assert person.ids == (("local_id", "0042"), ("state_id", "00012345"))
    assert (person.names.family, person.names.former) == ("Lee", ("Old",))
    assert (person.hire_date, person.exit_date) == (date(2026, 8, 24), date(2027, 6, 19))
    assert person.positions[0].organization_code == "00350105"
    for private in ("Asian", "57600"):
        assert private not in repr(roster)


def test_one_file_alone_is_read_as_well_as_a_zip_of_them() -> None:
    roster = read(BytesIO(staff_file(STAFF, an_employment(), an_assignment()).encode()))
    assert the_person(roster).positions[0].organization_code == "00350105"
    assert codes(roster) == {"edfi.no_organizations"}


@pytest.mark.parametrize("who", [BY_IDENTITY, BY_LOOKUP, '<StaffReference ref="STF_1"/>'])
@pytest.mark.parametrize("where", [AT_SCHOOL, AT_SCHOOL_BY_CODE, '<EducationOrganizationReference ref="SCH_1"/>'])
def test_references_by_identity_by_lookup_and_by_id_lead_to_the_same(who: str, where: str) -> None:
    """The associations come before the person, and the schools in a later file."""
    roster = read(an_upload(an_employment(who, where), an_assignment(who, where), STAFF))
    assert the_person(roster).hire_date == date(2026, 8, 24)
    assert the_person(roster).positions[0].organization_code == "00350105"


def test_a_reference_to_nothing_is_quarantined_with_its_line() -> None:
    lost = an_assignment('<StaffReference ref="STF_9"/>')
    roster = read(an_upload(STAFF, an_employment(), an_assignment(), "\n", lost))
    (finding,) = roster.findings
    assert (finding.code, finding.file, finding.column) == ("xml.reference", "staffassociation.xml", "staffReference")
    assert (finding.line or 0) > 10


def test_descriptors_of_older_interchanges_have_their_code_apart() -> None:
    apart = "<StaffClassification><CodeValue>Principal</CodeValue></StaffClassification>"
    older = an_assignment().replace(
        "<StaffClassification>uri://ed-fi.org/StaffClassificationDescriptor#Teacher</StaffClassification>", apart
    )
    assert the_person(read(an_upload(STAFF, an_employment(), older))).positions[0].role == "principal"


def test_interchanges_about_anything_else_stay_closed() -> None:
    students = "<InterchangeStudent><Student><StudentUniqueId>1</StudentUniqueId></Student></InterchangeStudent>"
    files = {"StaffAssociation.xml": staff_file(STAFF, an_employment()), "Student.xml": students}
    roster = read(a_zip(files))
    assert roster.findings.counts["file.ignored"] == 1
    assert "student.xml" not in roster.rows_read
    assert rejection(students) == {"file.ignored": 1, "xml.no_interchange": 1}


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_a_document_type_is_refused(head: str) -> None:
    assert rejection(staff_file(STAFF, head=head)) == {"xml.doctype": 1}


def test_a_cut_file_changes_nothing_and_says_where_it_ends() -> None:
    whole = staff_file(STAFF, an_employment(), an_assignment())
    with pytest.raises(RosterRejected) as refusal:
        read(BytesIO(whole[: len(whole) - 60].encode()))
    (finding,) = refusal.value.findings
    assert (finding.code, finding.file) == ("xml.broken", "upload.xml")
    assert (finding.line or 0) > 1


def test_xml_that_is_too_deep_or_too_large_is_refused_early() -> None:
    assert rejection(staff_file("<Staff>" + "<Name>" * 30 + "</Name>" * 30 + "</Staff>")) == {"xml.too_deep": 1}
    assert rejection(staff_file("<Deep>" * 100_000)) == {"xml.too_deep": 1}
    assert rejection(staff_file(f"<Staff><LoginId>{'x' * 300_000}</LoginId></Staff>")) == {"xml.too_large": 1}
    assert rejection(staff_file(f"<Staff>{'<OtherName/>' * 20_000}</Staff>")) == {"xml.too_large": 1}
    assert rejection(staff_file(f'<Staff id="{"x" * 3_000_000}"/>')) == {"xml.too_large": 1}
    with pytest.raises(RosterRejected):
        read(BytesIO(staff_file(STAFF).encode()), limits=RosterLimits(max_unpacked_bytes=100))


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"sourcedId,status\r\n1,active\r\n", b'<?xml version="1.0"?>'])
def test_what_is_no_xml_is_refused(content: bytes) -> None:
    assert set(rejection(content)) <= {"xml.broken", "xml.no_interchange"}
