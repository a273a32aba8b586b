"""An Ed-Fi ODS is asked for staff, employments and assignments, whole or by its change queries."""

from datetime import timedelta
from typing import Any

import pytest

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.pulling import pulled
from tests.partnership.sis_server import Asked, Reply, Row, Sis, as_json
from tests.partnership.working import DISTRICT_CODE, SCHOOL_CODE

STAFF, SCHOOL = range(50, 80), 35_0105
EMPLOYMENTS = "staffEducationOrganizationEmploymentAssociations"
ASSIGNMENTS = "staffEducationOrganizationAssignmentAssociations"


def uri(kind: str, code: str) -> str:
    return f"uri://ed-fi.org/{kind}Descriptor#{code}"


def staff(number: int, version: int = 1, **values: Any) -> Row:
    """With all that we must not read."""
    codes = [("State", str(10_000_000 + number)), ("SSN", "123-45-6789")]
    return {
        "id": f"{number:032x}", "_etag": "1", "_lastModifiedDate": "2026-08-01T04:00:00Z", "changeVersion": version,
        "staffUniqueId": f"E{number}", "firstName": f"Mei{number}", "lastSurname": f"Lee{number}",
        "birthDate": "1990-02-03", "sexDescriptor": uri("Sex", "Female"), "hispanicLatinoEthnicity": True,
        "races": [{"raceDescriptor": uri("Race", "Asian")}], "addresses": [{"streetNumberName": "7 Elm Street"}],
        "identificationCodes": [
            {"identificationCode": code, "staffIdentificationSystemDescriptor": uri("StaffIdentificationSystem", name)}
            for name, code in codes
        ],
        "electronicMails": [{"electronicMailAddress": f"mlee{number}@district.example",
                             "electronicMailTypeDescriptor": uri("ElectronicMailType", "Work")}],
        **values,
    }  # fmt: skip


def employment(number: int, version: int = 1, **values: Any) -> Row:
    return {
        "id": f"{1_000_000 + number:032x}", "changeVersion": version, "hireDate": "2024-08-26",
        "educationOrganizationReference": {"educationOrganizationId": 350000, "link": {"rel": "x", "href": "/x"}},
        "staffReference": {"staffUniqueId": f"E{number}", "link": {"rel": "Staff", "href": "/x"}},
        "employmentStatusDescriptor": uri("EmploymentStatus", "Probationary"), "annualWage": 61_234.5, **values,
    }  # fmt: skip


def assignment(number: int, version: int = 1, **values: Any) -> Row:
    return {
        "id": f"{2_000_000 + number:032x}", "changeVersion": version, "beginDate": "2024-08-26",
        "educationOrganizationReference": {"educationOrganizationId": SCHOOL},
        "staffReference": {"staffUniqueId": f"E{number}"},
        "staffClassificationDescriptor": uri("StaffClassification", "Teacher"), "positionTitle": "Grade 3", **values,
    }  # fmt: skip


def person(number: int, version: int = 1) -> dict[str, Row]:
    return {
        "staffs": staff(number, version),
        EMPLOYMENTS: employment(number, version),
        ASSIGNMENTS: assignment(number, version),
    }


def an_ods(**changes: Any) -> Sis:
    lists: dict[str, list[Row]] = {
        "localEducationAgencies": [{"id": "a" * 32, "localEducationAgencyId": 350000, "nameOfInstitution": "Boston"}],
        "schools": [{"id": "b" * 32, "schoolId": SCHOOL, "nameOfInstitution": "Mann",
                     "localEducationAgencyReference": {"localEducationAgencyId": 350000}}],
        "staffs": [], EMPLOYMENTS: [], ASSIGNMENTS: [],
    }  # fmt: skip
    for number in STAFF:
        for name, row in person(number).items():
            lists[name].append(row)
    return Sis(lists, **changes)


async def mapped(feed: Any) -> None:
    """The ids of the host are no state codes."""
    mapping = {"organization_codes": {"350000": DISTRICT_CODE, str(SCHOOL): SCHOOL_CODE}}
    answer = await feed.partnership.client.put(
        "/v1/feeds/boston/mapping", json=mapping, headers=feed.partnership.as_district()
    )
    assert answer.status_code == 200, answer.text


