"""Regions of a map of labels, and sizes: known answers worked by hand."""

import numpy as np
import pytest

from components.systems.scene_parsing.instances import instances
from components.systems.scene_parsing.parser import MOST_PX, Parsed, answer_size, most_probable
from components.systems.scene_parsing.sizes import CELL_PX, WAY_PX, working_size
from components.systems.scene_parsing.targets import centres


def parsed(label_HW: np.ndarray, probability: float = 0.5, centre_3hw: np.ndarray | None = None) -> Parsed:
    label_HW = label_HW.astype(np.uint8)
    probability_HW = np.full(label_HW.shape, probability, np.float32)
    return Parsed(label_HW, probability_HW, centre_3hw, None, label_HW.shape[1], label_HW.shape[0])


def test_connected_parts_are_regions_by_falling_score() -> None:
    label_HW = np.zeros((6, 8), int)
    label_HW[0:2, 0:3], label_HW[4:6, 5:8], label_HW[1:5, 4:5] = 1, 1, 2
    seen = parsed(label_HW)
    seen.probability_HW[4:6, 5:8] = 0.9
    found, value_HW = instances(seen, 0.0)
    assert [(one.label, one.box, one.pixels) for one in found] == [
        (1, (5, 4, 8, 6), 6),
        (1, (0, 0, 3, 2), 6),
        (2, (4, 1, 5, 5), 4),
    ]
    assert [one.score for one in found] == pytest.approx([0.9, 0.5, 0.5])
    assert value_HW[5, 7] == 1
    assert value_HW[0, 0] == 2
    assert value_HW[1, 4] == 3
    assert value_HW[3, 0] == 0


def test_a_speck_is_nothing() -> None:
    label_HW = np.zeros((10, 10), int)
    label_HW[0:3, 0:3], label_HW[0, 5], label_HW[9, 9] = 1, 1, 2
    found, value_HW = instances(parsed(label_HW), 0.05)
    assert [(one.label, one.box, one.pixels) for one in found] == [(1, (0, 0, 3, 3), 9)]
    assert np.count_nonzero(value_HW) == 9


def test_nothing_is_no_region() -> None:
    found, value_HW = instances(parsed(np.zeros((5, 4), int)), 0.001)
    assert found == []
    assert not value_HW.any()


def test_more_regions_than_numbers_are_cut_to_the_surest() -> None:
    label_HW = np.zeros((40, 40), int)
    label_HW[::2, ::2] = 1  # 400 of a pixel each
    found, value_HW = instances(parsed(label_HW), 0.0)
    assert len(found) == 255
    assert value_HW.max() == 255


def test_centres_part_what_touches_and_join_what_is_parted() -> None:
    """Two things of one label side by side; the right one is cut in two by another thing."""
    place_hw = np.zeros((12, 24), int)
    place_hw[2:10, 0:12], place_hw[2:10, 12:24], place_hw[5:7, 12:24] = 1, 2, 3
    label_of = np.array([0, 1, 1, 2])
    label_HW = label_of[place_hw.repeat(CELL_PX, 0).repeat(CELL_PX, 1)]
    apart, _ = instances(parsed(label_HW), 0.0)
    pointing, value_HW = instances(parsed(label_HW, centre_3hw=centres(place_hw)), 0.0)
    assert sorted(one.label for one in apart) == [1, 2]
    assert sorted((one.label, one.box) for one in pointing) == [
        (1, (0, 8, 48, 40)),
        (1, (48, 8, 96, 40)),
        (2, (48, 20, 96, 28)),
    ]
    assert len(np.unique(value_HW)) == 4


def test_ways_lead_to_the_middle_of_a_region() -> None:
    place_hw = np.zeros((8, 8), int)
    place_hw[2:5, 1:4] = 5
    centre_3hw = centres(place_hw)
    assert np.unravel_index(centre_3hw[0].argmax(), (8, 8)) == (3, 2)
    assert centre_3hw[0, 3, 2] == 1
    assert centre_3hw[1, 4, 3] * WAY_PX == -CELL_PX  # up
    assert centre_3hw[2, 4, 1] * WAY_PX == CELL_PX  # right
    assert not centre_3hw[1:, 0, 0].any()


@pytest.mark.parametrize("size", [(550, 830), (1, 1), (9000, 300), (300, 9000), (5000, 4000), (65_000, 1)])
def test_what_the_network_sees_is_bounded(size: tuple[int, int]) -> None:
    width, height = working_size(*size, 320)
    assert width % CELL_PX == height % CELL_PX == 0
    assert min(width, height) >= CELL_PX
    assert width * height <= 2.2 * 320**2
    assert np.prod(answer_size(*size)) <= 1.1 * MOST_PX
    assert min(answer_size(*size)) >= 1


def test_a_photo_comes_back_whole() -> None:
    assert answer_size(550, 830) == (550, 830)
    assert working_size(550, 830, 320) == (260, 392)


def test_labels_are_interpolated_between_cells() -> None:
    probability_Lhw = np.zeros((3, 1, 2), np.float32)
    probability_Lhw[:, 0, 0], probability_Lhw[:, 0, 1] = (0.9, 0.1, 0.0), (0.1, 0.9, 0.0)
    label_HW, probability_HW = most_probable(probability_Lhw, (8, 2))
    assert label_HW.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]] * 2
    assert probability_HW[0, 0] == pytest.approx(0.9)
    assert probability_HW.min() >= 0.5
