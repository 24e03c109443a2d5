"""AdamW without decay on gains and biases, under a one-cycle schedule."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from components.learning.config import TrainingConfig

__all__ = ["one_cycle_adamw"]

LEAST_STEPS = 8  # below this the schedule's two halves have no room


def one_cycle_adamw(
    model: nn.Module, config: TrainingConfig, steps: int, rates: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """The optimiser and its schedule over `steps` steps, as Lightning takes them.

    rates: parameter to a factor of its learning rate; 1 for those that are left out.
    Source: Smith and Topin 2017 (arXiv 1708.07120); Loshchilov and Hutter 2017 (arXiv 1711.05101).
    """
    trained = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in trained.items():
        groups.setdefault(((rates or {}).get(name, 1.0), parameter.ndim > 1), []).append(parameter)
    order = sorted(groups, reverse=True)
    steps = max(steps, LEAST_STEPS)
    optimizer = torch.optim.AdamW(
        [{"params": groups[key], "weight_decay": config.weight_decay if key[1] else 0.0} for key in order],
        lr=config.learning_rate,
        betas=(0.9, 0.99),
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [config.learning_rate * factor for factor, _ in order],
        total_steps=steps,
        pct_start=max(config.warmup_share, 2 / steps),
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
