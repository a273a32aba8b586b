"""Who waits because the broker refuses, for how long, and that the waiting list stays short."""

from shared.quarantine import FIRST_WAIT, LONGEST_WAIT, MOST_KEYS, Held, Quarantine


def test_a_key_waits_longer_each_time_and_others_do_not() -> None:
    held = Quarantine(jitter=lambda: 1.0)
    waits = []
    for _ in range(10):
        waits.append(held.hold("t", "a", now=100.0))
        assert held.holds("t", "a")
        assert not held.holds("t", "b")
        assert not held.holds("u", "a")
        assert not held.release(100.0 + waits[-1] - 0.1)
        assert held.release(100.0 + waits[-1])
        assert not held.holds("t", "a")
    assert waits[:2] == [FIRST_WAIT, 2 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT


def test_what_is_accepted_is_forgotten_and_what_is_only_tried_again_is_not() -> None:
    held = Quarantine()
    held.hold("t", "a", now=0.0)
    held.hold("t", None, now=0.0)
    assert held.release(LONGEST_WAIT)
    assert len(held) == 2
    held.accepted("t", "b")
    assert len(held) == 1
    held.accepted("t", "a")
    assert len(held) == 0


def test_a_topic_of_too_many_refused_keys_waits_as_a_whole() -> None:
    held = Quarantine()
    for number in range(MOST_KEYS + 1):
        held.hold("t", f"{number}", now=0.0)
    assert len(held) == 1
    assert held.holds("t", "any other")
    assert held.unheld() == {"$nor": [{"topic": "t"}]}


def test_nothing_is_asked_of_the_database_when_nothing_waits() -> None:
    assert Quarantine().unheld() == {}


def test_what_waits_is_told_with_its_reason_and_when_it_is_tried_again() -> None:
    held = Quarantine(jitter=lambda: 1.0)
    held.hold("t", "a", 100.0, "too large")
    held.hold("u", None, 100.0, "no such topic")
    assert held.held(101.0) == [
        Held("t", "a", "too large", FIRST_WAIT - 1),
        Held("u", None, "no such topic", FIRST_WAIT - 1),
    ]
    assert held.held(200.0)[0].seconds == 0.0
