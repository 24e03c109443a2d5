"""The parsing network: an encoder of timm and a feature pyramid that joins its scales.

Legend: N pictures, H height and W width in pixels, h and w a quarter of them, D channels, L labels, V
values of attributes.
"""

from typing import Any, NamedTuple

import torch
from timm.layers import Conv2dSame
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.encoder import Normalisation, make_encoder
from components.systems.scene_parsing.config import NetworkConfig

__all__ = ["Maps", "ParsingNetwork", "ServedNetwork"]

LEVELS = (1, 2, 3, 4)  # of the encoder: features at a 4th, 8th, 16th and 32nd of the picture's sides


class Maps(NamedTuple):
    """What the network says of cells of 4 x 4 px; the last two are None where they are not wanted."""

    logits_NLhw: Tensor
    centre_N3hw: Tensor | None
    value_NVhw: Tensor | None


class ParsingNetwork(nn.Module):
    """`pixels_N3HW` uint8, sides multiples of 32, to `Maps`.

    Source: feature pyramids (Lin et al. 2017, arXiv 1612.03144) with separable convolutions and, at the top, the
    picture's mean as context (Liu et al. 2015, arXiv 1506.04579); centres as in Panoptic-DeepLab (arXiv 1911.10194).
    """

    def __init__(self, config: NetworkConfig, labels: int, centres: bool, values: int) -> None:
        """values: of all attributes."""
        super().__init__()
        self.encoder = make_encoder(config, features_only=True, out_indices=LEVELS)
        self.normalisation = Normalisation(self.encoder)
        _pad_plainly(self.encoder)
        self.frozen = _freeze(self.encoder, config.frozen)
        channels: list[int] = self.encoder.feature_info.channels()  # type: ignore[union-attr,operator]
        dim = config.dim
        self.context = nn.Conv2d(channels[-1], dim, 1)
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, dim, 1, bias=False), nn.BatchNorm2d(dim)) for width in channels
        )
        self.smooth = nn.ModuleList(_separable(dim) for _ in channels)
        self.refine = _separable(dim)
        self.classifier = nn.Conv2d(dim, labels, 1)
        self.centre = nn.Sequential(_separable(dim), nn.Conv2d(dim, 3, 1)) if centres else None
        self.value = nn.Conv2d(dim, values, 1) if values else None

    def train(self, mode: bool = True) -> "ParsingNetwork":
        """As torch, but frozen layers go on normalising by what they were trained on."""
        super().train(mode)
        for module in self.frozen:
            module.eval()
        return self

    def forward(self, pixels_N3HW: Tensor) -> Maps:
        features_NDhw = self._features(pixels_N3HW)
        centre_N3hw = None if self.centre is None else self.centre(features_NDhw).float()
        value_NVhw = None if self.value is None else self.value(features_NDhw).float()
        return Maps(self.classifier(features_NDhw).float(), centre_N3hw, value_NVhw)

    def _features(self, pixels_N3HW: Tensor) -> Tensor:
        levels = self.encoder(self.normalisation(pixels_N3HW))
        joined = self.context(levels[-1].mean((2, 3), keepdim=True))
        for level, lateral, smooth in zip(levels[::-1], reversed(self.lateral), reversed(self.smooth), strict=True):
            finer = lateral(level)
            joined = smooth(finer + (joined if level is levels[-1] else _enlarged(joined, finer)))
        refined: Tensor = self.refine(joined)
        return refined


class ServedNetwork(nn.Module):
    """The exported network: `pixels_NHW3` uint8 to `probability_NLhw`, and the other `Maps` where it has them."""

    def __init__(self, network: ParsingNetwork, mirrored: bool) -> None:
        super().__init__()
        self.network = network
        self.mirrored = mirrored

    @property
    def outputs(self) -> list[str]:
        heads = {"centre_N3hw": self.network.centre, "value_NVhw": self.network.value}
        return ["probability_NLhw", *(name for name, head in heads.items() if head is not None)]

    def forward(self, pixels_NHW3: Tensor) -> tuple[Tensor, ...]:
        pixels_N3HW = pixels_NHW3.permute(0, 3, 1, 2).float()
        maps = self._seen(pixels_N3HW)
        if self.mirrored:
            mirrored = [each.flip(3) for each in self._seen(pixels_N3HW.flip(3))]
            if self.network.centre is not None:
                mirrored[1] = mirrored[1] * torch.tensor([1.0, 1.0, -1.0]).view(3, 1, 1)  # the way right is left
            maps = [(one + other) / 2 for one, other in zip(maps, mirrored, strict=True)]
        return tuple(maps)

    def _seen(self, pixels_N3HW: Tensor) -> list[Tensor]:
        logits_NLhw, *others = self.network(pixels_N3HW)
        return [logits_NLhw.softmax(1), *(each for each in others if each is not None)]


def _enlarged(coarse: Tensor, fine: Tensor) -> Tensor:
    """`coarse` at the size of `fine`."""
    return F.interpolate(coarse, size=fine.shape[-2:], mode="bilinear", align_corners=False)


def _separable(dim: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(dim, dim, 5, padding=2, groups=dim, bias=False),
        nn.BatchNorm2d(dim),
        nn.Conv2d(dim, dim, 1, bias=False),
        nn.BatchNorm2d(dim),
        nn.ReLU(inplace=True),
    )


def _freeze(encoder: Any, scales: int) -> list[nn.Module]:
    """Let what comes before the end of the finest `scales` of the encoder keep its weights; the modules concerned."""
    if not scales:
        return []
    last = encoder.feature_info[scales - 1]["module"]
    leaves = [(name, module) for name, module in encoder.named_modules() if not list(module.children())]
    end = max(place for place, (name, _) in enumerate(leaves) if f"{name}.".startswith(f"{last}.")) + 1
    return [module.requires_grad_(False) for _, module in leaves[:end]]


def _pad_plainly(module: nn.Module) -> None:
    """Replace convolutions that work out their padding from the size of what they see, which slows the export down.

    Where sides are multiples of 32, a stride of 2 always pads k - 2, the larger half behind.
    """
    for name, child in list(module.named_children()):
        if not isinstance(child, Conv2dSame):
            _pad_plainly(child)
            continue
        kernel, stride = child.kernel_size[0], child.stride[0]
        assert stride in (1, 2)
        assert child.dilation == (1, 1)
        options: Any = {"groups": child.groups, "bias": child.bias is not None, "stride": stride}
        plain = nn.Conv2d(
            child.in_channels, child.out_channels, kernel, padding=kernel // 2 if stride == 1 else 0, **options
        )
        plain.weight, plain.bias = child.weight, child.bias
        before = (kernel - 2) // 2
        pad = nn.ZeroPad2d((before, kernel - 2 - before, before, kernel - 2 - before))
        setattr(module, name, plain if stride == 1 else nn.Sequential(pad, plain))
