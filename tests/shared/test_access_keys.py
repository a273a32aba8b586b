"""API keys, and the file that says who holds them."""

from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from shared.access.access_file import AccessFile, key_hash
from shared.errors import Misconfigured
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.running import signed_in
from tests.shared.parts_of_access import ANOTHER_KEY, KEY, access_file, content, service_that_knows_people

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


@pytest.fixture
def mongo_driver() -> str:
    """Nothing here depends on the driver."""
    return "motor"


@pytest.fixture
def app(mongo: Mongo, clock: SetClock, tmp_path: Path) -> FastAPI:
    return service_that_knows_people(mongo, clock, tmp_path)


def with_key(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_machine_is_known_by_its_key(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/me", headers=with_key(KEY))
    assert answer.json() == {
        "subject": "key:sis",
        "role": "district",
        "organizations": ["00350000"],
        "display_name": "sis",
    }


@pytest.mark.parametrize(
    "wrong",
    ["", "pb_short", ANOTHER_KEY, KEY + "x", KEY.lower(), key_hash(KEY)],
    ids=["none", "short", "another", "longer", "in small letters", "its hash"],
)
async def test_a_wrong_key_opens_nothing_and_is_not_told_why(client: httpx.AsyncClient, wrong: str) -> None:
    answer = await client.get("/v1/me", headers=with_key(wrong))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["detail"] == "The API key is not known, or has expired."


async def test_a_wrong_key_is_not_mended_by_a_session(client: httpx.AsyncClient, app: FastAPI) -> None:
    answer = await client.get("/v1/me", headers={**signed_in(app, "agency"), **with_key(ANOTHER_KEY)})
    assert answer.status_code == 401


async def test_a_key_needs_no_proof_of_origin(client: httpx.AsyncClient) -> None:
    order = {"count": 1, "colour": "red"}
    headers = {**with_key(KEY), "sec-fetch-site": "cross-site"}
    assert (await client.post("/v1/orders", json=order, headers=headers)).status_code == 200


def test_a_key_opens_on_its_last_day_and_not_after(tmp_path: Path) -> None:
    keys = AccessFile(access_file(tmp_path, content(expires=str(date(2027, 4, 5)))))
    assert keys.holder(KEY, datetime(2027, 4, 5, 23, 59, tzinfo=UTC)) is not None
    assert keys.holder(KEY, datetime(2027, 4, 6, 0, 0, tzinfo=UTC)) is None


def test_a_key_that_is_taken_out_of_the_file_opens_nothing_from_then_on(tmp_path: Path) -> None:
    path = access_file(tmp_path, content())
    keys = AccessFile(path)
    assert keys.holder(KEY, NOW) is not None
    access_file(tmp_path, '{"api_keys": []}')
    assert keys.holder(KEY, NOW) is None


def test_a_broken_change_of_the_file_keeps_the_last_good_content(tmp_path: Path) -> None:
    path = access_file(tmp_path, content())
    keys = AccessFile(path)
    for broken in ("{", '{"api_keys": [{"name": "x"}]}'):
        path.write_text(broken)
        assert keys.holder(KEY, NOW) is not None
    path.unlink()
    assert keys.holder(KEY, NOW) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Invalid JSON"),
        (content(role="king"), "api_keys.0.role"),
        (content(sha256=KEY), "api_keys.0.sha256"),
        (content(name=""), "api_keys.0.name"),
    ],
    ids=["no json", "role", "hash", "name"],
)
def test_a_service_does_not_start_with_a_broken_access_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        AccessFile(access_file(tmp_path, text))
    assert said in str(refusal.value)
    assert KEY not in str(refusal.value)


def test_a_service_does_not_start_without_the_access_file_that_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        AccessFile(tmp_path / "nowhere.json")


def test_the_file_holds_no_key_that_opens(tmp_path: Path) -> None:
    assert KEY not in content()
    assert len(KEY) == len("pb_") + 43
