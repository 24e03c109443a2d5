"""The softmax losses against torch's own cross-entropy."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from components.learning.softmax import full_softmax, sampled_softmax

ITEMS, DIM, ROWS = 40, 6, 1500  # more rows than are held in memory at once
BATCH = 8


def _drawn(targets: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    hidden_MD = torch.randn(ROWS, DIM, generator=generator).requires_grad_()
    item_ND = torch.randn(ITEMS, DIM, generator=generator).requires_grad_()
    target_MK = torch.randint(0, ITEMS, (ROWS, targets), generator=generator)
    weight_MK = torch.rand(ROWS, targets, generator=generator) * (torch.rand(ROWS, targets, generator=generator) > 0.3)
    return hidden_MD, item_ND, target_MK, weight_MK


@pytest.mark.parametrize("targets", [1, 3])
def test_full_softmax_and_its_gradients_are_those_of_cross_entropy(targets: int) -> None:
    hidden_MD, item_ND, target_MK, weight_MK = _drawn(targets)
    target_MK[7] = 5  # the same target several times in a row
    logits_MN = hidden_MD @ item_ND.T
    losses = [F.cross_entropy(logits_MN, target_MK[:, k], reduction="none") * weight_MK[:, k] for k in range(targets)]
    expected = torch.stack(losses).sum() * 2
    wanted = torch.autograd.grad(expected, (hidden_MD, item_ND))
    got = full_softmax(hidden_MD, item_ND, target_MK, weight_MK) * 2
    assert got.item() == pytest.approx(expected.item(), rel=1e-5)
    for left, right in zip(torch.autograd.grad(got, (hidden_MD, item_ND)), wanted, strict=True):
        assert torch.allclose(left, right, atol=1e-3)


def test_in_bfloat16_it_stays_near() -> None:
    hidden_MD, item_ND, target_MK, weight_MK = _drawn(1)
    exact = full_softmax(hidden_MD, item_ND, target_MK, weight_MK)
    with torch.autocast("cpu", torch.bfloat16):
        rough = full_softmax(hidden_MD, item_ND, target_MK, weight_MK)
    assert rough.item() != exact.item()
    assert rough.item() == pytest.approx(exact.item(), rel=0.01)
    left, right = (torch.autograd.grad(loss, item_ND)[0] for loss in (rough, exact))
    assert F.cosine_similarity(left.flatten(), right.flatten(), dim=0) > 0.999


def _learned(frequency_N: torch.Tensor, corrected: bool) -> torch.Tensor:
    """Scores of items that sampled softmax learns for one context whose next item follows `frequency_N`."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    score_N1 = torch.zeros(len(frequency_N), 1, requires_grad=True)
    hidden_M1, weight_M1 = torch.ones(BATCH, 1), torch.ones(BATCH, 1)
    optimizer = torch.optim.Adam([score_N1], lr=0.01)
    believed_N = frequency_N if corrected else torch.full_like(frequency_N, 1 / len(frequency_N))
    for _ in range(1500):
        target_M1 = torch.from_numpy(generator.choice(len(frequency_N), (BATCH, 1), p=frequency_N.numpy()))
        loss = sampled_softmax(hidden_M1, score_N1, target_M1, weight_M1, believed_N, 8)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return score_N1.detach()[:, 0]


def test_with_the_logq_correction_sampled_softmax_learns_the_true_odds_and_without_it_does_not() -> None:
    """A slope of 1 against the logarithm of the true frequency; popular negatives flatten it where not corrected."""
    frequency_N = 1 / torch.arange(1, 61, dtype=torch.float64)
    frequency_N /= frequency_N.sum()
    corrected, naive = (np.polyfit(frequency_N.log(), _learned(frequency_N, kind), 1)[0] for kind in (True, False))
    assert corrected == pytest.approx(1, abs=0.15)
    assert naive < 0.6
