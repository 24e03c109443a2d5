"""Encoders: models of timm with exactly the weights that the settings ask for, or an error.

Legend: N pictures, H height and W width in pixels, 3 colour channels.
"""

from pathlib import Path
from typing import Any

import safetensors.torch
import timm
import timm.data
import torch
from torch import Tensor, nn

from components.learning.config import EncoderConfig
from components.learning.packaged import packaged_weights
from data.errors import UserError
from data.files import sha256_file

__all__ = ["Normalisation", "make_encoder"]


class Normalisation(nn.Module):
    """`pixels_N3HW` in 0 to 255 to what `encoder` was trained on, channels last in memory."""

    mean_311: Tensor
    std_311: Tensor

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        expected = timm.data.resolve_model_data_config(encoder)
        self.register_buffer("mean_311", torch.tensor(expected["mean"]).view(3, 1, 1) * 255, persistent=False)
        self.register_buffer("std_311", torch.tensor(expected["std"]).view(3, 1, 1) * 255, persistent=False)

    def forward(self, pixels_N3HW: Tensor) -> Tensor:
        x_N3HW = (pixels_N3HW.float() - self.mean_311) / self.std_311
        return x_N3HW.contiguous(memory_format=torch.channels_last)


def make_encoder(config: EncoderConfig, **options: Any) -> nn.Module:
    """The model with the configured weights, drawn from torch's random state where they are `scratch`.

    options: of `timm.create_model`, such as `num_classes=0` for pooled features or `features_only=True` for feature
    maps. What the weights hold beyond that, such as a classifier, is left out.

    Raises:
        UserError: timm has no such model, or there are no such weights.
    """
    if not timm.is_model(config.name):
        close = timm.list_models(f"*{config.name[:6]}*")[:5]
        raise UserError(
            f"network.name: timm has no model {config.name!r}" + (f"; it has {', '.join(close)}" if close else "")
        )
    if config.drop_path:
        options["drop_path_rate"] = config.drop_path
    match config.weights:
        case "scratch":
            return timm.create_model(config.name, pretrained=False, **options)
        case "hub":
            return _of_the_hub(config.name, options)
        case "package":
            return _loaded(config.name, packaged_weights(config.name), options)
    path = Path(config.weights)
    try:
        if sha256_file(path) != config.weights_sha256:
            raise UserError(f"network.weights: {path} has another sha256 than network.weights_sha256 says")
    except OSError as error:
        raise UserError(f"network.weights: {path} cannot be read: {error.strerror}") from None
    return _loaded(config.name, path, options)


def _of_the_hub(name: str, options: dict[str, Any]) -> nn.Module:
    try:
        return timm.create_model(name, pretrained=True, **options)
    except Exception as error:
        raise UserError(
            f"network.weights: the hub gave no weights for {name} ({type(error).__name__}); "
            "set it to scratch, to package or to the path of a .safetensors file"
        ) from error


def _loaded(name: str, path: Path, options: dict[str, Any]) -> nn.Module:
    model = timm.create_model(name, pretrained=False, **options)
    try:
        missing, _ = model.load_state_dict(safetensors.torch.load_file(path), strict=False)
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"network.weights: {path} cannot be loaded into {name}: {reason}") from None
    if missing:
        raise UserError(f"network.weights: {path} lacks {len(missing)} tensors of {name}, {missing[0]} first")
    return model
