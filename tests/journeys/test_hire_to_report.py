"""The main story, once through all three services: a hire becomes a survey, a mail, an answer and a figure."""

from urllib.parse import urlsplit

import httpx

from deploy.demonstration.browser import Browser
from deploy.demonstration.doors import Doors
from tests.journeys.people import answers_to, bring, invitations_to, open_forms
from tests.journeys.season import HIRE_TO_REPORT, Season
from tests.journeys.state import CAMPAIGN, at_rest, figures
from tests.journeys.system import System


async def test_a_hire_in_the_second_snapshot_becomes_a_mail_an_answer_and_a_figure(
    system: System, season: Season
) -> None:
    expected = season.expected(HIRE_TO_REPORT)
    baseline, second = season.uploads(HIRE_TO_REPORT)
    async with Doors.of(system.places) as doors:
        assert await bring(doors, baseline) == "applied"
        assert {hire for hire in await doors.hires() if hire[1] == HIRE_TO_REPORT} == set()

        assert await bring(doors, second) == "applied"
        assert {hire for hire in await doors.hires() if hire[1] == HIRE_TO_REPORT} == expected.found

        invitations = await invitations_to(system, doors, expected.people)
        asked_about_several = max(invitations, key=lambda each: each.completers)
        assert asked_about_several.completers > 1, "one mail for several completers"
        await at_rest(system)
        before = (await figures(system))["state"]

        async with httpx.AsyncClient() as client:
            browser = Browser(client)
            sitting = await browser.open(asked_about_several.link)
            assert len(open_forms(sitting)) == asked_about_several.completers
            page = await browser.open(open_forms(sitting)[0])
            form = page.form_to(urlsplit(page.url).path)
            receipt = await browser.press(page, form, answers_to(form, 1), ("action", "send"))
            assert receipt.url.endswith("/receipt")

        await at_rest(system)
        after = (await figures(system))["state"]
        assert after["issued"] == before["issued"] >= expected.surveys
        assert after["answered"] == before["answered"] + 1

        shown = await system.ask("analytics", f"/campaigns/{CAMPAIGN}", accept="text/html")
        assert f">{after['answered']}<" in shown.text
