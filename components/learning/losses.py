"""Losses that systems share.

Legend: N examples, D dimensions, C classes.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["cut_cross_entropy", "supervised_contrastive"]


def supervised_contrastive(embedding_ND: Tensor, label_N: Tensor, temperature: float) -> Tensor:
    """Pull examples of one label together against all others of the batch; scalar.

    embedding_ND: unit vectors. Anchors without a positive in the batch do not count; without any, the loss is 0.
    Source: Khosla et al. 2020 (arXiv 2004.11362), equation 2 (the sum outside the logarithm).
    """
    itself_NN = torch.eye(len(label_N), dtype=torch.bool, device=label_N.device)
    similarity_NN = (embedding_ND @ embedding_ND.T / temperature).masked_fill(itself_NN, float("-inf"))
    positive_NN = (label_N[:, None] == label_N[None, :]) & ~itself_NN
    log_probability_NN = similarity_NN.log_softmax(dim=1).masked_fill(~positive_NN, 0.0)
    positives_N = positive_NN.sum(dim=1)
    anchor_N = positives_N > 0
    if not bool(anchor_N.any()):
        return embedding_ND.sum() * 0.0
    return -(log_probability_NN.sum(dim=1)[anchor_N] / positives_N[anchor_N]).mean()


def cut_cross_entropy(logits_NC: Tensor, target_NC: Tensor, label_smoothing: float) -> Tensor:
    """Cross-entropy against the mixed labels of CutMix (arXiv 1905.04899), equation 1; scalar."""
    classes = logits_NC.shape[1]
    smoothed_NC = target_NC * (1 - label_smoothing) + label_smoothing / classes
    return F.cross_entropy(logits_NC, smoothed_NC)
