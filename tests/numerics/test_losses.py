import numpy as np
import pytest
import torch
from torch.nn import functional as F

from components.learning.losses import cut_cross_entropy, supervised_contrastive


def _slow_supervised_contrastive(z_ND, label_N, temperature):
    """Equation 2 of arXiv 2004.11362, term by term in 64 bits."""
    z_ND, total, anchors = z_ND.double().numpy(), 0.0, 0
    for i in range(len(z_ND)):
        positives = [p for p in range(len(z_ND)) if p != i and label_N[p] == label_N[i]]
        if not positives:
            continue
        others = sum(np.exp(z_ND[i] @ z_ND[a] / temperature) for a in range(len(z_ND)) if a != i)
        total -= sum(np.log(np.exp(z_ND[i] @ z_ND[p] / temperature) / others) for p in positives) / len(positives)
        anchors += 1
    return total / anchors


def test_supervised_contrastive_matches_the_equation():
    z_ND = F.normalize(torch.randn(12, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    label_N = torch.tensor([0, 0, 1, 1, 1, 2, 3, 3, 0, 2, 4, 1])
    loss = supervised_contrastive(z_ND, label_N, 0.1)
    assert loss.item() == pytest.approx(_slow_supervised_contrastive(z_ND, label_N.tolist(), 0.1), rel=1e-5)


def test_supervised_contrastive_without_a_pair_is_zero_and_has_a_gradient():
    z_ND = torch.eye(3, requires_grad=True)
    loss = supervised_contrastive(z_ND, torch.tensor([0, 1, 2]), 0.1)
    loss.backward()
    assert loss.item() == 0
    assert torch.isfinite(z_ND.grad).all()


def test_cut_cross_entropy_of_pure_labels_is_smoothed_cross_entropy():
    logits_NC = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    label_N = torch.tensor([0, 1, 2, 3, 0, 1])
    mixed = cut_cross_entropy(logits_NC, F.one_hot(label_N, 4).float(), 0.1)
    assert mixed.item() == pytest.approx(F.cross_entropy(logits_NC, label_N, label_smoothing=0.1).item(), rel=1e-6)
