"""Ports for servers that are to be started: many are asked for before the first of them is used."""

import pytest

from deploy.local import process


def test_no_port_is_given_twice_though_nobody_listens_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_PORTS", (31_000, 31_040))
    given = [process.free_port() for _ in range(25)]
    assert len(set(given)) == 25
