"""The network that a test spoils: each kind of weather does to a connection what it says, and healing undoes it."""

import asyncio
import gc
import socket
import threading
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from deploy.local.process import free_port
from tests.faults.proxy import AT_ONCE_SECONDS, RST, Loss, Proxy, Weather
from tests.journeys.system import until

SHORTLY = 0.3
"""Longer than an answer takes, by far."""
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that answers each line with the same line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(line)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        server.close()
        while visits := asyncio.all_tasks() - {asyncio.current_task()}:  # Who has just been let in begins a new one.
            await asyncio.gather(*visits)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    started = Proxy.start(echo)
    yield started
    started.stop()


@pytest.fixture
async def stream(proxy: Proxy) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said((reader, writer), b"hello\n") == b"hello\n"
    yield reader, writer
    writer.close()


async def said(stream: Stream, line: bytes) -> bytes:
    stream[1].write(line)
    return await stream[0].readline()


async def silence_after(stream: Stream, line: bytes) -> bool:
    stream[1].write(line)
    try:
        async with asyncio.timeout(SHORTLY):
            return not await stream[0].readline()
    except TimeoutError:
        return True


async def test_latency_holds_up_an_open_connection_both_ways(proxy: Proxy, stream: Stream) -> None:
    proxy.expose(Weather(latency=0.1))
    began = time.monotonic()
    assert await said(stream, b"slow\n") == b"slow\n"
    assert time.monotonic() - began >= 0.2


async def test_a_narrow_line_takes_its_time_for_each_byte(proxy: Proxy, stream: Stream) -> None:
    proxy.expose(Weather(bytes_per_second=10_000))
    began = time.monotonic()
    assert len(await said(stream, b"x" * 1_999 + b"\n")) == 2_000
    assert time.monotonic() - began >= 0.4


async def test_what_is_sliced_arrives_whole(proxy: Proxy, stream: Stream) -> None:
    proxy.expose(Weather(slice_bytes=3))
    assert await said(stream, b"piece by piece\n") == b"piece by piece\n"


async def test_what_a_black_hole_took_arrives_late(proxy: Proxy, stream: Stream) -> None:
    proxy.expose(Weather(loss=Loss.HELD))
    assert await silence_after(stream, b"late\n")
    proxy.heal()
    assert await stream[0].readline() == b"late\n"


async def test_a_half_open_connection_says_nothing_and_is_reset_when_the_network_is_back(
    proxy: Proxy, stream: Stream
) -> None:
    proxy.expose(Weather(loss=Loss.HALF_OPEN))
    assert await silence_after(stream, b"lost\n")
    proxy.heal()
    with pytest.raises(ConnectionResetError):
        await stream[0].readline()


async def test_an_answer_is_cut_short_by_a_reset(proxy: Proxy, stream: Stream) -> None:
    proxy.expose(Weather(loss=Loss.CUT_SHORT))
    stream[1].write(b"an answer of some length\n")
    with pytest.raises(ConnectionResetError):
        await stream[0].read()


async def test_weather_for_some_leaves_the_others_alone(proxy: Proxy, stream: Stream) -> None:
    other = await asyncio.open_connection("127.0.0.1", proxy.port)
    proxy.expose(Weather(loss=Loss.HELD, only=[b"survey"]))
    assert await said(stream, b"nobody cares\n") == b"nobody cares\n"
    assert await silence_after(other, b"i am survey\n")
    other[1].close()


async def test_a_proxy_that_refuses_keeps_what_is_open_and_takes_nothing_new(proxy: Proxy, stream: Stream) -> None:
    proxy.refuse()
    assert await said(stream, b"still here\n") == b"still here\n"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", proxy.port)
    proxy.heal()
    later = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(later, b"open again\n") == b"open again\n"
    later[1].close()


def test_a_proxy_forwards_while_the_test_blocks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = Proxy.start(server.getsockname()[1])
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
            client.sendall(b"meanwhile")
            server.settimeout(10)
            with server.accept()[0] as accepted:
                assert accepted.recv(20) == b"meanwhile"
        proxy.stop()


async def test_who_hangs_up_at_once_leaves_nothing_open(proxy: Proxy) -> None:
    """A reset before the other end was reached. Those who come after them are served after them."""
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
    last = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(last, b"here\n") == b"here\n"

    async def only_the_last_is_there() -> bool:
        return proxy.open_connections() == 1

    await until(only_the_last_is_there, seconds=AT_ONCE_SECONDS, what="those who hung up to be let go of")
    last[1].close()


def test_who_calls_while_the_proxy_ends_leaves_nothing_open() -> None:
    nobody = free_port()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(15):
            proxy = Proxy.start(nobody)
            is_over = threading.Event()
            callers = [threading.Thread(target=call, args=(proxy.port, is_over)) for _ in range(4)]
            for caller in callers:
                caller.start()
            proxy.stop()
            is_over.set()
            for caller in callers:
                caller.join()
        gc.collect()
    assert [str(each.message) for each in told] == []


def call(port: int, is_over: threading.Event) -> None:
    """Again and again, and hang up at once."""
    while not is_over.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0) as caller:
            caller.sendall(b"x")
