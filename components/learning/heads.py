"""Features of all depths of an encoder that stays as it is, and heads that learn from them.

Legend: N pictures, F features, O outputs, S side in pixels.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.config import EncoderConfig
from components.learning.encoder import Normalisation, make_encoder

__all__ = ["Features", "Head"]

SHALLOW = 4  # blocks whose spread counts beside their mean: what is near the pixels, such as colours


class Features(nn.Module):
    """`pixels_N3SS` in 0 to 255 to the encoder's features and the means of what its blocks see, `features_NF`."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.model = make_encoder(config, num_classes=0)
        self.normalisation = Normalisation(self.model)

    def forward(self, pixels_N3SS: Tensor) -> Tensor:
        x = self.normalisation(pixels_N3SS)
        x = self.model.bn1(self.model.conv_stem(x))  # type: ignore[operator]
        parts = []
        for number, block in enumerate(self.model.blocks):  # type: ignore[arg-type]
            x = block(x)
            parts.append(x.mean((2, 3)))
            if number < SHALLOW:
                parts.append(x.var((2, 3), unbiased=False).clamp(min=1e-6).sqrt())
        x = self.model.bn2(self.model.conv_head(x))  # type: ignore[operator]
        return torch.cat([x.mean((2, 3)), *parts], dim=1)


class Head(nn.Module):
    """Standardised features (N, F) to outputs: linear, and what a hidden layer adds.

    dropped: share of the inputs that the hidden layer does without in training. unit: outputs are unit vectors (N, O);
    otherwise logits, and the linear part does without as many inputs.
    """

    mean_F: Tensor
    std_F: Tensor

    def __init__(self, given_NF: Tensor, hidden: int, outputs: int, dropped: float, unit: bool) -> None:
        super().__init__()
        self.register_buffer("mean_F", given_NF.mean(0))
        self.register_buffer("std_F", given_NF.std(0) + 1e-3)
        self.unit = unit
        features = given_NF.shape[1]
        self.linear = nn.Sequential(nn.Dropout(0.0 if unit else dropped), nn.Linear(features, outputs))
        self.hidden = nn.Sequential(
            nn.Dropout(dropped), nn.Linear(features, hidden), nn.GELU(), nn.Dropout(dropped), nn.Linear(hidden, outputs)
        )

    def forward(self, given_NF: Tensor) -> Tensor:
        x_NF = (given_NF - self.mean_F) / self.std_F
        out_NO = self.linear(x_NF) + self.hidden(x_NF)
        return F.normalize(out_NO, dim=1) if self.unit else out_NO
