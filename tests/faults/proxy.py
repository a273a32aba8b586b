"""A TCP proxy on loopback that spoils the network on demand, also of connections that are open already.

It forwards from an event loop in a thread of its own, so it goes on while a test blocks. Servers advertise its ports.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeVar
from weakref import WeakSet

from deploy.local.process import free_port

CHUNK = 64 * 1024
AT_ONCE_SECONDS = 10.0
RST = struct.pack("ii", 1, 0)
"""SO_LINGER on and zero: closing sends a reset."""

Result = TypeVar("Result")


class Loss(Enum):
    """What becomes of bytes on their way."""

    NONE = auto()
    HELD = auto()
    """Nothing arrives and nobody is told; what was sent arrives late, when the network is back (as TCP sends again)."""
    HALF_OPEN = auto()
    """One end is gone and the other does not know: bytes go nowhere, and a reset follows when the network is back."""
    CUT_SHORT = auto()
    """A few bytes of the next answer, then a reset at both ends; new connections as well."""


@dataclass(frozen=True)
class Weather:
    """What a connection is exposed to. Seconds, each way; `slice_bytes`: the largest piece that arrives at once.

    `only`: connections whose first bytes hold one of these words; an empty one says all. The first bytes of a MongoDB
    driver hold its application's name, those of a Kafka client its client id.
    """

    latency: float = 0.0
    jitter: float = 0.0
    bytes_per_second: float = 0.0
    slice_bytes: int = CHUNK
    loss: Loss = Loss.NONE
    only: Sequence[bytes] = ()

    def hits(self, opening: bytes) -> bool:
        return not self.only or any(word in opening for word in self.only)


FAIR = Weather()


@dataclass(eq=False)
class _Connection:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    opening: bytes = b""
    is_lost: bool = False
    ways: list["asyncio.Task[None]"] = field(default_factory=list)

    def ends(self) -> tuple[asyncio.StreamWriter, asyncio.StreamWriter]:
        return self.client, self.server


@dataclass
class _Shared:
    """What belongs to the thread: nothing else touches it."""

    weather: Weather = FAIR
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[_Connection] = field(default_factory=set)
    transports: "WeakSet[asyncio.WriteTransport]" = field(default_factory=WeakSet)
    """Of all that was ever connected and may still have something to send."""
    listener: socket.socket | None = None
    served: set["asyncio.Task[None]"] = field(default_factory=set)


class Proxy:
    """Listens on `port` for `target`, a port on 127.0.0.1; `target` may be changed, for connections to come."""

    def __init__(self, port: int, target: int, seed: int = 1) -> None:
        self.port = port
        self.target = target
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy {port}", daemon=True)
        self._inside = _Shared()

    @classmethod
    def start(cls, target: int, port: int | None = None) -> "Proxy":
        """In fair weather; without a port on a free one."""
        proxy = cls(port or free_port(), target)
        proxy._thread.start()
        proxy.listen()
        return proxy

    def stop(self) -> None:
        self.refuse()
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(AT_ONCE_SECONDS)
        self._loop.close()

    def expose(self, weather: Weather) -> None:
        """From now on; open connections too. CUT_SHORT and HALF_OPEN end those that they have hit with a reset."""
        self._run(self._expose(weather))

    def heal(self) -> None:
        """Fair weather, and somebody listens."""
        self.expose(FAIR)
        self.listen()

    def listen(self) -> None:
        self._run(self._listen())

    def refuse(self) -> None:
        """Nobody listens: new connections are refused; open ones stay."""
        self._run(self._close())

    def reset(self) -> None:
        """Every open connection ends with a reset, now."""
        self._run(self._reset())

    def open_connections(self, word: bytes = b"") -> int:
        """How many there are whose first bytes hold `word`."""

        async def count() -> int:
            return sum(word in each.opening for each in self._inside.connections)

        return self._run(count())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(AT_ONCE_SECONDS)

    async def _expose(self, weather: Weather) -> None:
        inside = self._inside
        inside.weather = weather
        inside.changed.set()
        inside.changed = asyncio.Event()
        for connection in [each for each in inside.connections if each.is_lost]:
            _reset(connection)
        if weather.loss is Loss.HALF_OPEN:
            for connection in [each for each in inside.connections if weather.hits(each.opening)]:
                connection.is_lost = True
                _abort(connection.server)

    async def _listen(self) -> None:
        """Not with asyncio's server: whom it lets in while it is closed it forgets, and leaves open."""
        if self._inside.listener is None:
            self._inside.listener = socket.create_server(("127.0.0.1", self.port))
            self._inside.listener.setblocking(False)
            self._loop.add_reader(self._inside.listener, self._let_in, self._inside.listener)

    def _let_in(self, listener: socket.socket) -> None:
        with suppress(OSError):  # Who hung up before.
            caller, _ = listener.accept()
            caller.setblocking(False)
            serving = self._loop.create_task(self._serve(caller))
            self._inside.served.add(serving)
            serving.add_done_callback(self._inside.served.discard)

    async def _close(self) -> None:
        if self._inside.listener is not None:
            self._loop.remove_reader(self._inside.listener)
            self._inside.listener.close()
            self._inside.listener = None

    async def _reset(self) -> None:
        for connection in list(self._inside.connections):
            _reset(connection)

    async def _end(self) -> None:
        """Who has just been let in is served by a task that begins later: until there is none."""
        await self._reset()
        for way in [way for connection in self._inside.connections for way in connection.ways]:
            way.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(AT_ONCE_SECONDS / 2):
                while rest := asyncio.all_tasks() - {asyncio.current_task()}:
                    await asyncio.wait(rest)
        for transport in list(self._inside.transports):
            transport.abort()
        for _ in range(3):  # What was closed is let go of a little later.
            await asyncio.sleep(0)

    async def _serve(self, caller: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=caller, limit=CHUNK)
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target, limit=CHUNK)
        except OSError:
            _abort(writer)
            return
        if self._inside.listener is None:  # It was let in while nobody listened any more.
            _abort(writer)
            _abort(server)
            return
        connection = _Connection(writer, server)
        self._inside.connections.add(connection)
        for end in connection.ends():
            self._inside.transports.add(end.transport)
        for end in connection.ends():
            with suppress(OSError):  # Whoever called may have hung up meanwhile: reading will tell.
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.ways = [
            asyncio.create_task(self._carry(connection, reader, server, is_answer=False)),
            asyncio.create_task(self._carry(connection, answers, writer, is_answer=True)),
        ]
        try:
            await asyncio.wait(connection.ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for way in connection.ways:
                way.cancel()
            await asyncio.gather(*connection.ways, return_exceptions=True)
            self._inside.connections.discard(connection)
            for end in connection.ends():
                end.close()

    async def _carry(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        """One way, until its end; ConnectionError ends the other way too."""
        while chunk := await reader.read(CHUNK):
            if not connection.opening and not is_answer:
                connection.opening = chunk
            await self._deliver(connection, chunk, writer, is_answer=is_answer)
        await self._until_it_arrives(connection)
        with suppress(OSError):
            writer.write_eof()

    async def _deliver(
        self, connection: _Connection, chunk: bytes, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while chunk:
            await self._until_it_arrives(connection)
            weather = self._weather_of(connection)
            if weather.loss is Loss.CUT_SHORT and is_answer:
                writer.write(chunk[: min(4, len(chunk) // 2)])
                _reset(connection)
                raise ConnectionResetError
            piece, chunk = chunk[: weather.slice_bytes], chunk[weather.slice_bytes :]
            delay = weather.latency + weather.jitter * self._chance.random()
            if weather.bytes_per_second:
                delay += len(piece) / weather.bytes_per_second
            if delay:
                await asyncio.sleep(delay)
                await self._until_it_arrives(connection)
            writer.write(piece)
            await writer.drain()

    async def _until_it_arrives(self, connection: _Connection) -> None:
        """Return when bytes may pass; never for a connection whose other end is gone."""
        while (weather := self._weather_of(connection)).loss in (Loss.HELD, Loss.HALF_OPEN):
            connection.is_lost = connection.is_lost or weather.loss is Loss.HALF_OPEN
            await self._inside.changed.wait()

    def _weather_of(self, connection: _Connection) -> Weather:
        weather = self._inside.weather
        return weather if weather.hits(connection.opening) else FAIR


def _reset(connection: _Connection) -> None:
    for end in connection.ends():
        _abort(end)


def _abort(end: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
    transport: Any = end.transport
    transport.abort()
