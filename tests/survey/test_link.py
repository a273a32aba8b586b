"""Links, cookies and unsubscribe marks."""

import re
from datetime import timedelta

import pytest

from services.survey.domain.link import COOKIE_LIFE, LinkKey, Seat, token_hash
from tests.survey.builders import NOW

KEY = LinkKey(b"k" * 32)
SEAT = Seat("sitting-1", 1)


def test_a_token_is_43_characters_and_follows_from_key_sitting_and_version() -> None:
    token = KEY.token("sitting-1", 1)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token == KEY.token("sitting-1", 1)
    others = {KEY.token("sitting-1", 2), KEY.token("sitting-2", 1), LinkKey(b"x" * 32).token("sitting-1", 1)}
    assert token not in others
    assert len(others) == 3


def test_what_is_stored_of_a_token_does_not_contain_it() -> None:
    token = KEY.token("sitting-1", 1)
    assert token not in token_hash(token)


def test_a_cookie_gives_the_seat_that_it_was_made_for() -> None:
    assert KEY.seat(KEY.cookie(SEAT, NOW), NOW) == SEAT


def test_a_cookie_ends() -> None:
    cookie = KEY.cookie(SEAT, NOW)
    assert KEY.seat(cookie, NOW + COOKIE_LIFE - timedelta(seconds=1)) == SEAT
    assert KEY.seat(cookie, NOW + COOKIE_LIFE) is None


@pytest.mark.parametrize(
    "cookie",
    ["", "a.b.c.d", "sitting-1.1.1", "sitting-1.1.99999999999.forged", "sitting-1.²..x", KEY.token("sitting-1", 1)],
)
def test_a_cookie_that_is_not_ours_seats_nobody(cookie: str) -> None:
    assert KEY.seat(cookie, NOW) is None


def test_a_cookie_cannot_be_turned_to_another_sitting() -> None:
    cookie = KEY.cookie(SEAT, NOW)
    assert KEY.seat(cookie.replace("sitting-1", "sitting-2"), NOW) is None


def test_an_unsubscribe_mark_is_good_for_its_sitting_alone() -> None:
    mark = KEY.unsubscribe_mark("sitting-1")
    assert KEY.may_unsubscribe("sitting-1", mark)
    assert not KEY.may_unsubscribe("sitting-2", mark)
    assert not KEY.may_unsubscribe("sitting-1", "é")
