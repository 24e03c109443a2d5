"""Team-draft interleaving: both take turns, and the ranking with better items at the top wins."""

import numpy as np

from components.ranking.interleaving import preferred, team_draft
from data.world.pages import clicks


def test_both_take_turns_and_no_item_comes_twice() -> None:
    for seed in range(20):
        page, of_one_K = team_draft(list("abcdef"), list("badxyz"), 6, np.random.default_rng(seed))
        assert len(set(page)) == len(page) == 6
        assert of_one_K.sum() == 3
        assert of_one_K[0::2].tolist() == (~of_one_K[1::2]).tolist()


def test_a_list_that_ends_leaves_its_places_to_the_other() -> None:
    page, of_one_K = team_draft(["a"], ["a", "b", "c"], 10, np.random.default_rng(0))
    assert page == ["a", "b", "c"]
    assert not of_one_K[1:].any()


def test_the_better_ranking_wins_and_equal_ones_tie() -> None:
    grades = {item: 3 * (item < "f") for item in "abcdefghij"}

    def click(page: list[str], rng: np.random.Generator) -> np.ndarray:
        return clicks(np.array([grades[item] for item in page]), rng)

    better, worse = sorted(grades), sorted(grades, reverse=True)
    wins, pages = preferred(better, worse, click, 4, 500, np.random.default_rng(1))
    assert wins / pages > 0.7
    wins, pages = preferred(better, better, click, 4, 500, np.random.default_rng(1))
    assert 0.4 < wins / pages < 0.6
