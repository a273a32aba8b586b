"""Long work says how far it has come, also while what it prints is captured."""

import sys
from collections.abc import Callable

import pytest

Tell = Callable[[str], None]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Writes a line to the terminal at once."""
    capturing = request.config.pluginmanager.get_plugin("capturemanager")
    assert capturing is not None

    def write(line: str) -> None:
        with capturing.global_and_fixture_disabled():
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    return write
