"""Requests over keep-alive connections, as fast as they are answered or at a fixed rate.

A client of its own, as small as can be: on two cores a client library would be measured, not the server.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from tests.bench.figures import Pace, Waits
from tests.bench.ground import in_a_loop

END_OF_HEAD = b"\r\n\r\n"


@dataclass
class Answers:
    """What came back: how fast in all, how long each took, and how often which status."""

    pace: Pace
    waits: Waits
    statuses: Counter[int] = field(default_factory=Counter)


def load(port: int, requests: Sequence[bytes], connections: int, rate: float | None = None) -> Answers:
    """Send each request once. With a rate, a wait begins when its request was due, not when a connection was free."""
    return in_a_loop(_load(port, requests, connections, rate))


async def _load(port: int, requests: Sequence[bytes], connections: int, rate: float | None) -> Answers:
    due = deque((number / rate if rate else 0.0, request) for number, request in enumerate(requests))
    waits: list[float] = []
    statuses: Counter[int] = Counter()
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    began = perf_counter()

    async def send_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while due:
            after, request = due.popleft()
            start = perf_counter()
            if rate:
                start = began + after
                await asyncio.sleep(max(0.0, start - perf_counter()))
            writer.write(request)
            statuses[await _status(reader)] += 1
            waits.append(perf_counter() - start)
        writer.close()

    async with asyncio.TaskGroup() as tasks:
        for reader, writer in lines:
            tasks.create_task(send_over(reader, writer))
    return Answers(Pace(len(waits), perf_counter() - began), Waits(tuple(waits)), statuses)


async def _status(reader: asyncio.StreamReader) -> int:
    """Of one answer, which is read to its end."""
    head = await reader.readuntil(END_OF_HEAD)
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and int(value):
            await reader.readexactly(int(value))
    return int(head[9:12])
