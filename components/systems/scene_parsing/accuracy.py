"""How well an answer agrees with the truth, in counts that add up over pictures: pixels, boundaries, attributes.

Legend: H height and W width of a picture in pixels, P pixels, L labels.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from components.metrics import MeanIou, Metric, Ratio
from components.systems.scene_parsing.truths import UNKNOWN

__all__ = ["OTHER", "agreement", "attributes_told", "boundary_f1", "iou_by_label", "label_metrics"]

OTHER = -2  # a label of the bundle that the data lacks: wrong wherever the truth is known
NEAR = 0.0075  # of the diagonal: how far a boundary may be off
LEAST_IOU = 0.5  # of a found region with the true one whose attributes it tells


def agreement(true_HW: np.ndarray, found_HW: np.ndarray, labels: Sequence[str]) -> dict[str, int]:
    """Pixels that agree, in all and by label, of those whose label is known.

    true_HW: numbers in `labels`, or `UNKNOWN`. found_HW: likewise, or `OTHER`.
    """
    known_HW = true_HW != UNKNOWN
    true_P, found_P = true_HW[known_HW], found_HW[known_HW]
    count = len(labels)
    shared_L = np.bincount(true_P[true_P == found_P], minlength=count)
    union_L = np.bincount(true_P, minlength=count) + np.bincount(found_P[found_P >= 0], minlength=count) - shared_L
    counts = {"right": int(shared_L.sum()), "pixels": len(true_P)}
    for label, shared, union in zip(labels, shared_L.tolist(), union_L.tolist(), strict=True):
        counts |= {f"shared_{label}": shared, f"union_{label}": union}
    return counts


def label_metrics(labels: Sequence[str], prefix: str = "") -> dict[str, Metric]:
    """By name: IoU meaned over all labels and over all but the background, and the share of pixels that are right.

    A label that is neither there nor found does not count. prefix: of the columns, as `agreement` names them.
    """
    shared, union = ([f"{prefix}{kind}_{label}" for label in labels] for kind in ("shared", "union"))
    iou, right = MeanIou(intersections=tuple(shared), unions=tuple(union)), f"{prefix}right"
    return {
        "mean_iou": Metric(name="mean_iou", statistic=iou, direction="higher"),
        "foreground_iou": Metric(
            name="foreground_iou",
            statistic=MeanIou(intersections=tuple(shared[1:]), unions=tuple(union[1:])),
            direction="higher",
        ),
        "pixel_accuracy": Metric(
            name="pixel_accuracy",
            statistic=Ratio(numerator=right, denominator=f"{prefix}pixels"),
            direction="higher",
        ),
    }


def iou_by_label(examples: Any, labels: Sequence[str]) -> dict[str, float]:
    """The IoU of each label that is there or found in the pictures of the frame `examples`."""
    sums = {label: (examples[f"shared_{label}"].sum(), examples[f"union_{label}"].sum()) for label in labels}
    return {label: float(shared / union) for label, (shared, union) in sums.items() if union}


def attributes_told(
    place_HW: np.ndarray, true: Sequence[Mapping[str, str]], value_HW: np.ndarray, found: Sequence[Mapping[str, str]]
) -> Counter[tuple[str, bool]]:
    """How often each attribute was told of a true region rightly and wrongly.

    place_HW, value_HW: numbers of the true and of the found regions from 1, whose attributes are `true` and `found`. A
    found region tells of a true one if their masks' IoU is over `LEAST_IOU`.
    """
    told: Counter[tuple[str, bool]] = Counter()
    area_P = np.bincount(value_HW.ravel(), minlength=len(found) + 1)
    for place, attributes in enumerate(true, start=1):
        shared_P = np.bincount(value_HW[place_HW == place], minlength=len(found) + 1)
        best = int(shared_P[1:].argmax()) + 1 if found else 0
        union = int(shared_P.sum()) + int(area_P[best]) - int(shared_P[best])
        if best and shared_P[best] > LEAST_IOU * union:
            names = attributes.keys() & found[best - 1].keys()
            told.update((name, attributes[name] == found[best - 1][name]) for name in names)
    return told


def boundary_f1(true_HW: np.ndarray, found_HW: np.ndarray) -> float:
    """F1 of the boundaries between labels, which may be off by `NEAR` of the diagonal; 1 where neither has any.

    Source: Csurka et al. 2013 (What is a good evaluation measure for semantic segmentation?), section 3.
    """
    reach = max(round(NEAR * float(np.hypot(*true_HW.shape))), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    true, found = _boundary(true_HW), _boundary(found_HW)
    if not true.any() and not found.any():
        return 1.0
    precision, recall = _covered(found, cv2.dilate(true, disc)), _covered(true, cv2.dilate(found, disc))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _boundary(label_HW: np.ndarray) -> np.ndarray:
    """1 where the label below or to the right is another."""
    edge_HW = np.zeros(label_HW.shape, np.uint8)
    edge_HW[:-1] |= label_HW[1:] != label_HW[:-1]
    edge_HW[:, :-1] |= label_HW[:, 1:] != label_HW[:, :-1]
    return edge_HW


def _covered(edge_HW: np.ndarray, by_HW: np.ndarray) -> float:
    total = int(edge_HW.sum())
    return float((edge_HW & by_HW).sum()) / total if total else 0.0
