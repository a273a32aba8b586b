"""When an export was made: said with a zone, without one, in the future, or illegibly."""

import pytest

from tests.conftest import SetClock
from tests.partnership.working import FEED, Working, staff_of


async def sent(partnership: Working, observed_at: str, *, on_the_page: bool = False) -> tuple[int, str]:
    """Status, and what a person or a machine reads."""
    headers = partnership.as_district()
    files = {"file": ("staff.zip", staff_of().getvalue(), "application/zip")}
    if on_the_page:
        answer = await partnership.client.post(
            f"/feeds/{FEED}/snapshots",
            files=files,
            data={"observed_at": observed_at},
            headers={"accept": "text/html", **headers},
        )
    else:
        answer = await partnership.client.post(
            f"/v1/feeds/{FEED}/snapshots", files=files, params={"observed_at": observed_at}, headers=headers
        )
    return answer.status_code, answer.text


@pytest.mark.parametrize("on_the_page", [False, True])
@pytest.mark.parametrize(
    ("observed_at", "told"),
    [
        ("2027-04-05T09:36:00Z", "This observation time lies in the future."),
        ("2032-01-01", "This observation time lies in the future."),
        ("yesterday", "The observation time cannot be read."),
        ("0001-01-01T00:00:00+14:00", "The observation time cannot be read."),
    ],
)
async def test_a_time_that_cannot_be_is_refused_in_words(
    partnership: Working, observed_at: str, told: str, on_the_page: bool
) -> None:
    status, text = await sent(partnership, observed_at, on_the_page=on_the_page)
    assert (status, told in text) == (422, True)
    assert await partnership.wired.staff.count_of(FEED) == {}


async def test_clocks_may_differ_by_minutes(partnership: Working, clock: SetClock) -> None:
    assert (await sent(partnership, "2027-04-05T09:34:00Z"))[0] == 200


async def test_a_time_without_a_zone_is_the_districts(partnership: Working) -> None:
    assert (await sent(partnership, "2027-04-05 05:00"))[0] == 200
    (run,) = (await partnership.client.get(f"/v1/feeds/{FEED}/runs", headers=partnership.as_district())).json()
    assert run["observed_at"] == "2027-04-05T09:00:00Z"
