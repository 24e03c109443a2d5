"""The training step and the validation of canvas, for the shared loop.

Legend: N pictures, S side in pixels, K numbers of a condition, 3 colours, 4 channels of what is known.
"""

from collections.abc import Callable, Sequence
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor

from components.learning.optimizer import one_cycle_adamw
from components.learning.precision import resolve_precision
from components.systems.canvas.config import Config
from components.systems.canvas.network import VelocityNetwork

__all__ = ["MONITOR", "ConditionedPictures", "FlowTask"]

MONITOR = "validation/score"
LEAST_SIDE = 0.3  # of a box that is shown or hidden, as a share of the picture's


class ConditionedPictures:
    """Pictures and their conditions, for training and for validation."""

    def __init__(self, pixels_NSS3: np.ndarray, condition_NK: np.ndarray) -> None:
        self.pixels_NSS3, self.condition_NK = pixels_NSS3, condition_NK

    def __len__(self) -> int:
        return len(self.pixels_NSS3)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor, Tensor]:
        """The batch of `places`, each a row, or (epoch, row) as training asks."""
        rows = [place if isinstance(place, int) else place[1] for place in places]
        return torch.tensor(self.pixels_NSS3[rows]), torch.tensor(self.condition_NK[rows])


class FlowTask(L.LightningModule):
    """Conditional flow matching on straight paths (Lipman et al. 2023, arXiv 2210.02747).

    parts: how many numbers each part of a condition has. Times are logit-normal (Esser et al. 2024, arXiv 2403.03206).
    Some examples lose their condition (Ho and Salimans 2022, arXiv 2207.12598) or parts of it, and some show a part of
    the picture, which is no part of the loss.
    """

    def __init__(
        self, network: VelocityNetwork, config: Config, parts: Sequence[int], sampled: Callable[[int], None]
    ) -> None:
        """sampled: is told the epochs done at the end of each validation, while the averaged weights are in."""
        super().__init__()
        self.sampled = sampled
        exact = resolve_precision(config.training.precision, config.training.accelerator) == "32-true"
        layout = torch.channels_last if exact else torch.contiguous_format  # each is the quicker one on a CPU
        self.network = network.to(memory_format=layout)  # type: ignore[call-overload]
        self.config, self.parts = config, torch.tensor(parts)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:  # noqa: ARG002
        pixels_NSS3, condition_NK = batch
        count, flow = len(pixels_NSS3), self.config.flow
        flipped_N = torch.rand(count) < 0.5
        pixels_NSS3 = torch.where(flipped_N[:, None, None, None], pixels_NSS3.flip(2), pixels_NSS3)
        told_NP = (torch.rand(count, len(self.parts)) < flow.told) & (torch.rand(count, 1) >= flow.dropped)
        condition_NK = condition_NK * told_NP.repeat_interleave(self.parts, dim=1)
        loss = self._loss(pixels_NSS3, condition_NK, None)
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=count)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        loss = self._loss(*batch, torch.Generator().manual_seed(batch_idx))
        self.log(MONITOR, -loss, batch_size=len(batch[0]))
        self.log("validation/loss", loss, batch_size=len(batch[0]))

    def on_validation_batch_end(self, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:  # noqa: ARG002
        if batch_idx + 1 == self.trainer.num_val_batches[0]:  # later the averaged weights are out again
            self.sampled(self.current_epoch + 1)

    def _loss(self, pixels_NSS3: Tensor, condition_NK: Tensor, generator: torch.Generator | None) -> Tensor:
        picture_N3SS = pixels_NSS3.permute(0, 3, 1, 2).float() / 127.5 - 1
        noise_N3SS = torch.randn(picture_N3SS.shape, generator=generator)
        t_N = torch.randn(len(picture_N3SS), generator=generator).sigmoid()
        t_N111 = t_N[:, None, None, None]
        mask_N1SS = masks(len(picture_N3SS), picture_N3SS.shape[-1], self.config.flow.filled, generator)
        known_N4SS = torch.cat([picture_N3SS * (1 - mask_N1SS), mask_N1SS], 1)
        x_N3SS = (1 - t_N111) * noise_N3SS + t_N111 * picture_N3SS
        velocity_N3SS = self.network(x_N3SS, t_N, condition_NK, known_N4SS)
        off_N3SS = (velocity_N3SS - (picture_N3SS - noise_N3SS)).square() * mask_N1SS
        return (off_N3SS.sum((1, 2, 3)) / (3 * mask_N1SS.sum((1, 2, 3)))).mean()

    def configure_optimizers(self) -> Any:
        return one_cycle_adamw(self.network, self.config.training, int(self.trainer.estimated_stepping_batches))


def masks(count: int, size_px: int, filled: float, generator: torch.Generator | None) -> Tensor:
    """Masks float (N, 1, S, S), 1 where the picture is to be made: all of it, or for the share `filled` a random box,
    or all but one."""
    side_N2 = LEAST_SIDE + (1 - LEAST_SIDE) * torch.rand(count, 2, generator=generator) * 0.8
    start_N2 = (1 - side_N2) * torch.rand(count, 2, generator=generator)
    place_S = (torch.arange(size_px) + 0.5) / size_px
    inside_N2S = (place_S >= start_N2[..., None]) & (place_S < (start_N2 + side_N2)[..., None])
    box_NSS = inside_N2S[:, 0, :, None] & inside_N2S[:, 1, None, :]
    kind_N = torch.rand(count, generator=generator)
    box_NSS ^= (kind_N < filled / 2)[:, None, None]
    box_NSS |= (kind_N >= filled)[:, None, None]
    return box_NSS[:, None].float()
