"""What is written while something is worked on belongs to where that began."""

import asyncio

from shared import context


def test_nothing_is_known_outside() -> None:
    assert context.origin() == context.NOWHERE


def test_the_context_holds_for_a_while_and_is_then_as_before() -> None:
    with context.within("trace", "form-1"):
        with context.within(None, "form-2"):
            assert context.origin() == (None, "form-2", None, None)
        assert context.origin() == ("trace", "form-1", None, None)
    assert context.origin() == context.NOWHERE


async def test_tasks_that_run_side_by_side_do_not_see_each_other() -> None:
    async def work(correlation: str) -> str | None:
        with context.within(None, correlation):
            await asyncio.sleep(0)
            return context.origin().correlation_id

    assert list(await asyncio.gather(work("a"), work("b"))) == ["a", "b"]
