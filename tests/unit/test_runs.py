"""Run lengths of masks: known answers worked by hand, and those of the COCO API."""

import numpy as np
import pytest

from data.errors import UserError
from data.images.runs import inside_of, runs_of


def test_runs_go_down_the_columns_and_start_with_what_is_outside() -> None:
    assert runs_of(np.array([[0, 1, 1], [0, 1, 0]], bool)) == [2, 3, 1]
    assert runs_of(np.array([[1, 0], [1, 0]], bool)) == [0, 2, 2]
    assert runs_of(np.ones((2, 2), bool)) == [0, 4]
    assert runs_of(np.zeros((2, 2), bool)) == [4]


@pytest.mark.parametrize("seed", range(5))
def test_there_and_back_whatever_columns_are_left_out(seed: int) -> None:
    inside_HW = np.zeros((9, 12), bool)
    inside_HW[:, 2:9] = np.random.default_rng(seed).integers(0, 2, (9, 7))
    assert runs_of(inside_HW[:, 2:9], before=2 * 9, after=3 * 9) == runs_of(inside_HW)
    assert np.array_equal(inside_of(runs_of(inside_HW), 9, 12), inside_HW)


def test_runs_are_those_of_the_coco_api() -> None:
    mask = pytest.importorskip("faster_coco_eval.core.mask")
    inside_HW = np.random.default_rng(0).integers(0, 2, (13, 8)).astype(bool)
    given = {"size": [13, 8], "counts": runs_of(inside_HW)}
    assert mask.frPyObjects(given, 13, 8) == mask.encode(np.asfortranarray(inside_HW.astype(np.uint8)))


@pytest.mark.parametrize(
    ("counts", "size"), [([5], (2, 3)), ([], (2, 3)), ([-1, 7], (2, 3)), ([10**10], (10**5, 10**5))]
)
def test_runs_have_to_fill_their_mask(counts: list[int], size: tuple[int, int]) -> None:
    with pytest.raises(UserError, match=f"a mask of {size[0]} x {size[1]}"):
        inside_of(counts, *size)
