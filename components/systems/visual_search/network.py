"""The embedding network: a backbone, an embedding and a classifier.

Legend: N pictures, S side in pixels, F features, D dimensions, C categories.
"""

from pathlib import Path
from typing import Any

import safetensors.torch
import timm
import timm.data
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.systems.visual_search.config import NetworkConfig
from data.errors import UserError
from data.files import sha256_file

__all__ = ["EmbeddingNetwork", "ServedNetwork"]


class EmbeddingNetwork(nn.Module):
    """`pixels_N3SS` uint8 to unit vectors `embedding_ND` and `logits_NC`."""

    mean_C11: Tensor
    std_C11: Tensor

    def __init__(self, config: NetworkConfig, categories: int) -> None:
        super().__init__()
        self.backbone = _backbone(config)
        features = int(self.backbone.num_features)  # type: ignore[arg-type]
        self.embedding = nn.Linear(features, config.dim)
        self.classifier = nn.Linear(features, categories)
        expected = timm.data.resolve_model_data_config(self.backbone)  # per channel, as the weights were trained
        self.register_buffer("mean_C11", torch.tensor(expected["mean"]).view(3, 1, 1) * 255, persistent=False)
        self.register_buffer("std_C11", torch.tensor(expected["std"]).view(3, 1, 1) * 255, persistent=False)

    def forward(self, pixels_N3SS: Tensor) -> tuple[Tensor, Tensor]:
        x_N3SS = (pixels_N3SS.float() - self.mean_C11) / self.std_C11
        features_NF = self.backbone(x_N3SS.contiguous(memory_format=torch.channels_last))
        embedding_ND = F.normalize(self.embedding(features_NF).float(), dim=1)
        return embedding_ND, self.classifier(features_NF).float()


class ServedNetwork(nn.Module):
    """The exported network: `pixels_NHWC` uint8 to `embedding_ND` and temperature-scaled `logits_NC`."""

    def __init__(self, network: EmbeddingNetwork, temperature: float, mirrored: bool) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.mirrored = mirrored

    def forward(self, pixels_NHWC: Tensor) -> tuple[Tensor, Tensor]:
        pixels_N3SS = pixels_NHWC.permute(0, 3, 1, 2).float()
        embedding_ND, logits_NC = self.network(pixels_N3SS)
        if self.mirrored:
            mirrored_ND, mirrored_NC = self.network(pixels_N3SS.flip(3))
            embedding_ND = F.normalize(embedding_ND + mirrored_ND, dim=1)
            logits_NC = (logits_NC + mirrored_NC) / 2
        return embedding_ND, logits_NC / self.temperature


def _backbone(config: NetworkConfig) -> nn.Module:
    """The timm model without its classifier, with exactly the configured weights, or an error."""
    if not timm.is_model(config.name):
        close = timm.list_models(f"*{config.name[:6]}*")[:5]
        raise UserError(
            f"network.name: timm has no model {config.name!r}" + (f"; it has {', '.join(close)}" if close else "")
        )
    options: dict[str, Any] = {"num_classes": 0} | ({"drop_path_rate": config.drop_path} if config.drop_path else {})
    if config.weights == "scratch":
        return timm.create_model(config.name, pretrained=False, **options)
    if config.weights == "hub":
        try:
            return timm.create_model(config.name, pretrained=True, **options)
        except Exception as error:
            raise UserError(
                f"network.weights: the hub gave no weights for {config.name} ({type(error).__name__}); "
                "set it to scratch or to the path of a .safetensors file"
            ) from error
    model = timm.create_model(config.name, pretrained=False, **options)
    try:
        if sha256_file(Path(config.weights)) != config.weights_sha256:
            raise UserError(f"network.weights: {config.weights} has another sha256 than network.weights_sha256 says")
        state = safetensors.torch.load_file(Path(config.weights))
        missing, _ = model.load_state_dict(state, strict=False)  # a classifier in the file is not needed
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"network.weights: {config.weights} cannot be loaded into {config.name}: {reason}") from None
    if missing:
        raise UserError(
            f"network.weights: {config.weights} lacks {len(missing)} tensors of {config.name}, {missing[0]} first"
        )
    return model
