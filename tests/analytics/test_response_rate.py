"""Rates, with intervals that stay between nothing and all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.domain.response_rate import rate


def test_the_interval_is_wilsons() -> None:
    # Newcombe 1998 (Statistics in Medicine 17), table I: 81 of 263 has the score interval 0.2553 to 0.3662.
    found = rate(81, 263)
    assert found.low == pytest.approx(0.2553, abs=5e-5)
    assert found.high == pytest.approx(0.3662, abs=5e-5)
    assert rate(15, 148).low == pytest.approx(0.0624, abs=5e-5)
    assert rate(0, 20).high == pytest.approx(0.1611, abs=5e-5)


def test_without_a_denominator_there_is_no_rate() -> None:
    assert rate(0, 0).share is None


def test_more_than_the_whole_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="some of the whole"):
        rate(3, 2)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_share_lies_in_its_interval(some: int, whole: int) -> None:
    found = rate(min(some, whole), whole)
    assert found.low is not None
    assert found.share is not None
    assert found.high is not None
    assert 0 <= found.low <= found.share <= found.high <= 1
