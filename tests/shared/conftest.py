"""A broker for the tests of the platform."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.broker import Broker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for the session, of the kind that PREPBRIDGE_BROKER names."""
    kind = os.environ.get("PREPBRIDGE_BROKER", "auto")
    server = Broker.start(Path(tmp_path_factory.mktemp("broker")), kind=kind)  # type: ignore[arg-type]
    yield server
    server.stop()
