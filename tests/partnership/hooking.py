"""Webhooks in tests: subscribe, ask, and wait until a delivery has come so far."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.partnership.receiver import Receiver
from tests.partnership.working import Working
from tests.running import signed_in

HIRED, AMENDED = "partnership.completer_hired.v1", "partnership.hire_amended.v1"
ELSEWHERE = "00490000"
HOOKS = "/v1/webhooks"


async def subscribe(
    partnership: Working, receiver: Receiver, who: dict[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    body = {"url": receiver.url, **changes}
    answer = await partnership.client.post(HOOKS, json=body, headers=who or partnership.as_district())
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


async def asked(partnership: Working, path: str, who: dict[str, str] | None = None, **body: Any) -> Any:
    answer = await partnership.client.post(f"{HOOKS}/{path}", json=body, headers=who or partnership.as_district())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def deliveries(partnership: Working, webhook: dict[str, Any], state: str = "") -> list[dict[str, Any]]:
    path = f"{HOOKS}/{webhook['webhook_id']}/deliveries"
    params = {"state": state} if state else {}
    answer = await partnership.client.get(path, params=params, headers=signed_in(partnership.app, "operator"))
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def until(partnership: Working, is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(2_000):
        if await is_so():
            return
        await partnership.kafka.until_grown(0.02)
    raise AssertionError("It did not become so.")


async def until_state(partnership: Working, webhook: dict[str, Any], state: str, count: int = 1) -> None:
    async def is_so() -> bool:
        return len(await deliveries(partnership, webhook, state)) >= count

    await until(partnership, is_so)


async def until_tried(partnership: Working, webhook: dict[str, Any], times: int) -> dict[str, Any]:
    """The one delivery, after so many attempts whose outcome is noted."""

    async def is_so() -> bool:
        found = await deliveries(partnership, webhook)
        return bool(found) and len(found[0]["tries"]) >= times

    await until(partnership, is_so)
    (delivery,) = await deliveries(partnership, webhook)
    return delivery
