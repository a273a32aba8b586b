"""The committed topics: all that the design names, with what a key's order and an erasure depend on."""

from pathlib import Path

from shared.brokers import topics_in

TOPICS = {topic.name: topic for topic in topics_in(Path("deploy/kafka/topics.yml"))}


def test_every_topic_of_the_design_is_there_with_its_parking_places() -> None:
    assert set(TOPICS) == {
        *(f"prepbridge.{name}" for name in ("organizations", "people", "hires", "partnerships", "surveys")),
        *(f"prepbridge.{service}.parked" for service in ("partnership", "survey", "analytics")),
    }


def test_facts_are_kept_for_ever_and_state_is_compacted() -> None:
    for name in ("hires", "partnerships", "surveys"):
        assert TOPICS[f"prepbridge.{name}"].config["retention.ms"] == "-1"
    for name in ("organizations", "people"):
        assert TOPICS[f"prepbridge.{name}"].config["cleanup.policy"] == "compact"


def test_a_person_who_is_erased_is_gone_from_disk_within_days_not_some_day() -> None:
    assert int(TOPICS["prepbridge.people"].config["max.compaction.lag.ms"]) <= 7 * 24 * 3600 * 1000


def test_parked_records_are_kept_for_ninety_days_and_may_be_larger_than_what_they_park() -> None:
    parked = TOPICS["prepbridge.survey.parked"].config
    assert int(parked["retention.ms"]) == 90 * 24 * 3600 * 1000
    assert int(parked["max.message.bytes"]) > int(TOPICS["prepbridge.hires"].config["max.message.bytes"])
