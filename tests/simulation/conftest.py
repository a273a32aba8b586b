"""What the simulation changes for all of its tests: thousands of outages are not logged, and no socket is opened."""

from collections.abc import Iterator

import pytest
import structlog

from shared import mail


@pytest.fixture(autouse=True, scope="package")
def silence() -> Iterator[None]:
    configured = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.configure(**configured)


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated post office takes the place of the SMTP client; afterwards the real one is back."""
    monkeypatch.setattr(mail, "connect", mail.connect)
