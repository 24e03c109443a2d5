"""The velocity of a flow from noise to pictures, by a small conditional U-Net.

Legend: N pictures, S side in pixels, C channels, H, W places, K numbers of a condition, E of an embedding, 3 colours,
4 channels of what is known: its colours, and a mask that is 1 where the picture is to be made.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.export import write_onnx
from components.systems.canvas.config import NetworkConfig

__all__ = ["VelocityNetwork", "write_velocity"]

FREQUENCIES = 32
HEAD = 32  # channels of a head of attention
LOUD = 16.0  # times the condition, of whose hundreds of numbers few are not zero: else the time drowns them
LEAST_LEFT = 0.05  # of the way to a picture: closer to it the velocity of a wrong picture would grow without bound


class VelocityNetwork(nn.Module):
    """`velocity_N3SS` of `x_N3SS` at the times `t_N`, from 0, noise, to 1, a picture in -1 to 1.

    The layers predict the picture, and the velocity leads to it: pictures lie in few dimensions and noise in all, so
    that a small network predicts them sooner (Li and He 2025, arXiv 2511.13720). Its condition is made as loud as the
    time, as that of Karras et al. 2022 (arXiv 2206.00364).
    """

    def __init__(self, config: NetworkConfig, dim: int) -> None:
        super().__init__()
        width, inner, blocks = config.width, 2 * config.width, config.blocks
        self.fold, self.unfold = nn.PixelUnshuffle(config.unshuffle), nn.PixelShuffle(config.unshuffle)
        area = config.unshuffle**2
        self.time = nn.Linear(2 * FREQUENCIES, inner)
        self.condition = nn.Sequential(nn.Linear(dim, inner, bias=False), nn.SiLU(), nn.Linear(inner, inner))
        self.embed = nn.Sequential(nn.SiLU(), nn.Linear(inner, inner), nn.SiLU())
        self.enter = nn.Conv2d(7 * area, width, 3, padding=1)
        self.down = nn.ModuleList(Block(width, width, inner) for _ in range(blocks))
        self.shrink = nn.Conv2d(width, inner, 3, stride=2, padding=1)
        self.deep = nn.ModuleList(Block(inner, inner, inner) for _ in range(2 * blocks))
        self.attend = nn.ModuleList(Attention(inner) for _ in range(2 * blocks))
        self.grow = nn.Conv2d(inner, 4 * width, 1)
        self.up = nn.ModuleList(Block(width if place else 2 * width, width, inner) for place in range(blocks))
        self.leave = nn.Sequential(nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, 3 * area, 3, padding=1))
        last = self.leave[-1]
        assert isinstance(last, nn.Conv2d)
        nn.init.zeros_(last.weight)

    def forward(self, x_N3SS: Tensor, t_N: Tensor, condition_NK: Tensor, known_N4SS: Tensor) -> Tensor:
        rates = torch.exp(torch.linspace(0.0, math.log(1000.0), FREQUENCIES, device=t_N.device))
        angle_NF = t_N[:, None] * rates
        e_NE = self.embed(
            self.time(torch.cat([angle_NF.sin(), angle_NF.cos()], 1)) + self.condition(LOUD * condition_NK)
        )
        wide_NCHW = self.enter(self.fold(torch.cat([x_N3SS, known_N4SS], 1)))
        for block in self.down:
            wide_NCHW = block(wide_NCHW, e_NE)
        h_NCHW = self.shrink(wide_NCHW)
        for block, attend in zip(self.deep, self.attend, strict=True):
            h_NCHW = attend(block(h_NCHW, e_NE))
        h_NCHW = torch.cat([F.pixel_shuffle(self.grow(h_NCHW), 2), wide_NCHW], 1)
        for block in self.up:
            h_NCHW = block(h_NCHW, e_NE)
        left_N111 = (1 - t_N).clamp(min=LEAST_LEFT)[:, None, None, None]
        velocity_N3SS: Tensor = (self.unfold(self.leave(h_NCHW)) - x_N3SS) / left_N111
        return velocity_N3SS


def write_velocity(network: VelocityNetwork, dim: int, size_px: int, target: Path) -> None:
    """Write the network as ONNX; dim: numbers of a condition. See `write_onnx`."""
    sample = {
        "x_N3SS": torch.randn(3, 3, size_px, size_px),
        "t_N": torch.tensor([0.0, 0.3, 0.9]),
        "condition_NK": torch.randn(3, dim),
        "known_N4SS": torch.randn(3, 4, size_px, size_px),
    }
    network = network.eval().float().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    write_onnx(network, sample, ["velocity_N3SS"], {name: {0: "N"} for name in sample}, target)


class Block(nn.Module):
    """A residual block whose second half is scaled and shifted by the embedding (Perez et al. 2018, "FiLM")."""

    def __init__(self, channels: int, out: int, embedded: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, out, 3, padding=1))
        self.norm, self.film = nn.GroupNorm(8, out), nn.Linear(embedded, 2 * out)
        self.second = nn.Conv2d(out, out, 3, padding=1)
        self.skip = nn.Conv2d(channels, out, 1) if channels != out else nn.Identity()
        nn.init.zeros_(self.second.weight)

    def forward(self, x_NCHW: Tensor, e_NE: Tensor) -> Tensor:
        scale_NC11, shift_NC11 = self.film(e_NE)[:, :, None, None].chunk(2, dim=1)
        h_NCHW = self.norm(self.first(x_NCHW)) * (1 + scale_NC11) + shift_NC11
        result_NCHW: Tensor = self.skip(x_NCHW) + self.second(F.silu(h_NCHW))
        return result_NCHW


class Attention(nn.Module):
    """Every place looks at all others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(1, channels // HEAD)
        self.norm, self.ask = nn.GroupNorm(8, channels), nn.Conv2d(channels, 3 * channels, 1)
        self.tell = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.tell.weight)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        _, channels, height, width = x_NCHW.shape
        parts = self.ask(self.norm(x_NCHW)).flatten(2).transpose(1, 2).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, channels // self.heads)).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2).transpose(1, 2)
        result_NCHW: Tensor = x_NCHW + self.tell(mixed.unflatten(2, (height, width)))
        return result_NCHW