async def test_an_ods_is_read_whole(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, an_ods(), source="ed-fi-api") as feed:
        await mapped(feed)
        pull = await feed.pull()
        assert (pull["state"], pull["error"], pull["kind"]) == ("delivered", "", "all")
        run = await feed.run_of(pull)
        assert (run["state"], run["people_kept"]) == ("applied", 30)
        assert await feed.people() == {"present": 30}
        kept = await feed.kept() + await feed.partnership.all_that_is_kept()
        for word in ("123-45-6789", "Elm Street", "Race", "Sex", "61234", "annualWage", "_etag"):
            assert word not in kept, word
        assert "10000050" in kept


@pytest.mark.parametrize("with_totals", [True, False])
@pytest.mark.parametrize("by_cursor", [True, False])
async def test_pages_are_turned_by_offset_and_by_token(
    mongo: Mongo, clock: SetClock, *, by_cursor: bool, with_totals: bool
) -> None:
    async with pulled(mongo, clock, an_ods(with_totals=with_totals), source="ed-fi-api") as feed:
        await feed.set_up(source="ed-fi-api", pages_by_cursor=by_cursor)
        await mapped(feed)
        assert (await feed.run_of(await feed.pull()))["people_kept"] == 30
        assert any("pageToken" in each.query for each in feed.sis.asked) is by_cursor


@pytest.mark.parametrize("has_snapshots", [True, False])
async def test_changes_are_applied_key_changes_then_rows_then_deletions(
    mongo: Mongo, clock: SetClock, *, has_snapshots: bool
) -> None:
    sis = an_ods(change_version=1, has_snapshots=has_snapshots)
    async with pulled(mongo, clock, sis, source="ed-fi-api") as feed:
        await mapped(feed)
        await feed.pull()
        for name, row in person(7, 2).items():
            sis.lists[name].append(row)
        sis.rekeyed["staffs"] = [
            {"id": f"{50:032x}", "changeVersion": 3, "oldKeyValues": {"staffUniqueId": "E50"},
             "newKeyValues": {"staffUniqueId": "N50"}}
        ]  # fmt: skip
        for name in ("staffs", EMPLOYMENTS, ASSIGNMENTS):
            gone = sis.lists[name].pop(1)
            sis.deleted[name] = [{"id": gone["id"], "changeVersion": 4, "keyValues": {}}]
        sis.change_version = 4
        before = len(sis.asked)
        pull = await feed.pull()
        assert (pull["state"], pull["kind"]) == ("delivered", "changes")
        asked = [each for each in sis.asked[before:] if "/data/" in each.path]
        kinds = [each.path.rpartition("/")[2] for each in asked]
        ordered = ["key" if kind == "keyChanges" else "del" if kind == "deletes" else "row" for kind in kinds]
        assert ordered == sorted(ordered, key=["key", "row", "del"].index)
        assert {(each.query["minChangeVersion"], each.query["maxChangeVersion"]) for each in asked} == {("2", "4")}
        assert {each.headers.get("use-snapshot") for each in asked} == ({"true"} if has_snapshots else {None})
        kept = await feed.kept()
        assert "Mei7" in kept
        assert "Mei51" not in kept
        assert kept.count('"N50"') == 3
        assert '"E50"' not in kept
        run = await feed.run_of(pull)
        assert (run["comparison"]["new"], run["comparison"]["gone"], run["people_kept"]) == (1, 1, 30)


async def test_without_changes_nothing_is_read_and_everybody_is_seen(mongo: Mongo, clock: SetClock) -> None:
    sis = an_ods(change_version=5)
    async with pulled(mongo, clock, sis, source="ed-fi-api") as feed:
        await mapped(feed)
        await feed.pull()
        before = len(sis.asked)
        pull = await feed.pull()
        assert (pull["kind"], pull["pages"], (await feed.run_of(pull))["people_kept"]) == ("changes", 0, 30)
        assert [each.path for each in sis.asked[before:] if "/data/" in each.path] == []


