"""A service as a process: its two ports, its signals, its exit status, and one clear sentence when it cannot start."""

import errno
import gc
import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from shared.errors import Misconfigured, PrepBridgeError
from shared.life import Life
from shared.settings import ServiceSettings

FAILED = 1
"""The exit status of a process that could not start or could not go on; after a stop in good order it is 0."""


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve the application until told to stop, and its metrics on their own port. SystemExit if it fails."""
    life: Life = app.state.life
    door = _listening(settings, "http_port")
    _serve_metrics(app, settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=int(settings.shutdown_seconds / 3) or 1,
    )
    server = _Server(config, life, settings.shutdown_seconds)
    collect_garbage_seldom()
    life.on_failure = lambda: signal.raise_signal(signal.SIGTERM)
    # uvicorn raises the signal again when it has stopped; a stop that was asked for is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        server.run(sockets=[door])
    except SystemExit:
        refuse_to_run(_in_words(life.failure))
    if life.failure is not None:
        refuse_to_run(_in_words(life.failure))


def collect_garbage_seldom() -> None:
    """What is loaded by now stays; the rest is mostly freed without the collector, which took a third of our time.

    A batch of five hundred events holds 50,000 objects while it is worked on: the collector has to leave it alone.
    What each setting gained is in docs/performance.md.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)


def refuse_to_run(sentence: str) -> NoReturn:
    """End the process with one sentence on stderr and a status that is not zero."""
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(FAILED)


class _Server(uvicorn.Server):
    """Closes the door as soon as it is told to stop, and does not let the stopping take for ever."""

    def __init__(self, config: uvicorn.Config, life: Life, shutdown_seconds: float) -> None:
        super().__init__(config)
        self._life = life
        self._shutdown_seconds = shutdown_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._life.close_door()
        # A blocked event loop could not end itself; a thread can. Whatever is lost by that is done again.
        last_resort = threading.Timer(2 * self._shutdown_seconds, os._exit, (FAILED,))
        last_resort.daemon = True
        last_resort.start()
        super().handle_exit(sig, frame)


def _listening(settings: ServiceSettings, port_field: str) -> socket.socket:
    address = (settings.http_host, int(getattr(settings, port_field)))
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        raise _no_port(settings, port_field, error) from None
    listener.set_inheritable(True)
    return listener


def _serve_metrics(app: FastAPI, settings: ServiceSettings) -> None:
    try:
        start_http_server(settings.metrics_port, settings.http_host, registry=app.state.registry)
    except OSError as error:
        raise _no_port(settings, "metrics_port", error) from None


def _no_port(settings: ServiceSettings, port_field: str, error: OSError) -> Misconfigured:
    where = f"port {getattr(settings, port_field)} on {settings.http_host}"
    variable = settings.variable(port_field)
    if error.errno == errno.EADDRINUSE:
        return Misconfigured(f"Something else listens on {where}: stop it, or set {variable} to another port.")
    return Misconfigured(f"Cannot listen on {where} ({error.strerror}): see {variable}.")


def _in_words(failure: BaseException | str | None) -> str:
    if isinstance(failure, PrepBridgeError):
        return str(failure)
    if isinstance(failure, str):
        return f"The loop {failure!r} could not be revived; the log says why."
    return f"The service could not start ({type(failure).__name__}); the log says why."
