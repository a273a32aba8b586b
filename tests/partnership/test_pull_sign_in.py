"""The ways in which vendors want to be signed in to, as settings of a connection."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.partnership.domain.oauth1 import base_string, signature
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.pulling import Pulled, pulled, roster
from tests.partnership.sis_server import KEY, SECRET, Asked, Reply, Sis, as_json


def sign_in(feed: Pulled, **changes: Any) -> dict[str, Any]:
    return {"kind": "oauth2", "token_url": f"{feed.sis.url}/oauth/token", **changes}


@pytest.mark.parametrize("credentials_in", ["header", "body", "query"])
@pytest.mark.parametrize("parameters_in", ["body", "query"])
async def test_credentials_and_parameters_go_where_the_vendor_wants_them(
    mongo: Mongo, clock: SetClock, credentials_in: str, parameters_in: str
) -> None:
    async with pulled(mongo, clock, Sis(roster(), wants_credentials_in=credentials_in)) as feed:
        told = sign_in(feed, credentials_in=credentials_in, parameters_in=parameters_in, scope="a b")
        await feed.set_up(sign_in=told)
        assert (await feed.pull())["state"] == "delivered"
        (token,) = feed.sis.of("/oauth/token")
        assert ("scope" in token.query) == (parameters_in == "query")
        assert ("scope=a+b" in token.body) == (parameters_in == "body")


async def test_a_token_address_may_have_parameters_of_its_own(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        await feed.set_up(sign_in=sign_in(feed, token_url=f"{feed.sis.url}/campus/oauth/token?appName=boston"))
        assert (await feed.pull())["state"] == "delivered"
        assert feed.sis.of("/oauth/token")[0].query["appName"] == "boston"


async def test_cookies_that_come_with_the_token_are_sent_along(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster(), cookie="route=b7")) as feed:
        await feed.set_up(sign_in=sign_in(feed, replays_cookies=True))
        assert (await feed.pull())["state"] == "delivered"
        assert {each.headers.get("cookie") for each in feed.sis.of("/users")} == {"route=b7"}


@pytest.mark.parametrize(("lasts", "tokens"), [(1800, 1), ("1800", 1), (None, 1), (90, 2)])
async def test_a_token_is_used_until_a_minute_before_its_end(
    mongo: Mongo, clock: SetClock, lasts: Any, tokens: int
) -> None:
    def takes_50_seconds(_: Sis, asked: Asked) -> Reply | None:
        if asked.path.endswith("/users") and asked.offset == 7:
            clock.advance(timedelta(seconds=50))
        return None

    async with pulled(mongo, clock, Sis(roster(), lasts=lasts, misbehaves=takes_50_seconds)) as feed:
        assert (await feed.pull())["state"] == "delivered"
        assert len(feed.sis.of("/oauth/token")) == tokens


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((200, {"content-type": "text/html"}, b"<html>Sign in"), "answered with a web page"),
        (as_json({"token": "x"}), "holds no token"),
        (as_json({"access_token": "a\r\nx: y"}), "holds no token"),
        (as_json([]), "holds no token"),
        (as_json({"error": "invalid_scope"}, 400), "gives us no token (status 400, invalid_scope)"),
        ((404, {"content-type": "text/html"}, b"<html>"), "has nothing at this address: the address for tokens"),
    ],
)
async def test_what_is_no_token_is_told_in_plain_words(mongo: Mongo, clock: SetClock, reply: Reply, words: str) -> None:
    def odd(_: Sis, asked: Asked) -> Reply | None:
        return reply if asked.path.endswith("/oauth/token") else None

    async with pulled(mongo, clock, Sis(roster(), misbehaves=odd)) as feed:
        pull = await feed.pull()
        assert pull["state"] == "failed"
        assert words in pull["error"]
        assert feed.sis.of("/users") == []


async def test_requests_are_signed_where_a_host_wants_oauth_1(mongo: Mongo, clock: SetClock) -> None:
    nonces = set()

    def checks(sis: Sis, asked: Asked) -> Reply | None:
        header = asked.headers["authorization"]
        stated = dict(re.findall(r'(oauth_\w+)="([^"]*)"', header))
        nonces.add(stated["oauth_nonce"])
        signed = stated.pop("oauth_signature").replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
        text = base_string("GET", f"{sis.url}{asked.path}?{asked.query['_raw']}", stated.items())
        is_right = signed == signature(text, SECRET, "", "HMAC-SHA256") and stated["oauth_consumer_key"] == KEY
        if not is_right:
            return as_json({"error": "bad signature"}, 401)
        rows = sis.lists[asked.path.rpartition("/")[2]][asked.offset : asked.offset + int(asked.query["limit"])]
        return as_json({asked.path.rpartition("/")[2]: rows})

    async with pulled(mongo, clock, Sis(roster(version="1.1"), misbehaves=checks)) as feed:
        await feed.set_up(version="1.1", sign_in={"kind": "oauth1"})
        pull = await feed.pull()
        assert (pull["state"], pull["error"]) == ("delivered", "")
        assert len(nonces) == len(feed.sis.asked)
        assert await feed.people() == {"present": 30}
