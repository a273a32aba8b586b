"""What is said to whoever asked for something that could not be done."""

import httpx
import pytest
from fastapi import FastAPI

from shared.mongo import Mongo
from shared.service import create_service
from tests.running import signed_in
from tests.shared.parts_of_a_service import settings, wire_parts

PERSON = {"accept": "text/html,application/xhtml+xml"}
STATUSES = {
    "invalid": 422,
    "large": 413,
    "signed-out": 401,
    "forbidden": 403,
    "missing": 404,
    "conflict": 409,
    "gone": 410,
    "stale": 409,
    "twice": 409,
    "away": 503,
    "broken": 500,
}


@pytest.fixture
def mongo_driver() -> str:
    """Nothing here depends on the driver."""
    return "motor"


@pytest.fixture
def app(mongo: Mongo) -> FastAPI:
    return create_service("parts", settings(), wire_parts, mongo=mongo)


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
async def test_each_error_has_its_status_for_machines_and_for_people(
    client: httpx.AsyncClient, name: str, status: int
) -> None:
    machine = await client.get(f"/v1/refusals/{name}", headers=PERSON)
    assert machine.status_code == status
    assert machine.headers["content-type"] == "application/problem+json"
    problem = machine.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:prepbridge:problem:")
    assert problem["correlation_id"] == machine.headers["x-request-id"]
    person = await client.get(f"/refusals/{name}", headers=PERSON)
    if status == 401:
        assert person.status_code == 303
        return
    assert person.status_code == status
    assert person.headers["content-type"].startswith("text/html")
    assert problem["title"] in person.text
    assert person.headers["x-request-id"] in person.text


async def test_a_refusal_says_what_is_wrong_where_and_what_to_do(client: httpx.AsyncClient) -> None:
    problem = (await client.get("/v1/refusals/invalid")).json()
    assert (problem["detail"], problem["where"], problem["hint"]) == ("Row 3 has no date.", "row 3", "Add a date.")
    page = (await client.get("/refusals/invalid", headers=PERSON)).text
    assert "Row 3 has no date." in page
    assert "Add a date." in page


@pytest.mark.parametrize("name", ["broken", "away"])
async def test_what_broke_inside_is_not_told_outside(client: httpx.AsyncClient, name: str) -> None:
    for address in (f"/v1/refusals/{name}", f"/refusals/{name}"):
        answer = await client.get(address, headers=PERSON)
        assert "jane@example.org" not in answer.text
        assert "mongodb" not in answer.text.lower()
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_an_outage_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/refusals/away")).headers["retry-after"] == "5"


async def test_each_field_that_is_not_right_is_named_without_its_value(client: httpx.AsyncClient, app: FastAPI) -> None:
    order = {"count": 0, "colour": "jane@example.org"}
    answer = await client.post("/v1/orders", json=order, headers=signed_in(app, "district", "00350000"))
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["count", "colour"]
    assert answer.json()["errors"][0]["expected"] == "Input should be greater than or equal to 1"
    assert "jane" not in answer.text


async def test_a_body_that_is_no_json_is_refused_as_not_right(client: httpx.AsyncClient, app: FastAPI) -> None:
    headers = {**signed_in(app, "district"), "content-type": "application/json"}
    answer = await client.post("/v1/orders", content=b'{"count":', headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nothing_at_this_address_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/nowhere")).json()["type"] == "urn:prepbridge:problem:not-found"
    page = await client.get("/nowhere", headers=PERSON)
    assert page.status_code == 404
    assert "<h1>Not found</h1>" in page.text


async def test_the_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/open")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
