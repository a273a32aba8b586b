"""Ids that follow from facts."""

from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import NAMESPACE, derived

FACTS = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]))


@given(FACTS, st.lists(FACTS))
def test_an_id_is_the_uuid_of_version_five_of_its_facts(kind: str, facts: list[str]) -> None:
    assert derived(kind, *facts) == str(uuid5(NAMESPACE, "\x1f".join((kind, *facts))))


@pytest.mark.parametrize("facts", [("a\x1fb",), ("a", "\x1f")])
def test_a_fact_cannot_pass_for_two(facts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="unit separator"):
        derived("thing", *facts)
