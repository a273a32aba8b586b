"""Two providers, two districts, every route, any mixture of ids: nobody reads or changes what is not theirs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from deploy.local.mongod import Mongod
from tests.partnership.ledger import OTHER_DISTRICT, a_contact, a_goal, got, terms
from tests.partnership.reviewing import added, asked, drafted
from tests.partnership.test_ledger_isolation import a_full_partnership, body_of
from tests.partnership.working import DISTRICT_CODE, FEED, OTHER_PROVIDER, PROVIDER, Working
from tests.running import routes_of

EXAMPLES = 6
WORLDS = ((PROVIDER, DISTRICT_CODE), (OTHER_PROVIDER, OTHER_DISTRICT))
SECRET = "secret-of-"
OUTSIDE_A_DOCUMENT = ("_outbox", "_claimed_until")
"""What the relay does to documents meanwhile is nobody's doing."""
A_STATEMENT = {"vacancies": [{"licence_field": "Latin", "grade_span": "8-12", "kind": "current", "count": 1}]}
MORE_BODIES: tuple[dict[str, Any], ...] = (
    {},
    A_STATEMENT,
    {"stage": "initial_inquiry"},
    {"sure": "yes"},
    {"name": "x", "email": "x@x.example", "district_id": DISTRICT_CODE},
    {"district_id": OTHER_DISTRICT, "role": "superintendent"},
)
"""For routes whose body the ledger's own tests do not know."""


@dataclass(frozen=True)
class World:
    """What belongs to one provider and one district, and the path parameters that lead to it."""

    provider: str
    district: str
    ids: dict[str, str]

    @property
    def secret(self) -> str:
        """Occurs in a name, an address or a note of everything that is theirs."""
        return f"{SECRET}{self.district}"


async def a_world(partnership: Working, provider: str, district: str) -> World:
    ids = await a_full_partnership(partnership, provider, district)
    secret = f"{SECRET}{district}"
    here, side = f"/{ids['partnership_id']}", partnership.as_provider(provider)
    await got(partnership, f"{here}/contacts", side, **a_contact(name=secret, email=f"{secret}@x.example"))
    await got(partnership, f"{here}/terms", side, **terms(nature=secret, goals=[a_goal(metric=secret)]))
    field = {**A_STATEMENT["vacancies"][0], "licence_field": secret}
    stated = await partnership.client.put(
        f"/v1/vacancies/{district}/2027", json={"vacancies": [field]}, headers=partnership.as_district(district)
    )
    assert stated.status_code == 200, stated.text
    review = await drafted(partnership, provider)
    await added(partnership, review, name=secret, email=f"reviewed-{secret}@x.example")
    assert (await asked(partnership, "POST", f"/{review}/open")).status_code == 200
    more = {"review_id": review, "district_id": district, "school_year": "2027", "provider_id": provider}
    feed = {"connection_id": FEED if district == DISTRICT_CODE else "of-nobody-else"}
    return World(provider, district, ids | more | feed)


@dataclass(frozen=True)
class Theirs:
    """Each world's documents, as they lie in the store."""

    client: MongoClient[dict[str, Any]]
    database: str

    def of(self, world: World) -> list[str]:
        kept = self.client[self.database]
        found = []
        for name in sorted(kept.list_collection_names()):
            for document in kept[name].find(sort=[("_id", 1)]):
                text = json.dumps(
                    {key: value for key, value in document.items() if key not in OUTSIDE_A_DOCUMENT}, default=str
                )
                if any(each in text for each in (world.provider, world.district, world.secret)):
                    found.append(f"{name} {text}")
        return found


@pytest.fixture
def stores(mongod: Mongod) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        yield client


@pytest.fixture
async def worlds(partnership: Working) -> tuple[World, World]:
    first, second = [await a_world(partnership, *parties) for parties in WORLDS]
    return first, second


async def send(
    partnership: Working, method: str, path: str, ids: dict[str, str], who: dict[str, str], body: dict[str, Any]
) -> httpx.Response:
    names = [part.partition("}")[0].partition(":")[0] for part in path.split("{")[1:]]
    filled = path.replace(":path", "").format(**{name: ids.get(name, "x") for name in names})
    as_page = {} if path.startswith("/v1/") else {"data": {name: str(value) for name, value in body.items()}}
    sent: dict[str, Any] = {} if method == "GET" else as_page or {"json": body}
    if path.endswith(("/documents", "/file", "/snapshots", "/import", "/partner-list")) and method != "GET":
        sent = {"files": {"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}}
    headers = {"accept": "text/html" if as_page else "application/json", **who}
    return await partnership.client.request(method, filled, headers=headers, **sent)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.generate,),  # What one example changes, the next one finds: there is nothing to shrink.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(chance=st.randoms(use_true_random=False), is_first=st.booleans(), is_provider=st.booleans())
async def test_nobody_reads_or_changes_what_is_not_theirs_on_any_route(
    partnership: Working,
    worlds: tuple[World, World],
    stores: MongoClient[dict[str, Any]],
    chance: Random,
    is_first: bool,
    is_provider: bool,
) -> None:
    """One system for all examples: what is one's own may change between them, what is the other's never does."""
    own, other = worlds if is_first else reversed(worlds)
    who = partnership.as_provider(own.provider) if is_provider else partnership.as_district(own.district)
    theirs = Theirs(stores, database_of(stores, worlds))
    before = theirs.of(other)
    assert before, "a world of which nothing is kept proves nothing"
    for method, path in routes_of(partnership.app):
        ids = {name: chance.choice((other, other, other, own)).ids[name] for name in own.ids}
        in_their_name = {"provider_id": other.provider, "district_id": other.district, "terms": terms()}
        body = body_of(path) or chance.choice((*MORE_BODIES, in_their_name))
        answer = await send(partnership, method, path, ids, who, body)
        assert answer.status_code < 500, (method, path, ids, body)
        assert other.secret not in answer.text, (method, path, ids)
        assert method == "GET" or theirs.of(other) == before, (method, path, ids, body)


def database_of(stores: MongoClient[dict[str, Any]], worlds: tuple[World, World]) -> str:
    """The one in which these worlds lie: other tests have theirs."""
    own = {"_id": worlds[0].ids["partnership_id"]}
    return next(name for name in stores.list_database_names() if stores[name].partnerships.find_one(own))
