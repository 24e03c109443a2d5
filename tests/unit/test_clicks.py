"""Clicks of a log with position bias: what places do is told apart from what items do."""

from pathlib import Path

import numpy as np
import pytest

from components.ranking.clicks import ClickRates, propensities
from data.errors import UserError
from data.world.pages import examined, show


def test_the_chance_of_a_look_is_found_again_from_clicks() -> None:
    grade_QI = np.random.default_rng(0).integers(0, 4, (40, 60))
    seen = show(1, grade_QI, 6000)
    pair_PK = seen.query_P[:, None] * 60 + seen.item_PK
    pair_N = np.unique(pair_PK, return_inverse=True)[1].ravel()
    place_N = np.tile(np.arange(10), 6000)
    found_K = propensities(pair_N, place_N, seen.clicked_PK.ravel())
    np.testing.assert_allclose(found_K, examined(10), atol=0.08)


def test_an_item_clicked_from_below_is_worth_more_than_one_clicked_from_the_top() -> None:
    pages = 400
    rng = np.random.default_rng(2)
    texts, items, places, clicks = [], [], [], []
    for _ in range(pages):
        order = ["top", "low"] if rng.random() < 0.8 else ["low", "top"]
        for place, (item, look) in enumerate(zip(order, (1.0, 0.3), strict=True), 1):
            texts.append(" Red  DRESS")
            items.append(item)
            places.append(place)
            clicks.append(rng.random() < look * {"top": 0.3, "low": 0.6}[item])
    rates = ClickRates.of(texts, items, np.array(places), np.array(clicks))
    (top, low, unseen), (_, _, elsewhere) = rates.columns("red dress", ["top", "low", "never"])
    assert low > 1.5 * top
    assert np.mean(np.array(clicks)[np.array(items) == "low"]) < 1.5 * np.mean(
        np.array(clicks)[np.array(items) == "top"]
    )
    assert rates.liked("Red dress", 5) == ["low"]
    assert unseen == elsewhere == rates.mean
    assert rates.columns("another text", ["low"])[0] == [rates.mean]


def test_rates_are_kept_whole_or_refused(tmp_path: Path) -> None:
    rates = ClickRates.of(["a", "a"], ["x", "y"], np.array([1, 2]), np.array([True, False]))
    rates.save(tmp_path)
    assert ClickRates.load(tmp_path).columns("A", ["x", "y"]) == rates.columns("a", ["x", "y"])
    with pytest.raises(UserError, match=r"no whole clicks\.json"):
        ClickRates.load(tmp_path / "elsewhere")
