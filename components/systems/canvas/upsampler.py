"""An upsampler for what the flow makes, trained on photos that were made smaller.

Legend: N pictures, S side in pixels, L side of the upsampled picture, 3 colours.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.export import write_onnx
from components.system import Progress
from components.systems.canvas.config import Config, UpsamplerConfig
from components.systems.canvas.sampler import UPSAMPLER
from components.systems.canvas.task import ConditionedPictures, train_stage

__all__ = ["train_upsampler"]

NOISE = 0.02  # in a small picture, whose colours go from -1 to 1: the flow leaves some
LAYERS = 4
CROP_PX = 32


class Upsampler(nn.Module):
    """Predicts at the small size what cubic interpolation lacks (Shi et al. 2016, arXiv 1609.05158)."""

    def __init__(self, config: UpsamplerConfig) -> None:
        super().__init__()
        self.factor, width = config.factor, config.width
        between = [part for _ in range(LAYERS) for part in (nn.Conv2d(width, width, 3, padding=1), nn.SiLU())]
        last = nn.Conv2d(width, 3 * self.factor**2, 3, padding=1)
        nn.init.zeros_(last.weight)
        self.layers = nn.Sequential(nn.Conv2d(3, width, 5, padding=2), nn.SiLU(), *between, last)

    def forward(self, small_N3SS: Tensor) -> Tensor:
        cubic_N3LL = F.interpolate(small_N3SS, scale_factor=float(self.factor), mode="bicubic")
        return cubic_N3LL + F.pixel_shuffle(self.layers(small_N3SS), self.factor)


def train_upsampler(
    pictures: Sequence[np.ndarray], config: Config, work: Path, bundle: Path, progress: Progress
) -> None:
    """Write `upsampler.onnx`; pictures: uint8 (N, L, L, 3) for training, and others for validation."""
    assert config.upsampler is not None
    network, factor = Upsampler(config.upsampler), config.upsampler.factor

    def loss(batch: tuple[Tensor, ...], generator: torch.Generator | None) -> Tensor:
        large_N3LL = batch[0].permute(0, 3, 1, 2).float() / 127.5 - 1
        if generator is None:  # a crop of each, for a network that sees but a few pixels around
            side = CROP_PX * factor
            top, left = (int(torch.randint(large_N3LL.shape[-1] - side + 1, ())) for _ in range(2))
            large_N3LL = large_N3LL[..., top : top + side, left : left + side]
        small_N3SS = F.avg_pool2d(large_N3LL, factor)
        if generator is None:
            small_N3SS = small_N3SS + NOISE * torch.randn(small_N3SS.shape).to(small_N3SS.device)
        return (network(small_N3SS) - large_N3LL).abs().mean()

    examples = [ConditionedPictures(one, np.zeros((len(one), 0), np.float32)) for one in pictures]
    train_stage(network, loss, examples, config.upsampler.epochs, config.training, work / "upsampler", progress)
    sample = {"small_N3SS": torch.rand(3, 3, config.network.size_px, config.network.size_px) * 2 - 1}
    write_onnx(network.eval(), sample, ["upsampled_N3LL"], {"small_N3SS": {0: "N"}}, bundle / UPSAMPLER)
