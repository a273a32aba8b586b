"""The demonstration's visitors: what they expect, whom they leave, how they read a page and fill in a form."""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from rich.console import Console

from deploy.demonstration.access import OPERATOR, read_keys, write_access
from deploy.demonstration.answering import Answered, answer, divided
from deploy.demonstration.browser import PageNotUnderstood, read_page
from deploy.demonstration.directory import districts, preparing_providers
from deploy.demonstration.doors import Invitation, settled
from deploy.demonstration.expectation import Expectation, expectation
from deploy.demonstration.outcome import Figure, LinkLeft, Outcome, hire_figures, render
from deploy.demonstration.simulate import simulate
from deploy.demonstration.truth import Expected, read_truth
from shared.access.access_file import AccessFile
from shared.clock import utc_now

FORM = """
<form action="/sign-out" method="post"><button>Sign out</button></form>
<form method="post" action="/sitting/surveys/s1">
  <input type="hidden" name="revision" value="3">
  <input type="radio" name="overall" value="5"><input type="radio" name="overall" value="4">
  <input type="radio" name="lessons" value="4" checked><input type="radio" name="lessons" value="3">
  <textarea name="comment"></textarea>
  <button type="submit" name="action" value="send">Send</button>
  <button type="submit" name="action" value="save">Save</button>
</form>
<a href="/sitting/surveys/s1/decline">I cannot answer</a>
"""


def test_a_page_is_read_as_a_person_would_use_it() -> None:
    page = read_page("http://localhost:8101/sitting/surveys/s1", FORM)
    form = page.form_to("/sitting/surveys/s1")
    assert form.choices == {"overall": ["5", "4"], "lessons": ["4", "3"]}
    assert form.fields == {"revision": "3", "lessons": "4", "comment": ""}
    assert form.buttons == [("action", "send"), ("action", "save")]
    assert page.links == ("http://localhost:8101/sitting/surveys/s1/decline",)
    with pytest.raises(PageNotUnderstood):
        page.form_to("/elsewhere")


