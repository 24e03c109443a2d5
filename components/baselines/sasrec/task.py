"""The training step and the validation of SASRec, for the shared loop.

Legend: B histories, L positions, D dimensions, N items.
"""

from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from components.baselines.sasrec.config import SasRecConfig
from components.baselines.sasrec.network import SasRec
from components.baselines.sasrec.scoring import score
from components.baselines.sasrec.sequences import Batch
from components.ranking import masked, ndcg_at, recall_at

__all__ = ["MONITOR", "SasRecTask"]

MONITOR = "validation/ndcg_at_10"
K = 10


class SasRecTask(L.LightningModule):
    """Binary cross-entropy of the next item against one negative; validated by NDCG@10 of the full ranking."""

    def __init__(self, config: SasRecConfig, items: int) -> None:
        super().__init__()
        self.config = config
        self.network = SasRec(config, items)
        self.hits: list[np.ndarray] = []
        self.gains: list[np.ndarray] = []

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:  # noqa: ARG002
        inside_BL = torch.arange(batch.item_BL.shape[1], device=self.device)[None] < batch.length_B[:, None]
        state_MD = self.network(batch.item_BL, batch.length_B)[inside_BL]
        wanted_M = (state_MD * self.network.item(batch.target_BL[inside_BL])).sum(dim=-1)
        other_M = (state_MD * self.network.item(batch.negative_BL[inside_BL])).sum(dim=-1)
        loss = (F.softplus(-wanted_M) + F.softplus(other_M)).mean()
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(wanted_M))
        return loss

    def validation_step(self, batch: tuple[list[np.ndarray], np.ndarray], batch_idx: int) -> None:  # noqa: ARG002
        histories, target_B = batch
        score_BN = masked(score(self.network, histories, self.config.max_length), histories)
        score_B1 = np.take_along_axis(score_BN, target_B[:, None], axis=1)
        rank_B = np.count_nonzero(score_BN >= score_B1, axis=1)  # of the full ranking: making top-k lists takes longer
        self.hits.append(recall_at(rank_B, K))
        self.gains.append(ndcg_at(rank_B, K))

    def on_validation_epoch_end(self) -> None:
        figures = {MONITOR: np.concatenate(self.gains).mean(), "validation/hr_at_10": np.concatenate(self.hits).mean()}
        self.log_dict({name: float(value) for name, value in figures.items()})
        self.hits.clear()
        self.gains.clear()

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=self.config.learning_rate, fused=True)
