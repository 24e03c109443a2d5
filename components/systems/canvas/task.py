"""Flow matching as a loss, and the step of training and validation that all networks of canvas share.

Legend: N pictures, S side in pixels, K numbers of a condition, P parts of it, 3 colours, 4 channels of what is known.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor, nn

from components.learning.config import TrainingConfig
from components.learning.loader import batches
from components.learning.loop import train
from components.learning.optimizer import one_cycle_adamw
from components.system import Progress
from components.systems.canvas.config import FlowConfig
from components.systems.canvas.network import VelocityNetwork

__all__ = ["MONITOR", "ConditionedPictures", "FlowLoss", "Loss", "LossTask", "masked_mean", "masks", "train_stage"]

MONITOR = "validation/score"
LEAST_SIDE = 0.3  # of a box that is shown or hidden, as a share of the picture's

Loss = Callable[[tuple[Tensor, ...], torch.Generator | None], Tensor]
"""Loss of a batch; the generator is None in training, and seeded by the batch in validation."""


class LossTask(L.LightningModule):
    """Trains `network` to lower `loss`, and validates it by the same.

    validated: receives the epochs done at the end of each validation, while the averaged weights are in.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        training: TrainingConfig,
        validated: Callable[[int], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self.network, self.loss, self.training_config, self.validated = network, loss, training, validated

    def training_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> Tensor:  # noqa: ARG002
        loss = self.loss(batch, None)
        self.log("train/loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(batch[0]))
        return loss

    def validation_step(self, batch: tuple[Tensor, ...], batch_idx: int) -> None:
        loss = self.loss(batch, torch.Generator().manual_seed(batch_idx))
        self.log(MONITOR, -loss, batch_size=len(batch[0]))
        self.log("validation/loss", loss, batch_size=len(batch[0]))

    def on_validation_batch_end(self, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:  # noqa: ARG002
        if batch_idx + 1 == self.trainer.num_val_batches[0]:  # later the averaged weights are out again
            self.validated(self.current_epoch + 1)

    def configure_optimizers(self) -> Any:
        return one_cycle_adamw(self.network, self.training_config, int(self.trainer.estimated_stepping_batches))


def train_stage(
    network: nn.Module,
    loss: Loss,
    examples: Sequence[Any],
    epochs: int,
    training: TrainingConfig,
    work: Path,
    progress: Progress,
) -> None:
    """Train what follows the flow; examples: those for training, and those for validation after each epoch."""
    training = training.model_copy(update={"epochs": epochs, "patience": epochs, "validate_every": 1})
    loaders = batches(examples[0], training.batch_size, training.seed), batches(examples[1], training.batch_size)
    work.mkdir(exist_ok=True)
    train(LossTask(network, loss, training), *loaders, training, MONITOR, work, progress)


class ConditionedPictures:
    """Pictures and their conditions, for training and for validation."""

    def __init__(self, pixels_NSS3: np.ndarray, condition_NK: np.ndarray) -> None:
        self.pixels_NSS3, self.condition_NK = pixels_NSS3, condition_NK

    def __len__(self) -> int:
        return len(self.pixels_NSS3)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor, Tensor]:
        """The batch of `places`, each a row, or (epoch, row) in training."""
        rows = [place if isinstance(place, int) else place[1] for place in places]
        return torch.tensor(self.pixels_NSS3[rows]), torch.tensor(self.condition_NK[rows])


class FlowLoss:
    """Conditional flow matching on straight paths (Lipman et al. 2023, arXiv 2210.02747), of `ConditionedPictures`.

    parts: how many numbers each part of a condition has. Times are logit-normal (Esser et al. 2024, arXiv
    2403.03206), most of them near the noise (Li and He 2025, arXiv 2511.13720).
    In training, pictures are mirrored at random, and some examples lose their condition (Ho and Salimans 2022, arXiv
    2207.12598) or parts of it. Some show a part of the picture, which does not count in the loss.
    """

    def __init__(self, network: VelocityNetwork, config: FlowConfig, parts: Sequence[int]) -> None:
        self.network, self.config, self.parts_P = network, config, torch.tensor(parts)

    def __call__(self, batch: tuple[Tensor, ...], generator: torch.Generator | None) -> Tensor:
        pixels_NSS3, condition_NK = batch if generator is not None else self._augmented(*batch)
        picture_N3SS = pixels_NSS3.permute(0, 3, 1, 2).float() / 127.5 - 1
        device = picture_N3SS.device  # random numbers are those of the CPU, so that a seed means the same on each
        noise_N3SS = torch.randn(picture_N3SS.shape, generator=generator).to(device)
        logit_N = torch.randn(len(picture_N3SS), generator=generator).to(device)
        t_N = (self.config.time_mean + self.config.time_std * logit_N).sigmoid()
        t_N111 = t_N[:, None, None, None]
        mask_N1SS = masks(len(picture_N3SS), picture_N3SS.shape[-1], self.config.inpainted, generator).to(device)
        known_N4SS = torch.cat([picture_N3SS * (1 - mask_N1SS), mask_N1SS], 1)
        x_N3SS = (1 - t_N111) * noise_N3SS + t_N111 * picture_N3SS
        velocity_N3SS = self.network(x_N3SS, t_N, condition_NK, known_N4SS)
        return masked_mean((velocity_N3SS - (picture_N3SS - noise_N3SS)).square(), mask_N1SS)

    def _augmented(self, pixels_NSS3: Tensor, condition_NK: Tensor) -> tuple[Tensor, Tensor]:
        count, flow = len(pixels_NSS3), self.config
        flipped_N = (torch.rand(count) < 0.5).to(pixels_NSS3.device)
        pixels_NSS3 = torch.where(flipped_N[:, None, None, None], pixels_NSS3.flip(2), pixels_NSS3)
        kept_NP = torch.rand(count, len(self.parts_P)) < flow.condition_kept
        kept_NP &= torch.rand(count, 1) >= flow.unconditional
        return pixels_NSS3, condition_NK * kept_NP.repeat_interleave(self.parts_P, dim=1).to(condition_NK.device)


def masked_mean(values_N3SS: Tensor, mask_N1SS: Tensor) -> Tensor:
    """Mean over pictures of each picture's mean where its mask is 1."""
    return ((values_N3SS * mask_N1SS).sum((1, 2, 3)) / (3 * mask_N1SS.sum((1, 2, 3)))).mean()


def masks(count: int, size_px: int, inpainted: float, generator: torch.Generator | None) -> Tensor:
    """Masks float (N, 1, S, S), 1 for what is to be made: everything, or for the share `inpainted` a random box, or
    all but one."""
    side_N2 = LEAST_SIDE + (1 - LEAST_SIDE) * torch.rand(count, 2, generator=generator) * 0.8
    start_N2 = (1 - side_N2) * torch.rand(count, 2, generator=generator)
    place_S = (torch.arange(size_px) + 0.5) / size_px
    inside_N2S = (place_S >= start_N2[..., None]) & (place_S < (start_N2 + side_N2)[..., None])
    box_NSS = inside_N2S[:, 0, :, None] & inside_N2S[:, 1, None, :]
    kind_N = torch.rand(count, generator=generator)
    box_NSS ^= (kind_N < inpainted / 2)[:, None, None]
    box_NSS |= (kind_N >= inpainted)[:, None, None]
    return box_NSS[:, None].float()