class Door:
    """The survey's pages at the wire: two forms behind one link; remembers what was sent."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, list[str]]] = {}
        self.origins: set[str | None] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            self.origins.add(request.headers.get("Origin"))
            self.sent[path.split("/")[3]] = parse_qs(request.content.decode(), keep_blank_values=True)
            target = "/sitting" if path.endswith("/decline") else f"{path}/receipt"
            return httpx.Response(303, headers={"Location": target})
        if path.startswith("/s/"):
            return httpx.Response(303, headers={"Location": "/sitting", "Set-Cookie": "seat=1; Path=/"})
        assert request.headers.get("Cookie") == "seat=1"
        return httpx.Response(200, html=self.page(path))

    def page(self, path: str) -> str:
        if path == "/sitting":
            return "".join(
                f'<a href="/sitting/surveys/{each}/{"receipt" if each in self.sent else "decline"}">x</a>'
                for each in ("s1", "s2")
            )
        if path.endswith("/decline"):
            return f'<form method="post" action="{path}"><input type="radio" name="reason" value="left"></form>'
        return FORM.replace("/sitting/surveys/s1", path)


async def test_a_person_answers_every_form_on_the_list() -> None:
    door = Door()
    async with httpx.AsyncClient(transport=httpx.MockTransport(door)) as client:
        invitation = Invitation("p@example.org", "http://localhost:8101/s/token", 2)
        done = await answer(invitation, random.Random("somebody who declines nothing"), client)
    assert done == Answered(submitted=2, declined=0)
    for sent in door.sent.values():
        assert sent["overall"][0] in ("5", "4")
        assert (sent["revision"], sent["action"]) == (["3"], ["send"])
    assert door.origins == {"http://localhost:8101"}


def an_invitation(number: int, completers: int) -> Invitation:
    return Invitation(f"p{number:02d}@example.org", f"http://localhost/s/{number}", completers)


def test_people_who_are_asked_about_two_are_left_for_the_user() -> None:
    invitations = [an_invitation(number, 2 if number < 8 else 1) for number in range(40)]
    people, left = divided(invitations, 0.5, random.Random(1))
    assert len(left) == 6
    assert {each.completers for each in left} == {2}
    assert len(people) == 17
    assert not set(people) & set(left)


def test_of_a_few_people_at_most_half_are_left() -> None:
    people, left = divided([an_invitation(1, 1), an_invitation(2, 1)], 1.0, random.Random(1))
    assert (len(people), len(left)) == (1, 1)


def test_what_is_expected_follows_from_the_files(tmp_path: Path) -> None:
    summary = simulate(7, 12, tmp_path)
    expected = expectation(tmp_path)
    assert len(expected.found) == summary.found
    assert len(expected.review) == summary.review
    assert summary.found <= expected.surveys <= summary.found * 1.3
    schools = {row.school_code for row in read_truth(tmp_path / "truth.csv") if row.expected is Expected.FOUND}
    assert 0 < len(expected.people) <= len(schools) + 12


def test_hires_are_compared_with_the_truth() -> None:
    expected = Expectation(
        found=frozenset({("a", "1"), ("b", "1")}), review=frozenset({("c", "1")}), surveys=2, people=frozenset()
    )
    figures = hire_figures(expected, hires={("a", "1"), ("a", "2")}, in_review={("c", "1"), ("d", "1")})
    assert [(figure.actual, figure.expected) for figure in figures] == [(1, 2), (1, 0), (1, 0), (1, 1), (1, 0)]


@pytest.mark.parametrize(("actual", "is_right"), [(3, True), (2, False)])
def test_the_closing_text_says_whether_all_is_as_it_should_be(actual: int, is_right: bool) -> None:
    link = "http://localhost:8101/s/" + "x" * 43
    page = "http://localhost:8103/campaigns/hiring-2027/providers/ipeds-165024"
    outcome = Outcome((Figure("Hires found", actual, 3),), (LinkLeft(link, 2),), (("Results of a provider", page),))
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(render(outcome))
    text = console.export_text()
    assert ("NOT as it should be" in text) is not is_right
    assert link in text
    assert page in text
    assert outcome.is_right is is_right


async def test_waiting_ends_when_nothing_changes_any_more() -> None:
    seen = iter([0, 1, 1, 1])

    async def look() -> int:
        return next(seen, 1)

    def nothing(_: int) -> None:
        pass

    assert await settled(look, 5, patience_seconds=0.2, say=nothing) == 1


def test_keys_are_hashed_for_the_services_and_kept_for_their_owner(tmp_path: Path) -> None:
    keys = write_access(tmp_path, districts()[:2], preparing_providers())
    opened = AccessFile(tmp_path / "access.json")
    agency, district = opened.holder(keys["MA-DESE"], utc_now()), opened.holder(keys["00010000"], utc_now())
    assert agency is not None
    assert (agency.role, district and district.organizations) == ("agency", frozenset({"00010000"}))
    assert {person.role for person in opened.people()} == {"agency", "operator", "provider", "district"}
    assert not any(key in (tmp_path / "access.json").read_text() for key in keys.values())
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "keys.json").read_text()) == read_keys(tmp_path)


def test_known_keys_stay_valid_at_the_next_start(tmp_path: Path) -> None:
    again: Callable[[], object] = lambda: write_access(tmp_path, districts()[:2], preparing_providers())  # noqa: E731
    assert again() == again()


def test_an_older_pair_of_files_is_given_the_operators_key(tmp_path: Path) -> None:
    first = write_access(tmp_path, districts()[:2], preparing_providers())
    for name in ("access.json", "keys.json"):
        content = json.loads((tmp_path / name).read_text())
        if name == "keys.json":
            del content[OPERATOR]
        else:
            content["api_keys"] = [key for key in content["api_keys"] if key["role"] != "operator"]
        (tmp_path / name).write_text(json.dumps(content))
    keys = write_access(tmp_path, districts()[:2], preparing_providers())
    assert {name: key for name, key in keys.items() if name != OPERATOR} == {
        name: key for name, key in first.items() if name != OPERATOR
    }
    operator = AccessFile(tmp_path / "access.json").holder(keys[OPERATOR], utc_now())
    assert operator is not None
    assert operator.role == "operator"
    assert read_keys(tmp_path) == keys
