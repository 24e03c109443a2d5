"""Traits: groups of people by words or thirds of numbers, and who is unknown stays in."""

import pytest

from components.traits import traits_of
from data.errors import UserError


def test_numbers_are_cut_into_thirds_and_nobody_is_dropped() -> None:
    people = [{"visits": str(count), "new": str(count % 2)} for count in range(12)] + [{}]
    found = traits_of(people, ("visits", "new"))
    assert found["visits"] == [*["lowest third"] * 4, *["middle third"] * 4, *["highest third"] * 4, "unknown"]
    assert found["new"] == [*["0", "1"] * 6, "unknown"]
    assert traits_of(people, ("visits",), codes=("visits",))["visits"][:3] == ["0", "1", "2"]
    with pytest.raises(UserError, match=r"nobody has the trait 'region'"):
        traits_of(people, ("region",))
