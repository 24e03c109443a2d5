"""Losses that absent and rare labels do not mislead, and the maps they compare."""

import numpy as np
import pytest
import torch

from components.systems.scene_parsing.losses import (
    centre_loss,
    label_weights,
    lovasz,
    mean_cross_entropy,
    pixel_cross_entropy,
)
from components.systems.scene_parsing.truths import UNKNOWN


def sure(label_NHW: torch.Tensor, labels: int) -> torch.Tensor:
    """Logits that are certain of `label_NHW`."""
    return 40.0 * torch.nn.functional.one_hot(label_NHW.clamp(min=0), labels).movedim(-1, 1).float()


def test_a_perfect_answer_costs_nothing_whatever_is_absent() -> None:
    """A Dice over all labels would give a perfect answer without most of them a loss well above 0."""
    label_NHW = torch.randint(0, 2, (2, 8, 8), generator=torch.Generator().manual_seed(0))
    assert lovasz(sure(label_NHW, 20), label_NHW).item() == pytest.approx(0, abs=1e-6)
    assert pixel_cross_entropy(sure(label_NHW, 20), label_NHW, torch.ones(20)).item() == pytest.approx(0, abs=1e-6)


def test_the_extension_is_one_minus_the_iou_where_answers_are_certain() -> None:
    label_NHW = torch.tensor([[[0, 0, 0, 1, 1, 1]]])
    found_NHW = torch.tensor([[[0, 0, 1, 1, 1, 2]]])
    ious = (2 / 3, 2 / 4)  # of labels 0 and 1; label 2 is not there
    assert lovasz(sure(found_NHW, 3), label_NHW).item() == pytest.approx(1 - sum(ious) / 2, abs=1e-5)


def test_unknown_pixels_do_not_count() -> None:
    label_NHW = torch.tensor([[[0, 1, UNKNOWN, UNKNOWN]]])
    logits = sure(torch.tensor([[[0, 1, 0, 1]]]), 2)
    other = sure(torch.tensor([[[0, 1, 1, 0]]]), 2)
    assert lovasz(logits, label_NHW) == lovasz(other, label_NHW)
    weight_L = torch.tensor([1.0, 3.0])
    assert pixel_cross_entropy(logits, label_NHW, weight_L) == pixel_cross_entropy(other, label_NHW, weight_L)
    nothing = torch.full_like(label_NHW, UNKNOWN)
    for loss in (lovasz(logits, nothing), pixel_cross_entropy(logits, nothing, weight_L)):
        assert loss.item() == 0
    assert mean_cross_entropy(logits, nothing).item() == 0


def test_weights_are_roots_of_frequencies_within_bounds() -> None:
    weight_L = label_weights(np.array([100_000, 400, 100, 25, 1, 0]), 4.0)
    assert weight_L.tolist() == [0.25, 0.5, 1.0, 2.0, 4.0, 1.0]


def test_a_heavy_label_pulls_more() -> None:
    label_NHW = torch.tensor([[[0, 1]]])
    logits = torch.zeros(1, 2, 1, 2)
    logits[0, 0, 0, 1] = 2.0  # wrong about label 1
    light, heavy = (pixel_cross_entropy(logits, label_NHW, torch.tensor([1.0, weight])) for weight in (1.0, 4.0))
    assert heavy > light


def test_the_way_to_a_centre_counts_inside_regions_only() -> None:
    truth = torch.zeros(1, 3, 2, 2)
    inside = torch.tensor([[[True, False], [False, False]]])
    found = truth.clone()
    found[0, 1:, 1, 1] = 9.0
    assert centre_loss(found, truth, inside).item() == 0
    found[0, 1, 0, 0] = 0.5
    assert centre_loss(found, truth, inside).item() == pytest.approx(0.5)
    found[0, 0, 1, 1] = 1.0
    assert centre_loss(found, truth, inside).item() > 0.5
