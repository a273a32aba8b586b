"""Ed-Fi resources become staff: ids, names, addresses, organizations, and what is broken."""

from datetime import date

import pytest
from pydantic import ValidationError

from services.partnership.domain.edfi_layout import (
    ASSIGNMENTS,
    EMPLOYMENTS,
    LOCAL_EDUCATION_AGENCIES,
    SCHOOLS,
    STAFF_DIRECTORIES,
    STAFF_ID_CODES,
    STAFFS,
)
from services.partnership.domain.edfi_mapping import EdfiMapping
from services.partnership.domain.roster_findings import RosterRejected
from tests.partnership.edfi import (
    a_bundle,
    a_district,
    a_mail,
    a_person,
    a_school,
    an_assignment,
    an_employment,
    an_id,
    boston,
    bundle_files,
    codes,
    descriptor,
    read,
    the_person,
)
from tests.partnership.rosters import a_zip


def test_a_bundle_is_a_person_with_school_role_hire_date_and_ids() -> None:
    roster = read(a_bundle())
    person = the_person(roster)
    assert (person.hire_date, person.exit_date, person.active) == (date(2024, 8, 26), None, True)
    assert person.ids == (("local_id", "000001"), ("state_id", "10000001"))
    (position,) = person.positions
    assert (position.organization_code, position.role, position.start) == ("00350105", "teacher", date(2024, 8, 26))
    assert (roster.mode, codes(roster), roster.rows_read["staffs.ndjson"]) == ("bulk", set(), 1)


def test_ids_are_taken_by_system_and_never_those_of_life_outside_school() -> None:
    ids = [
        an_id("00012345", "state"),
        an_id("L-99", "Professional Certificate"),
        an_id("123-45-6789", "State"),
        an_id("999999999", "SSN"),
        an_id("M123", "Drivers License", "uri://doe.example"),
        an_id("0000", "District"),
        an_id("77", "Payroll"),
    ]
    roster = read(a_bundle(**{STAFFS: [a_person(identificationCodes=ids)]}))
    assert the_person(roster).ids == (
        ("licence", "L-99"),
        ("local_id", "0000"),
        ("local_id", "000001"),
        ("state_id", "00012345"),
        ("userid:payroll", "77"),
    )
    assert roster.findings.counts == {"privacy.refused_id": 3}
    assert "123-45-6789" not in str(roster)
    assert "999999999" not in str(roster)


def test_a_connection_names_its_own_descriptors_and_believes_only_their_namespace() -> None:
    ids = [an_id("12345678", "MEPID", "uri://doe.example"), an_id("87654321", "State")]
    mapping = boston(
        descriptor_namespaces=["URI://DOE.example"],
        id_systems={"uri://doe.example/StaffIdentificationSystemDescriptor#mepid": "state_id"},
        staff_unique_id="hr_id",
    )
    roster = read(a_bundle(**{STAFFS: [a_person(identificationCodes=ids)]}), mapping)
    assert the_person(roster).ids == (("hr_id", "000001"), ("state_id", "12345678"))
    assert "edfi.namespace" in codes(roster)


def test_a_mapping_cannot_ask_for_social_security_numbers() -> None:
    with pytest.raises(ValidationError, match="are not taken"):
        EdfiMapping(id_systems={"uri://ed-fi.org/StaffIdentificationSystemDescriptor#SSN": "state_id"})


def test_the_unique_id_is_the_states_only_where_no_code_says_better() -> None:
    mapping = boston(staff_unique_id="state_id")
    bare = a_bundle(**{STAFFS: [a_person(identificationCodes=[])]})
    assert the_person(read(bare, mapping)).ids == (("state_id", "000001"),)
    assert the_person(read(a_bundle(), mapping)).ids == (("state_id", "10000001"),)


def test_a_person_reference_identifies_only_where_its_source_is_trusted() -> None:
    reference = {"personId": "P-1", "sourceSystemDescriptor": descriptor("SourceSystem", "State")}
    packed = a_bundle(**{STAFFS: [a_person(personReference=reference)]})
    assert the_person(read(packed)).ids_of("person") == ()
    assert the_person(read(packed, boston(trusted_person_sources=["state"]))).ids_of("person") == ("P-1",)
    assert the_person(read(packed, boston(trusted_person_sources=["District"]))).ids_of("person") == ()


def test_names_of_all_kinds_and_addresses_for_work_first() -> None:
    person = a_person(
        maidenName="Old",
        preferredFirstName="Mimi",
        preferredLastSurname="Li",
        otherNames=[{"lastSurname": "Older"}, {"lastSurname": "Old"}, {"firstName": "No family"}],
        birthDate="1999-02-03T00:00:00",
        electronicMails=[a_mail("me@home.example", "Home/Personal"), a_mail("me@work.example"), a_mail("nobody")],
        loginId="ME@work.example",
    )
    roster = read(a_bundle(**{STAFFS: [person]}))
    seen = the_person(roster)
    assert (seen.names.former, seen.names.preferred_given, seen.names.preferred_family) == (
        ("Old", "Older"),
        "Mimi",
        "Li",
    )
    assert seen.emails == ("me@work.example", "me@home.example")
    assert seen.birth_date == date(1999, 2, 3)
    assert codes(roster) == {"email.invalid", "value.date_form"}


