"""Fill in the blank: how questions are drawn, and what counts as right."""

import numpy as np
import pytest

from components.systems.shop_the_look.blanks import drawn, drawn_alike, right
from tests.outfits import outfits


def test_wrong_candidates_are_of_other_outfits() -> None:
    looks = outfits(*[(0, 1, 2)] * 20)
    row_MJ = drawn(looks, 4, np.random.default_rng(0))
    assert row_MJ.shape == (60, 4)
    assert row_MJ[:, 0].tolist() == list(range(60))
    assert (looks.outfit_M[row_MJ[:, 1:]] != looks.outfit_M[:, None]).all()
    assert (row_MJ == drawn(looks, 4, np.random.default_rng(0))).all()
    assert (row_MJ != drawn(looks, 4, np.random.default_rng(1))).any()


def test_harder_ones_are_of_the_same_category_and_not_of_the_outfit() -> None:
    looks = outfits((0, 1), (0, 2))
    looks.item_M[:] = ["hat-1", "shoe-1", "hat-2", ""]
    items_of = {"hat": np.array([f"hat-{number}" for number in range(1, 7)]), "shoe": np.array(["shoe-1", "shoe-2"])}
    questions = drawn_alike(looks, items_of, 4, np.random.default_rng(0))
    assert questions.keys() == {0, 2}  # too few shoes, and a skirt that is no item
    assert questions[0][0] == "hat-1"
    assert len(set(questions[0])) == 4
    assert set(questions[0]) <= set(items_of["hat"].tolist())


def test_ties_count_as_their_share() -> None:
    score_MJ = np.array([[2.0, 1, 0, 0], [1, 2, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]])
    assert right(score_MJ) == pytest.approx([1, 0, 1 / 2, 1 / 4])
