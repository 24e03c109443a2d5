"""Walks: they go where the edges lead, in the shares that the edges say, with the edges of today."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from components.walks.csr import CSR
from components.walks.settings import WalksConfig
from components.walks.walks import Walks
from data.errors import UserError

# boards by items: the first two boards share item 1; item 4 is on none
MATRIX = csr_array(np.array([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0]], np.float32))
ONES = np.ones(5, np.float32)


def walks(**settings: float) -> Walks:
    config = WalksConfig(**{"restart": 1.0, "visits": 40_000, "popularity": 0.0, "boost": 1.0} | settings)  # type: ignore[arg-type]
    return Walks(CSR.of(csr_array(MATRIX.T.tocsr())), CSR.of(MATRIX.copy()), config)


def test_visits_come_in_the_shares_of_the_paths() -> None:
    score = walks(enough=10**9).scores(np.array([1]), ONES)
    assert score / score.sum() == pytest.approx([0.25, 0.5, 0.25, 0, 0], abs=0.02)
    assert score.sum() == pytest.approx(40_000, abs=16)


def test_an_item_without_boards_and_no_items_reach_nothing() -> None:
    assert not walks().scores(np.array([4]), ONES).any()
    assert not walks().scores(np.array([], np.int64), ONES).any()


def test_equal_seeds_walk_alike() -> None:
    assert np.array_equal(walks().scores(np.array([0, 1]), ONES), walks().scores(np.array([0, 1]), ONES))


def test_what_several_items_reach_counts_more_with_a_boost() -> None:
    plain, boosted = (walks(boost=boost, enough=10**9).scores(np.array([0, 2]), ONES) for boost in (1.0, 0.5))
    assert boosted[1] / boosted[0] > plain[1] / plain[0] * 0.5
    assert boosted[1] == pytest.approx(2 * np.sqrt(plain[1] / 2), rel=0.05)


def test_walks_stop_early_once_enough_was_visited() -> None:
    few = walks(enough=2, visited=3).scores(np.array([1]), ONES)
    assert 0 < few.sum() < 200


def test_edges_of_today_are_walked_without_building_anew() -> None:
    # a new board 3 has item 4 and a new item 5
    item_E, board_E = np.array([4, 5]), np.array([3, 3])
    today = replace(walks(), today=CSR.between(item_E, board_E, 6), today_boards=CSR.between(board_E, item_E, 4))
    score = today.scores(np.array([4]), np.ones(6, np.float32))
    assert score / score.sum() == pytest.approx([0, 0, 0, 0, 0.5, 0.5], abs=0.02)
    assert today.degrees().tolist() == [1, 2, 1, 1, 1, 1]


def test_damaged_edges_are_refused() -> None:
    good = CSR.of(MATRIX.copy())
    assert good.checked(3, 5, Path("here")) is good
    for bad in (CSR(good.start[:-1], good.index_E), CSR(good.start, good.index_E + np.uint32(9))):
        with pytest.raises(UserError, match="damaged"):
            bad.checked(3, 5, Path("here"))