def test_an_address_of_many_is_nobodys() -> None:
    numbers = range(1, 5)
    roster = read(
        a_bundle(
            **{
                STAFFS: [a_person(n, electronicMails=[a_mail("office@school.example")]) for n in numbers],
                EMPLOYMENTS: [an_employment(n) for n in numbers],
                ASSIGNMENTS: [an_assignment(n) for n in numbers],
            }
        )
    )
    assert {person.emails for person in roster.observations} == {()}
    assert roster.findings.counts["email.shared"] == 4


def test_data_standard_6_brings_ids_and_addresses_on_their_own() -> None:
    reference = {"staffReference": {"staffUniqueId": "000001"}}
    apart = {
        STAFFS: [a_person(identificationCodes=None)],
        STAFF_ID_CODES: [{**reference, **an_id("12345678")}],
        STAFF_DIRECTORIES: [{**reference, "electronicMails": [a_mail("me@work.example")]}],
    }
    roster = read(a_bundle(**apart), boston(data_standard="6.0"))
    assert the_person(roster).ids_of("state_id") == ("12345678",)
    assert the_person(roster).emails == ("me@work.example",)
    assert codes(roster) == set()
    assert codes(read(a_bundle(), boston(data_standard="6.0"))) == {"edfi.no_id_codes"}


def test_another_district_of_the_same_host_is_left_out() -> None:
    roster = read(
        a_bundle(
            **{
                LOCAL_EDUCATION_AGENCIES: [a_district(), a_district(localEducationAgencyId=490000)],
                SCHOOLS: [
                    a_school(),
                    a_school(schoolId=490010, localEducationAgencyReference={"localEducationAgencyId": 490000}),
                ],
                STAFFS: [a_person(1), a_person(2)],
                EMPLOYMENTS: [an_employment(1), an_employment(2, at=490010)],
                ASSIGNMENTS: [an_assignment(1), an_assignment(2, at=490010)],
            }
        )
    )
    assert [person.source_key for person in roster.observations] == ["000001"]
    assert roster.people_dropped == {"other_district": 1}
    assert [each.code for each in roster.organizations] == ["00350000", "00350105"]


def test_without_organizations_the_ids_stand_for_them() -> None:
    roster = read(a_bundle(**{LOCAL_EDUCATION_AGENCIES: (), SCHOOLS: ()}))
    assert [(each.code, each.type) for each in roster.organizations] == [("00350105", "school")]
    assert codes(roster) == {"edfi.no_organizations"}


def test_several_districts_none_of_them_ours_is_refused() -> None:
    others = [a_district(localEducationAgencyId=490000), a_district(localEducationAgencyId=500000)]
    with pytest.raises(RosterRejected) as refusal:
        read(a_bundle(**{LOCAL_EDUCATION_AGENCIES: others}))
    assert refusal.value.findings.counts["edfi.district_unknown"] == 1


@pytest.mark.parametrize("missing", [STAFFS, None])
def test_a_set_without_staff_or_without_what_they_do_is_refused(missing: str | None) -> None:
    packed = a_bundle(**({missing: ()} if missing else {EMPLOYMENTS: (), ASSIGNMENTS: ()}))
    with pytest.raises(RosterRejected):
        read(packed)


def test_a_broken_line_is_quarantined_with_its_place_and_a_cut_file_is_refused() -> None:
    files = bundle_files(
        **{
            STAFFS: [a_person(n) for n in range(1, 41)],
            EMPLOYMENTS: [an_employment(n) for n in range(1, 41)],
            ASSIGNMENTS: [an_assignment(n) for n in range(1, 41)],
        }
    )
    broken = files["staffs.ndjson"].split("\n")
    broken[2] = broken[2][:30]
    roster = read(a_zip({**files, "staffs.ndjson": "\n".join(broken)}))
    places = {(each.code, each.file, each.line, each.column) for each in roster.findings}
    assert places == {
        ("edfi.line_unreadable", "staffs.ndjson", 3, ""),
        ("edfi.staff_unknown", f"{EMPLOYMENTS.lower()}.ndjson", 3, "staffReference"),
        ("edfi.staff_unknown", f"{ASSIGNMENTS.lower()}.ndjson", 3, "staffReference"),
    }
    assert len(roster.observations) == 39
    with pytest.raises(RosterRejected) as refusal:
        read(a_zip({**files, "staffs.ndjson": files["staffs.ndjson"][:-10]}))
    assert refusal.value.findings.counts == {"csv.last_line_short": 1}


def test_more_than_one_in_twenty_broken_lines_refuse_the_set() -> None:
    employments = [an_employment(n) for n in range(1, 31)] + [{"staffReference": {}}, {}, {"hireDate": 1}]
    files = {STAFFS: [a_person(n) for n in range(1, 31)], EMPLOYMENTS: employments}
    with pytest.raises(RosterRejected) as refusal:
        read(a_bundle(**files))
    assert refusal.value.findings.counts["file.too_many_errors"] == 1


def test_the_later_of_two_resources_with_one_key_is_taken() -> None:
    roster = read(a_bundle(**{STAFFS: [a_person(), a_person(middleName="Q"), a_person(middleName="Q")]}))
    assert the_person(roster).names.middle == "Q"
    assert roster.findings.counts["edfi.key_twice"] == 1


def test_files_may_be_numbered_and_strangers_among_them_are_named() -> None:
    files = {f"0{i}-{name}": text for i, (name, text) in enumerate(bundle_files().items())}
    roster = read(a_zip({**files, "manifest.json": "{}", "students.ndjson": '{"studentUniqueId":"1"}\n'}))
    assert the_person(roster).hire_date == date(2024, 8, 26)
    assert roster.findings.counts == {"file.ignored": 2}
