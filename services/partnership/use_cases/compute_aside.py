"""Compute for seconds or minutes without holding up everybody else."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from shared.supervise import Heartbeat

Given = ParamSpec("Given")
Found = TypeVar("Found")
LOOK_EVERY = 5.0


async def compute_aside(
    alive: Heartbeat, compute: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
) -> Found:
    """In a thread of its own; DuckDB, which does most of it, leaves the interpreter to others meanwhile."""
    computing = asyncio.ensure_future(asyncio.to_thread(compute, *args, **kwargs))
    while not computing.done():
        alive()
        await asyncio.wait({computing}, timeout=LOOK_EVERY)
    return computing.result()
