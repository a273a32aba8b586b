"""A simulated hiring season, with vendors' quirks: what is found is what really happened."""

import csv
from pathlib import Path

from deploy.demonstration.expectation import expectation
from deploy.demonstration.simulate import simulate
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.working import working


async def test_every_hire_is_found_and_none_invented(mongo: Mongo, clock: SetClock, tmp_path: Path) -> None:
    simulate(11, 4, tmp_path)
    expected = expectation(tmp_path)
    async with working(mongo, clock) as partnership:
        for kind in ("organizations", "providers", "programs", "role_holders"):
            report = (await partnership.bring(kind, (tmp_path / f"{kind}.csv").read_bytes())).json()
            assert report["findings"] == []
        names = ("candidate.csv", "candidateEducatorPreparationProgramAssociation.csv")
        report = (await partnership.bring("completers", *((tmp_path / name).read_bytes() for name in names))).json()
        assert report["findings"] == []
        manifest = (tmp_path / "feeds" / "manifest.csv").read_text(encoding="utf-8").splitlines()
        for row in csv.DictReader(manifest):
            code = row["DistrictCode"]
            who = partnership.as_district(code)
            await partnership.client.post("/v1/feeds", json={"connection_id": code, "district_id": code}, headers=who)
            answer = await partnership.client.post(
                f"/v1/feeds/{code}/snapshots",
                content=(tmp_path / row["File"]).read_bytes(),
                params={"observed_at": row["ObservedAt"]},
                headers={"content-type": "application/zip", **who},
            )
            assert answer.json()["state"] == "applied", answer.text
        listed = await partnership.client.get("/v1/hires?size=500", headers=partnership.as_agency())
        assert {(each["completer_id"], each["district_id"]) for each in listed.json()["items"]} == expected.found
        matches = await partnership.client.get("/v1/matches?size=500", headers=partnership.as_agency())
        assert {
            (candidate["completer_id"], each["district_id"])
            for each in matches.json()["items"]
            for candidate in each["matching"]["candidates"]
        } == expected.review
