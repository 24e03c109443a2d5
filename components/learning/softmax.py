"""Softmax cross-entropy over a whole catalogue of items, or over a sample of it.

Legend: M predictions, K targets of a prediction, N items, S sampled candidates, D dimensions.
"""

from typing import Any

import torch
from torch import Tensor

__all__ = ["full_softmax", "sampled_softmax"]

ROWS = 1024  # predictions whose scores against all items are in memory at once
LEAST = 1e-38  # probability below which the loss, but not its gradient, is cut off


class _FullSoftmax(torch.autograd.Function):
    """The gradient is made beside the loss, block by block, so that no (M, N) array of scores has to be kept."""

    @staticmethod
    def forward(ctx: Any, hidden_MD: Tensor, item_ND: Tensor, target_MK: Tensor, weight_MK: Tensor) -> Tensor:
        low = torch.bfloat16 if torch.is_autocast_enabled(hidden_MD.device.type) else hidden_MD.dtype
        low_ND = item_ND.to(low)
        gradient_MD = torch.empty_like(hidden_MD)
        gradient_ND = torch.zeros_like(item_ND)
        total = hidden_MD.new_zeros((), dtype=torch.float32)
        for start in range(0, len(hidden_MD), ROWS):
            rows = slice(start, start + ROWS)
            block_MD, target, weight = hidden_MD[rows].to(low), target_MK[rows], weight_MK[rows].float()
            probability_MN = torch.softmax(block_MD @ low_ND.T, dim=1)
            chosen_MK = probability_MN.gather(1, target).float()
            total -= (weight * chosen_MK.clamp(min=LEAST).log()).sum()
            probability_MN *= weight.sum(1, keepdim=True).to(low)
            flat_MK = torch.arange(len(target), device=target.device)[:, None] * len(item_ND) + target
            # a hundred times as quick as scatter_add_, which copies its whole input
            probability_MN.view(-1).index_add_(0, flat_MK.flatten(), -weight.flatten().to(low))
            gradient_MD[rows] = probability_MN @ low_ND
            gradient_ND += probability_MN.T @ block_MD
        ctx.save_for_backward(gradient_MD, gradient_ND)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        gradient_MD, gradient_ND = ctx.saved_tensors
        return gradient_MD * gradient, gradient_ND * gradient, None, None


def full_softmax(hidden_MD: Tensor, item_ND: Tensor, target_MK: Tensor, weight_MK: Tensor) -> Tensor:
    """Cross-entropy of the scores `hidden_MD @ item_ND.T`, summed over predictions; scalar.

    target_MK: item rows. weight_MK: of each target; a weight of 0 stands for no target.
    Under autocast the scores are bfloat16. Gradients of gradients are not available.
    """
    return _FullSoftmax.apply(hidden_MD, item_ND, target_MK, weight_MK)


def sampled_softmax(
    hidden_MD: Tensor,
    item_ND: Tensor,
    target_MK: Tensor,
    weight_MK: Tensor,
    frequency_N: Tensor,
    negatives: int,
) -> Tensor:
    """Cross-entropy against the batch's own targets and `negatives` uniform items, with logQ correction; scalar.

    frequency_N: each item's share of all targets, by which it becomes another prediction's negative.
    A candidate's score is lowered by the logarithm of how often it is expected among the candidates; where it is the
    prediction's own target it counts once, as the target.
    Source: Bengio and Senécal 2008; Yi et al. 2019; PinnerFormer (arXiv 2205.04507), section 3.3.
    """
    items = len(item_ND)
    batch_S = target_MK[weight_MK > 0]
    uniform_S = torch.randint(items, (negatives,), device=hidden_MD.device)
    candidate_S = torch.cat([batch_S, uniform_S])
    log_expected_N = (len(batch_S) * frequency_N + negatives / items).log()
    score_MS = hidden_MD @ item_ND[candidate_S].T - log_expected_N[candidate_S]
    total = hidden_MD.new_zeros((), dtype=torch.float32)
    for target_M, weight_M in zip(target_MK.unbind(1), weight_MK.unbind(1), strict=True):
        own_M = (hidden_MD * item_ND[target_M]).sum(1) - log_expected_N[target_M]
        others_MS = score_MS.masked_fill(candidate_S[None] == target_M[:, None], float("-inf"))
        log_normaliser_M = torch.logaddexp(own_M.float(), others_MS.float().logsumexp(dim=1))
        total = total + (weight_M * (log_normaliser_M - own_M)).sum()
    return total
