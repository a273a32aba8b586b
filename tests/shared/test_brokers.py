"""Each broker's traits are told once, and topics come from one file."""

from pathlib import Path

import pytest

from shared.brokers import TRAITS, TopicSpec, topics_in
from shared.errors import Misconfigured
from shared.events import REGISTER
from shared.events.documents import TOPICS_FILE


def test_every_event_has_a_topic_that_will_be_made() -> None:
    assert {event.topic for event in REGISTER.values()} <= {topic.name for topic in topics_in(TOPICS_FILE)}


def test_every_service_has_a_topic_for_what_it_parks() -> None:
    made = {topic.name for topic in topics_in(TOPICS_FILE)}
    assert {f"prepbridge.{service}.parked" for service in ("partnership", "survey", "analytics")} <= made


def test_a_topic_is_read_with_its_settings_as_text(tmp_path: Path) -> None:
    written = tmp_path / "topics.yml"
    written.write_text("topics: [{name: a, partitions: 3, config: {retention.ms: -1}}, {name: b, partitions: 1}]")
    assert topics_in(written) == [TopicSpec("a", 3, {"retention.ms": "-1"}), TopicSpec("b", 1)]


@pytest.mark.parametrize("content", ["", "topics: 3", "topics: [{name: a}]", "topics: [{partitions: 3}]", "{", "[]"])
def test_a_file_that_lists_no_topics_is_refused_by_name(tmp_path: Path, content: str) -> None:
    written = tmp_path / "topics.yml"
    written.write_text(content)
    with pytest.raises(Misconfigured, match=r"topics\.yml"):
        topics_in(written)


def test_a_heartbeat_fits_three_times_into_a_session() -> None:
    for traits in TRAITS.values():
        for setting in (traits, traits.brisk()):
            assert setting.heartbeat_interval_ms * 3 <= setting.session_timeout_ms
