"""AdamW without decay on gains and biases, under a one-cycle schedule."""

from typing import Any

import torch
from torch import nn

from components.learning.config import TrainingConfig

__all__ = ["one_cycle_adamw"]

LEAST_STEPS = 8  # below this the schedule's two halves have no room


def one_cycle_adamw(model: nn.Module, config: TrainingConfig, steps: int) -> dict[str, Any]:
    """The optimiser and its schedule over `steps` steps, as Lightning takes them.

    Source: Smith and Topin 2017 (arXiv 1708.07120); Loshchilov and Hutter 2017 (arXiv 1711.05101).
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    steps = max(steps, LEAST_STEPS)
    optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=steps, pct_start=max(config.warmup_share, 2 / steps)
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
