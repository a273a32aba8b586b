"""Sources that misbehave: what a pull says of it in plain words, and that nothing is applied."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.pulling import pulled, roster, user
from tests.partnership.sis_server import Asked, Reply, Sis, as_json, error_1_1, error_1_2

HTML = (200, {"content-type": "text/html"}, b"<!doctype html><html><title>Sign in</title></html>")
FLAT = {"CodeMajor": "failure", "Severity": "error", "CodeMinor": "server_busy", "Description": "Words about Mei Lee."}


def on_users(reply: Reply, *, at: int = 0) -> Callable[[Sis, Asked], Reply | None]:
    """From this offset on."""
    return lambda _, asked: reply if asked.path.endswith("/users") and asked.offset >= at else None


def next_elsewhere(_: Sis, asked: Asked) -> Reply | None:
    if not asked.path.endswith("/users"):
        return None
    status, headers, body = as_json({"users": [user(asked.offset)]})
    return status, {**headers, "link": '<https://evil.example/users?offset=7>; rel="next"'}, body


def same_page(sis: Sis, asked: Asked) -> Reply | None:
    """Whatever offset is asked for, the first page comes, with a link to the next."""
    if not asked.path.endswith("/users"):
        return None
    headers = {"link": f'<{sis.url}{asked.path}?limit=7&offset={asked.offset + 7}>; rel="next"'}
    return as_json({"users": sis.lists["users"][:7]}, 200, **headers)


def next_is_this(sis: Sis, asked: Asked) -> Reply | None:
    if not asked.path.endswith("/users"):
        return None
    link = f'<{sis.url}{asked.path}?{asked.query["_raw"]}>; rel="next"'
    return as_json({"users": sis.lists["users"][:7]}, 200, link=link)


@pytest.mark.parametrize(
    ("misbehaves", "words"),
    [
        (on_users(HTML), "127.0.0.1 answered with a web page, such as one to sign in, instead of data."),
        (on_users((200, {"content-type": "application/json"}, b'{"users":[{"sour')), "breaks off or is no JSON"),
        (on_users((200, {"content-type": "application/json"}, b"")), "breaks off or is no JSON"),
        (on_users(as_json(error_1_2("unknownobject"))), "answered with an error: users (unknownobject)"),
        (on_users(as_json(error_1_1("unknown object"))), "answered with an error: users (unknown_object)"),
        (on_users(as_json(FLAT)), "answered with an error: users (server_busy)"),
        (on_users(as_json({"students": []})), "holds no users"),
        (on_users(as_json(error_1_2("forbidden"), 403)), "does not let us read this: users (status 403, forbidden)"),
        (on_users((404, {"content-type": "text/html"}, b"<html>")), "has nothing at this address: users (status 404)"),
        (on_users((400, {}, b"")), "does not understand how it is asked: users (status 400)"),
        (on_users(as_json({"error": "expired"}, 401), at=14), "does not accept our credentials: users (status 401"),
        (next_elsewhere, "points to another host"),
        (same_page, "the same page again and again"),
        (next_is_this, "gives the page just read as the next one"),
    ],
)  # fmt: skip
async def test_what_cannot_be_helped_fails_in_plain_words_and_applies_nothing(
    mongo: Mongo, clock: SetClock, misbehaves: Callable[[Sis, Asked], Reply | None], words: str
) -> None:
    sis = Sis(roster(), misbehaves=misbehaves)
    async with pulled(mongo, clock, sis) as feed:
        pull = await feed.pull()
        assert (pull["state"], pull["run_id"]) == ("failed", None)
        assert words in pull["error"]
        assert await feed.runs() == []
        assert await feed.people() == {}
        assert await mongo.collection("mirrored").count({}) == 0
        for said in ("Mei", "t0ken", "s3cret"):
            assert said not in pull["error"] + pull["hint"]
        sis.misbehaves = None
        assert (await feed.pull())["state"] == "delivered"
        assert await feed.people() == {"present": 30}


@pytest.mark.parametrize(
    ("misbehaves", "words"),
    [
        (on_users((429, {"retry-after": "3600"}, b""), at=14), "asks us to slow down (status 429)"),
        (on_users((500, {}, b""), at=14), "has a fault of its own: users (status 500)"),
    ],
)
async def test_what_may_pass_waits_and_goes_on_from_the_last_good_page(
    mongo: Mongo, clock: SetClock, misbehaves: Callable[[Sis, Asked], Reply | None], words: str
) -> None:
    sis = Sis(roster(), misbehaves=misbehaves)
    async with pulled(mongo, clock, sis) as feed:
        pull = await feed.pull()
        assert (pull["state"], pull["run_id"], pull["pages"]) == ("waiting", None, 3)
        assert words in pull["error"]
        assert await feed.runs() == []
        sis.misbehaves = None
        before = len(sis.of("/users"))
        pull = await feed.try_again(pull)
        assert (pull["state"], pull["error"], pull["tries"]) == ("delivered", "", 1)
        assert [each.offset for each in sis.of("/users")[before:]] == [14, 21, 28, 35]
        assert await feed.people() == {"present": 30}


async def test_a_wish_to_be_left_alone_is_respected(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster(), misbehaves=on_users((429, {"retry-after": "3600"}, b"")))
    async with pulled(mongo, clock, sis) as feed:
        pull = await feed.pull()
        asked = len(sis.asked)
        assert pull["next_try_at"] == (clock.now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        clock.advance(timedelta(minutes=59))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert len(sis.asked) == asked


async def test_a_burst_of_502_is_waited_out(mongo: Mongo, clock: SetClock) -> None:
    def burst(sis: Sis, asked: Asked) -> Reply | None:
        is_first = len(sis.of("/users")) == 1 and asked.path.endswith("/users")
        return (502, {"content-type": "text/html"}, b"<html>Bad gateway") if is_first else None

    async with pulled(mongo, clock, Sis(roster(), misbehaves=burst)) as feed:
        pull = await feed.pull()
        assert (pull["state"], pull["tries"]) == ("delivered", 0)


async def test_a_token_that_ends_in_the_middle_is_renewed(mongo: Mongo, clock: SetClock) -> None:
    def revoke(sis: Sis, asked: Asked) -> Reply | None:
        if asked.path.endswith("/users") and asked.offset == 14 and sis.token != "second":
            sis.token = "second"
        return None

    sis = Sis(roster(), misbehaves=revoke)
    async with pulled(mongo, clock, sis) as feed:
        assert (await feed.pull())["state"] == "delivered"
        assert len(sis.of("/oauth/token")) == 2


async def test_data_that_change_while_they_are_read_are_read_again(mongo: Mongo, clock: SetClock) -> None:
    def change(sis: Sis, asked: Asked) -> Reply | None:
        if asked.path.endswith("/users") and asked.offset == 14 and len(sis.lists["users"]) == 40:
            del sis.lists["users"][0]
        return None

    sis = Sis(roster(), misbehaves=change)
    async with pulled(mongo, clock, sis) as feed:
        pull = await feed.pull()
        assert pull["state"] == "delivered"
        assert [each.offset for each in sis.of("/users")] == [0, 7, 14, 0, 7, 14, 21, 28, 35]
        assert await feed.people() == {"present": 29}


async def test_data_that_never_come_to_rest_are_told_as_such(mongo: Mongo, clock: SetClock) -> None:
    def restless(sis: Sis, asked: Asked) -> Reply | None:
        if asked.path.endswith("/users"):
            sis.lists["users"].append(user(1000 + len(sis.asked)))
        return None

    async with pulled(mongo, clock, Sis(roster(), misbehaves=restless)) as feed:
        pull = await feed.pull()
        assert (pull["state"], pull["run_id"]) == ("waiting", None)
        assert pull["error"] == "The data changed while they were read. That was so 4 times in a row: users."
        assert await feed.runs() == []


async def test_fewer_rows_than_announced_are_not_taken_for_all(mongo: Mongo, clock: SetClock) -> None:
    def short(sis: Sis, asked: Asked) -> Reply | None:
        if not asked.path.endswith("/users") or asked.offset < 35:
            return None
        return as_json({"users": []}, 200, **{"x-total-count": "40"})

    async with pulled(mongo, clock, Sis(roster(), with_links=False, misbehaves=short)) as feed:
        pull = await feed.pull()
        assert pull["state"] == "waiting"
        assert pull["error"].startswith("The source announced 40 rows and gave 35.")
        await feed.post(f"pulls/{pull['pull_id']}/cancel")
        await feed.set_up(totals_are_right=False)
        assert (await feed.pull())["state"] == "delivered"


async def test_a_slow_source_meets_a_deadline(mongo: Mongo, clock: SetClock) -> None:
    async with pulled(mongo, clock, Sis(roster())) as feed:
        await feed.set_up(answer_seconds=0.1)
        right = feed.sis.reply

        async def slow(asked: Asked) -> Reply:
            if asked.path.endswith("/users"):
                await asyncio.sleep(0.4)
            return await right(asked)

        feed.sis.reply = slow  # type: ignore[method-assign]
        pull = await feed.pull()
        assert (pull["state"], pull["error"]) == ("waiting", "127.0.0.1 took too long to answer.")
        assert await feed.runs() == []


async def test_a_pull_that_fails_again_and_again_is_given_up(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster(), misbehaves=on_users((500, {}, b"")))
    async with pulled(mongo, clock, sis) as feed:
        pull = await feed.pull()
        while pull["state"] == "waiting":
            pull = await feed.try_again(pull)
        assert (pull["state"], pull["tries"]) == ("failed", 5)
        assert await mongo.collection("mirrored").count({}) == 0


async def test_wrong_credentials_are_told_as_such(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster())
    async with pulled(mongo, clock, sis) as feed:
        await feed.give_credentials("wrong-s3cret")
        pull = await feed.pull()
        assert pull["state"] == "failed"
        assert pull["error"] == "The source gives us no token (status 401, invalid_client)."
        assert "wrong-s3cret" not in str(pull)


async def test_an_empty_list_of_people_is_no_dismissal_of_everybody(mongo: Mongo, clock: SetClock) -> None:
    sis = Sis(roster())
    async with pulled(mongo, clock, sis) as feed:
        await feed.pull()
        sis.lists["users"] = []
        pull = await feed.pull(everything=True)
        assert await feed.people() == {"present": 30}
        assert (await feed.run_of(pull))["state"] in ("held", "rejected")
