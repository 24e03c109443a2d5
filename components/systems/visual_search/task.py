"""The training step and the validation of visual search, for the shared loop.

Legend: N pictures, D dimensions, C categories, V values of all labels, L labels: the category, then attributes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms import v2

from components.learning.config import TrainingConfig
from components.learning.finetuning import keep_statistics
from components.learning.losses import cut_cross_entropy, supervised_contrastive
from components.learning.optimizer import one_cycle_adamw
from components.systems.visual_search.config import LossConfig
from components.systems.visual_search.network import Head

__all__ = ["MONITOR", "VisualSearchTask"]

MONITOR = "validation/score"
UNKNOWN = -1  # the label of an item without the attribute


class VisualSearchTask(L.LightningModule):
    """Cross-entropy and metric learning together; validated by top-1 accuracy and recall@1 among the validation items.

    network: of pixels or of features to `embedding_ND` and `logits_NV`, with `head` at its end. values: the number of
    categories, then of each attribute's values. rates: see `one_cycle_adamw`. tuned: what keeps its statistics.
    """

    def __init__(
        self,
        network: nn.Module,
        head: Head,
        values: Sequence[int],
        loss: LossConfig,
        training: TrainingConfig,
        rates: Mapping[str, float] | None = None,
        tuned: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.values, self.loss, self.training_config, self.rates = tuple(values), loss, training, rates
        self.parts, self.cosines = head.parts, head.cosines
        self.tuned = [tuned] if tuned is not None else []  # a list, lest its weights count twice
        self.cutmix = v2.CutMix(num_classes=self.values[0])
        self.seen: list[tuple[Tensor, Tensor, Tensor]] = []

    def on_train_epoch_start(self) -> None:
        for encoder in self.tuned:
            keep_statistics(encoder)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:  # noqa: ARG002
        input_N, label_NL = batch
        if self.loss.cutmix and torch.rand(()).item() < self.loss.cutmix:
            mixed_N, target_NC = self.cutmix(input_N, label_NL[:, 0])
            total = cut_cross_entropy(self.network(mixed_N)[1], target_NC, self.loss.label_smoothing)
        else:
            embedding_ND, logits_NV = self.network(input_N)
            total = self._loss(embedding_ND, logits_NV, label_NL)
        self.log("train/loss", total.detach(), on_step=False, on_epoch=True, batch_size=len(label_NL))
        return total

    def _loss(self, embedding_ND: Tensor, logits_NV: Tensor, label_NL: Tensor) -> Tensor:
        total = torch.zeros((), device=logits_NV.device)
        labels = zip(logits_NV.split(self.values, dim=1), self.parts(embedding_ND), strict=True)
        for place, (logits_NX, unit_ND) in enumerate(labels):
            weight = 1.0 if place == 0 else self.loss.attribute_weight
            known_N = label_NL[:, place] != UNKNOWN
            if not bool(known_N.any()):
                continue
            label_N = label_NL[known_N, place]
            part = F.cross_entropy(logits_NX[known_N], label_N, label_smoothing=self.loss.label_smoothing)
            if self.loss.metric == "supervised_contrastive":
                metric = supervised_contrastive(unit_ND[known_N], label_N, self.loss.temperature)
                part = part + self.loss.metric_weight * metric
            if self.loss.proxy_weight:
                cosine_NX = self.cosines(unit_ND[known_N], place) / self.loss.proxy_temperature
                proxy = F.cross_entropy(cosine_NX, label_N, label_smoothing=self.loss.label_smoothing)
                part = part + self.loss.proxy_weight * proxy
            total = total + weight * part
        return total

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:  # noqa: ARG002
        input_N, label_NL = batch
        embedding_ND, logits_NV = self.network(input_N)
        self.seen.append((embedding_ND, logits_NV[:, : self.values[0]], label_NL))

    def on_validation_epoch_end(self) -> None:
        embedding_ND, logits_NC, label_NL = (torch.cat(parts) for parts in zip(*self.seen, strict=True))
        self.seen.clear()
        nearest_N = (embedding_ND @ embedding_ND.T).fill_diagonal_(-2.0).argmax(dim=1)
        same_NL = (label_NL[nearest_N] == label_NL) & (label_NL != UNKNOWN)
        figures = {"top_1": logits_NC.argmax(dim=1) == label_NL[:, 0], "recall_at_1": same_NL[:, 0]}
        for place, name in enumerate(self.loss.attributes, 1):
            figures[f"recall_at_1.category_and_{name}"] = same_NL[:, 0] & same_NL[:, place]
        means = {name: hits_N.float().mean() for name, hits_N in figures.items()}
        score = torch.stack(list(means.values())).mean()
        loss = F.cross_entropy(logits_NC, label_NL[:, 0], ignore_index=UNKNOWN)
        self.log_dict({f"validation/{name}": value for name, value in means.items()} | {MONITOR: score})
        self.log("validation/loss", loss)

    def configure_optimizers(self) -> Any:
        steps = int(self.trainer.estimated_stepping_batches)
        return one_cycle_adamw(self.network, self.training_config, steps, self.rates)
