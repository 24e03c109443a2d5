"""The training step and the validation of scene parsing, for the shared loop.

Legend: N pictures, H height and W width in pixels, h and w a quarter of them, L labels.
"""

from collections.abc import Sequence
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from components.learning.optimizer import one_cycle_adamw
from components.systems.scene_parsing.config import Config
from components.systems.scene_parsing.losses import centre_loss, lovasz, mean_cross_entropy, pixel_cross_entropy
from components.systems.scene_parsing.network import Maps, ParsingNetwork
from components.systems.scene_parsing.targets import Batch
from components.systems.scene_parsing.truths import UNKNOWN

__all__ = ["MONITOR", "ParsingTask"]

MONITOR = "validation/mean_iou"


class ParsingTask(L.LightningModule):
    """Labels of pixels, validated by the mean over labels of their IoU."""

    weight_L: Tensor

    def __init__(self, config: Config, weight_L: np.ndarray, values: Sequence[int]) -> None:
        """weight_L: of the labels in the cross-entropy. values: how many each attribute has."""
        super().__init__()
        self.config = config
        self.values = list(values)
        centres = config.regions.by == "centres"
        self.network = ParsingNetwork(config.network, len(weight_L), centres, sum(values))
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.register_buffer("weight_L", torch.tensor(weight_L, dtype=torch.float32))
        self.counts: list[tuple[Tensor, Tensor]] = []  # no buffer: the averaged weights would bring their own

    def forward(self, pixels_N3HW: Tensor) -> Maps:
        return self.network(pixels_N3HW)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:  # noqa: ARG002
        maps, loss = self.network(batch.pixels_N3HW), self.config.loss
        total = pixel_cross_entropy(_doubled(maps.logits_NLhw), batch.label_NHW[:, ::2, ::2], self.weight_L)
        if loss.lovasz_weight:
            # of every second cell: sorting them all takes as long as the encoder
            total = total + loss.lovasz_weight * lovasz(
                maps.logits_NLhw[:, :, ::2, ::2], batch.label_NHW[:, 2::8, 2::8]
            )
        if maps.centre_N3hw is not None:
            inside_Nhw = batch.label_NHW[:, 2::4, 2::4] > 0
            total = total + loss.centre_weight * centre_loss(maps.centre_N3hw, batch.centre_N3hw, inside_Nhw)
        if maps.value_NVhw is not None:
            of_each = zip(maps.value_NVhw.split(self.values, 1), batch.value_NAhw.unbind(1), strict=True)
            total = total + loss.attribute_weight * sum(mean_cross_entropy(logits, value) for logits, value in of_each)
        self.log("train/loss", total.detach(), on_step=False, on_epoch=True, batch_size=len(batch.label_NHW))
        return total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:  # noqa: ARG002
        label_NHW = batch.label_NHW[:, ::2, ::2]
        found_NHW = _doubled(self.network(batch.pixels_N3HW).logits_NLhw).argmax(1)
        known_NHW = label_NHW != UNKNOWN
        labels = len(self.weight_L)
        true, found = label_NHW[known_NHW], found_NHW[known_NHW]
        shared_L = torch.bincount(true[true == found], minlength=labels)
        union_L = torch.bincount(true, minlength=labels) + torch.bincount(found, minlength=labels) - shared_L
        self.counts.append((shared_L, union_L))

    def on_validation_epoch_end(self) -> None:
        shared_L, union_L = (torch.stack(counts).sum(0) for counts in zip(*self.counts, strict=True))
        self.counts.clear()
        there_L = union_L > 0  # what is neither there nor found does not count
        self.log(MONITOR, (shared_L[there_L] / union_L[there_L]).mean())

    def configure_optimizers(self) -> Any:
        steps = int(self.trainer.estimated_stepping_batches)
        rate = self.config.network.encoder_rate
        rates = {name: rate for name, _ in self.network.named_parameters() if name.startswith("encoder.")}
        return one_cycle_adamw(self.network, self.config.training, steps, rates)


def _doubled(map_NLhw: Tensor) -> Tensor:
    return F.interpolate(map_NLhw, scale_factor=2, mode="bilinear", align_corners=False)