async def test_the_same_changes_twice_are_the_same(mongo: Mongo, clock: SetClock) -> None:
    """The second page of the changes fails at first; what was applied of them is applied again."""
    sis = an_ods(change_version=1)
    async with pulled(mongo, clock, sis, source="ed-fi-api") as feed:
        await mapped(feed)
        await feed.pull()
        for number in range(1, 12):
            for name, row in person(number, 2).items():
                sis.lists[name].append(row)
        sis.change_version = 2

        def fails(_: Sis, asked: Asked) -> Reply | None:
            is_second = asked.path.endswith(EMPLOYMENTS) and asked.offset > 0
            return as_json({"type": "urn:ed-fi:api:system"}, 500) if is_second else None

        sis.misbehaves = fails
        pull = await feed.pull()
        assert (pull["state"], pull["error"]) == (
            "waiting",
            f"The source has a fault of its own: {EMPLOYMENTS} (status 500, system).",
        )
        assert await feed.people() == {"present": 30}
        await feed.post(f"pulls/{pull['pull_id']}/cancel")
        sis.misbehaves = None
        pull = await feed.pull()
        assert (pull["kind"], (await feed.run_of(pull))["people_kept"]) == ("changes", 41)


async def test_a_host_that_has_forgotten_is_read_whole(mongo: Mongo, clock: SetClock) -> None:
    sis = an_ods(change_version=50)
    async with pulled(mongo, clock, sis, source="ed-fi-api") as feed:
        await mapped(feed)
        await feed.pull()
        sis.change_version = 3
        assert (await feed.pull())["kind"] == "all"
        clock.advance(timedelta(days=7))
        assert (await feed.pull())["kind"] == "all"


async def test_data_standard_6_has_ids_and_addresses_elsewhere(mongo: Mongo, clock: SetClock) -> None:
    sis = an_ods()
    sis.lists["staffIdentificationCodes"], sis.lists["staffDirectories"] = [], []
    for row in sis.lists["staffs"]:
        reference = {"staffReference": {"staffUniqueId": row["staffUniqueId"]},
                     "educationOrganizationReference": {"educationOrganizationId": 350000}}  # fmt: skip
        for number, code in enumerate(row.pop("identificationCodes")):
            sis.lists["staffIdentificationCodes"].append({"id": f"c{number}{row['id'][2:]}", **reference, **code})
        sis.lists["staffDirectories"].append(
            {"id": f"d{row['id'][1:]}", **reference, "electronicMails": row.pop("electronicMails")}
        )
    async with pulled(mongo, clock, sis, source="ed-fi-api") as feed:
        mapping = {
            "organization_codes": {"350000": DISTRICT_CODE, str(SCHOOL): SCHOOL_CODE},
            "edfi": {"data_standard": "6.0"},
        }
        await feed.partnership.client.put(
            "/v1/feeds/boston/mapping", json=mapping, headers=feed.partnership.as_district()
        )
        run = await feed.run_of(await feed.pull())
        assert run["people_kept"] == 30
        kept = await feed.kept() + await feed.partnership.all_that_is_kept()
        assert "123-45-6789" not in kept
        assert "10000050" in kept
        assert "mlee50@district.example" in kept


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        ({"oauth": "https://evil.example/token", "dataManagementApi": "https://evil.example/data/v3/"}, "another host"),
        ({"oauth": "/oauth/token", "dataManagementApi": "/data/v3/{schoolYear}/"}, "of one year and tenant"),
        ({}, "of one year and tenant"),
        (None, "There is no Ed-Fi API at this address"),
    ],
)
async def test_a_host_that_describes_itself_oddly_is_not_believed(
    mongo: Mongo, clock: SetClock, urls: Row | None, words: str
) -> None:
    def odd(_: Sis, asked: Asked) -> Reply | None:
        return as_json({"urls": urls}) if asked.path == "/edfi/" else None

    async with pulled(mongo, clock, an_ods(misbehaves=odd), source="ed-fi-api") as feed:
        pull = await feed.pull()
        assert pull["state"] == "failed"
        assert words in pull["error"]
        assert feed.sis.of("/oauth/token") == []
