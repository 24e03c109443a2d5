"""The training step and the validation of visual search, for the shared loop.

Legend: N pictures, S side in pixels, D dimensions, C categories.
"""

from typing import Any

import lightning as L
import torch
from torch import Tensor
from torch.nn import functional as F
from torchmetrics.classification import MulticlassAccuracy
from torchvision.transforms import v2

from components.learning.losses import cut_cross_entropy, supervised_contrastive
from components.learning.optimizer import one_cycle_adamw
from components.systems.visual_search.config import Config
from components.systems.visual_search.network import EmbeddingNetwork

__all__ = ["MONITOR", "VisualSearchTask"]

MONITOR = "validation/score"


class VisualSearchTask(L.LightningModule):
    """Joint cross-entropy and metric learning; validated by top-1 accuracy and recall@1 among the validation items."""

    def __init__(self, config: Config, categories: int) -> None:
        super().__init__()
        self.config = config
        self.network = EmbeddingNetwork(config.network, categories)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.cutmix = v2.CutMix(num_classes=categories)
        self.accuracy = MulticlassAccuracy(categories, average="micro")
        self.embeddings: list[Tensor] = []
        self.labels: list[Tensor] = []

    def forward(self, pixels_N3SS: Tensor) -> tuple[Tensor, Tensor]:
        return self.network(pixels_N3SS)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:  # noqa: ARG002
        pixels_N3SS, label_N = batch
        loss = self.config.loss
        if loss.cutmix and torch.rand(()).item() < loss.cutmix:
            mixed_N3SS, target_NC = self.cutmix(pixels_N3SS, label_N)
            _, logits_NC = self.network(mixed_N3SS)
            total = cut_cross_entropy(logits_NC, target_NC, loss.label_smoothing)
        else:
            embedding_ND, logits_NC = self.network(pixels_N3SS)
            total = F.cross_entropy(logits_NC, label_N, label_smoothing=loss.label_smoothing)
            if loss.metric == "supervised_contrastive":
                total = total + loss.metric_weight * supervised_contrastive(embedding_ND, label_N, loss.temperature)
        self.log("train/loss", total.detach(), on_step=False, on_epoch=True, batch_size=len(label_N))
        return total

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:  # noqa: ARG002
        pixels_N3SS, label_N = batch
        embedding_ND, logits_NC = self.network(pixels_N3SS)
        self.accuracy.update(logits_NC, label_N)
        self.embeddings.append(embedding_ND)
        self.labels.append(label_N)
        self.log("validation/loss", F.cross_entropy(logits_NC, label_N), batch_size=len(label_N))

    def on_validation_epoch_end(self) -> None:
        embedding_ND, label_N = torch.cat(self.embeddings), torch.cat(self.labels)
        self.embeddings.clear()
        self.labels.clear()
        similarity_NN = embedding_ND @ embedding_ND.T
        nearest_N = similarity_NN.fill_diagonal_(-2.0).argmax(dim=1)
        recall = (label_N[nearest_N] == label_N).float().mean()
        top_1 = self.accuracy.compute()
        self.accuracy.reset()
        self.log_dict({"validation/top_1": top_1, "validation/recall_at_1": recall, MONITOR: (top_1 + recall) / 2})

    def configure_optimizers(self) -> Any:
        steps = int(self.trainer.estimated_stepping_batches)
        return one_cycle_adamw(self.network, self.config.training, steps)
