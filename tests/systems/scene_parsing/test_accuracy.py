"""Figures of an evaluation: known answers, and what absent labels must not do."""

import sys

import numpy as np
import pandas as pd
import pytest

from components.systems.scene_parsing.accuracy import (
    OTHER,
    agreement,
    attributes_told,
    boundary_f1,
    iou_by_label,
    label_metrics,
)
from components.systems.scene_parsing.detection import Detections
from components.systems.scene_parsing.truths import UNKNOWN
from components.systems.scene_parsing.types import Mask, Region
from data.errors import UserError
from data.images.runs import runs_of

LABELS = ("background", "hat", "shoe", "sofa")


def figures(pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    examples = pd.DataFrame([agreement(true, found, LABELS) for true, found in pairs])
    return {name: metric.value(examples) for name, metric in label_metrics(LABELS).items()}


def test_absent_labels_do_not_count_as_perfect() -> None:
    """Two of four labels occur and half of one is missed: labels that are nowhere must not lift the mean."""
    true = np.array([[0, 0, 1, 1]])
    found = np.array([[0, 0, 0, 1]])
    assert figures([(true, found)]) == pytest.approx(
        {"mean_iou": (2 / 3 + 1 / 2) / 2, "foreground_iou": 1 / 2, "pixel_accuracy": 3 / 4}
    )


def test_absent_labels_do_not_count_as_missed() -> None:
    """A Dice over absent classes gives .655 on a perfect answer; ours is 1."""
    true = np.array([[0, 0, 1, 1]])
    assert set(figures([(true, true)]).values()) == {1.0}


def test_a_label_found_where_it_is_nowhere_counts_as_wrong() -> None:
    true, found = np.array([[0, 0, 0, 0]]), np.array([[0, 0, 0, 2]])
    assert figures([(true, found)])["mean_iou"] == pytest.approx((3 / 4 + 0) / 2)


def test_pixels_add_up_over_pictures() -> None:
    large, small = np.ones((1, 98), int), np.array([[1, 1]])
    found = figures([(large, large), (small, np.zeros_like(small))])
    assert found["foreground_iou"] == pytest.approx(0.98)


def test_unknown_truth_is_passed_over_and_unknown_answers_are_wrong() -> None:
    true, found = np.array([[1, 1, UNKNOWN, 2]]), np.array([[1, OTHER, 3, 2]])
    counts = agreement(true, found, LABELS)
    assert (counts["right"], counts["pixels"]) == (2, 3)
    assert counts["union_sofa"] == 0
    assert iou_by_label(pd.DataFrame([counts]), LABELS) == {"hat": 0.5, "shoe": 1.0}


def test_boundaries_may_be_off_by_little() -> None:
    true = np.zeros((100, 100), int)
    true[:, 50:] = 1
    near, far = np.roll(true, 1, axis=1), np.roll(true, 20, axis=1)
    near[:, 0] = far[:, :20] = 0
    assert boundary_f1(true, true) == 1
    assert boundary_f1(true, near) == 1
    assert boundary_f1(true, far) == 0
    assert boundary_f1(true, np.zeros_like(true)) == 0
    assert boundary_f1(np.zeros_like(true), np.zeros_like(true)) == 1


def region(value_HW: np.ndarray, label: str, score: float) -> Region:
    y, x = np.nonzero(value_HW)
    box = (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)
    mask = Mask(size=value_HW.shape, counts=tuple(runs_of(value_HW == 1)))
    return Region(label=label, score=score, box=box, area_px=len(x), value=1, mask=mask, attributes={})


def test_average_precision_of_regions() -> None:
    """Of two hats one is found; a shoe is found where there is none; three quarters of the hat are found."""
    place_HW = np.zeros((40, 40), int)
    place_HW[0:8, 0:8], place_HW[20:28, 20:28] = 1, 2
    hat, shoe = (np.zeros((40, 40), np.uint8) for _ in range(2))
    hat[0:6, 0:8], shoe[30:34, 0:9] = 1, 1
    detections = Detections(("hat", "shoe"))
    detections.add(place_HW, ["hat", "hat"], [region(hat, "hat", 0.9), region(shoe, "shoe", 0.8)])
    found = {name: scalar.value for name, scalar in detections.precision().items()}
    half = 51 / 101  # precision 1 up to a recall of a half, at COCO's 101 recalls
    assert found["box_map_50"] == pytest.approx(half, abs=0.01)
    assert found["mask_map_50"] == pytest.approx(half, abs=0.01)
    assert found["box_map"] == pytest.approx(half * 6 / 10, abs=0.01)  # an IoU of .75 counts up to its threshold


def test_nothing_found_is_no_precision() -> None:
    detections = Detections(("hat",))
    detections.add(np.ones((4, 4), int), ["hat"], [])
    assert {scalar.value for scalar in detections.precision().values()} == {0.0}


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    with pytest.raises(UserError, match=r"pip install 'corkboard\[parsing\]'"):
        Detections(LABELS)


def test_attributes_are_told_of_the_regions_that_were_found() -> None:
    place_HW = np.zeros((4, 12), int)
    place_HW[:, 0:4], place_HW[:, 4:8], place_HW[:, 8:12] = 1, 2, 3
    value_HW = place_HW.copy()
    value_HW[:, 10:] = 0  # half of the third is no majority
    true = [{"colour": "red", "pattern": "dots"}, {"colour": "blue"}, {"colour": "red"}]
    found = [{"colour": "red"}, {"colour": "green"}, {"colour": "red"}]
    assert attributes_told(place_HW, true, value_HW, found) == {("colour", True): 1, ("colour", False): 1}
    assert not attributes_told(place_HW, true, np.zeros_like(value_HW), [])
