"""Creates the topics: `prepbridge topics create`, or `python -m deploy.kafka.topics create` in the image."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from shared.brokers import topics_in
from shared.kafka import create_topics

TOPICS = Path(__file__).parent / "topics.yml"

topics_app = typer.Typer(no_args_is_help=True, add_completion=False, help="The topics of deploy/kafka/topics.yml.")


@topics_app.callback()
def _topics() -> None:
    """Keeps `create` a command of its own, also while it is the only one."""


@topics_app.command("create")
def create(
    bootstrap: Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="Kafka brokers, host:port.")],
    replicas: Annotated[
        int | None, typer.Option(min=1, max=9, help="Copies of each partition; the file's own: 1.")
    ] = None,
    file: Annotated[Path, typer.Option(help="The topics.")] = TOPICS,
) -> None:
    """Create the topics that are not there yet; the others stay as they are."""
    topics = [replace(topic, replicas=replicas or topic.replicas) for topic in topics_in(file)]
    asyncio.run(create_topics(bootstrap, topics))
    typer.echo(f"{len(topics)} topics are there.")


if __name__ == "__main__":
    topics_app()
