"""Losses over pixels that rare and absent labels do not mislead.

Legend: N pictures, L labels, V values of an attribute, H height, W width, h and w in cells, P pixels.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from components.systems.scene_parsing.truths import UNKNOWN

__all__ = ["centre_loss", "label_weights", "lovasz", "mean_cross_entropy", "pixel_cross_entropy"]


PEAK_WEIGHT = 20.0  # peaks cover few of the cells


def label_weights(count_L: np.ndarray, most: float) -> np.ndarray:
    """Weights of labels from their numbers of pixels: the root of the median over the count, within 1 / most to most.

    Source: median frequency balancing (Eigen and Fergus, arXiv 1411.4734, section 6.3.2), softened and bounded.
    """
    seen_L = count_L > 0
    weight_L = np.full(len(count_L), 1.0)
    weight_L[seen_L] = np.sqrt(np.median(count_L[seen_L]) / count_L[seen_L])
    return np.asarray(weight_L.clip(1 / most, most))


def pixel_cross_entropy(logits_NLHW: Tensor, label_NHW: Tensor, weight_L: Tensor) -> Tensor:
    """The mean over the pixels whose label is known, by the weights of the labels; 0 without any."""
    known_NHW = label_NHW != UNKNOWN
    total = weight_L[label_NHW.clamp(min=0)][known_NHW].sum()
    loss = F.cross_entropy(logits_NLHW, label_NHW, weight_L, ignore_index=UNKNOWN, reduction="sum")
    return loss / total.clamp(min=1e-6)


def mean_cross_entropy(logits_NVhw: Tensor, value_Nhw: Tensor) -> Tensor:
    """The mean over the cells whose value is known; 0 without any."""
    loss = F.cross_entropy(logits_NVhw, value_Nhw, ignore_index=UNKNOWN, reduction="sum")
    return loss / (value_Nhw != UNKNOWN).sum().clamp(min=1)


def centre_loss(found_N3hw: Tensor, centre_N3hw: Tensor, inside_Nhw: Tensor) -> Tensor:
    """Squared error of the peaks, weighted, and absolute error of the ways of the cells `inside` a region.

    Source: Panoptic-DeepLab (Cheng et al. 2020, arXiv 1911.10194), section 3.2, with weights for maps of fewer cells.
    """
    peaks = (found_N3hw[:, 0] - centre_N3hw[:, 0]).square().mean()
    ways_N2hw = (found_N3hw[:, 1:] - centre_N3hw[:, 1:]).abs() * inside_Nhw[:, None]
    return PEAK_WEIGHT * peaks + ways_N2hw.sum() / inside_Nhw.sum().clamp(min=1)


def lovasz(logits_NLHW: Tensor, label_NHW: Tensor) -> Tensor:
    """The Lovász extension of 1 - IoU, the mean over the labels that the batch has; 0 without any.

    Labels that are absent do not count: predicted nowhere they would be perfect, and their gradient is noise.
    Source: Berman et al. 2018 (arXiv 1705.08790), equations 8, 9 and 11, "present" classes.
    """
    known_P = label_NHW.flatten() != UNKNOWN
    label_P = label_NHW.flatten()[known_P]
    probability_LP = logits_NLHW.float().softmax(1).transpose(0, 1).flatten(1)[:, known_P]
    losses = []
    for label in label_P.unique().tolist():
        true_P = (label_P == label).float()
        error_P, order_P = (true_P - probability_LP[label]).abs().sort(descending=True)
        losses.append(error_P @ _gradient(true_P[order_P]))
    return torch.stack(losses).mean() if losses else logits_NLHW.sum() * 0.0


def _gradient(true_P: Tensor) -> Tensor:
    """What each pixel adds to 1 - IoU as errors are added in order; algorithm 1 of the paper."""
    total = true_P.sum()
    jaccard_P = 1 - (total - true_P.cumsum(0)) / (total + (1 - true_P).cumsum(0))
    return torch.cat([jaccard_P[:1], jaccard_P[1:] - jaccard_P[:-1]])
