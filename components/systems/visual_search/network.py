"""The embedding network: an encoder, and a head that embeds and classifies.

Legend: N pictures, S side in pixels, F features, D dimensions, C categories, V values of all labels, categories first.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.encoder import Normalisation, make_encoder
from components.systems.visual_search.config import NetworkConfig

__all__ = ["EmbeddingNetwork", "Encode", "Head", "ServedNetwork"]


class Encode(nn.Module):
    """`pixels_N3SS` in 0 to 255 to `features_NF`."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.model = make_encoder(config, num_classes=0)
        self.normalisation = Normalisation(self.model)

    def forward(self, pixels_N3SS: Tensor) -> Tensor:
        return self.model(self.normalisation(pixels_N3SS))


class Head(nn.Module):
    """`features_NF` to unit vectors `embedding_ND` and `logits_NV`.

    The embedding has a part for each label, so that a cosine similarity is the mean of those of the parts, the
    category's with weight 1 and an attribute's with `attribute_weight`.
    """

    def __init__(
        self, features: int, dim: int, values: Sequence[int], attribute_weight: float, proxies: bool = False
    ) -> None:
        """values: the number of categories, then of each attribute's values. proxies: whether `cosines` is asked."""
        super().__init__()
        attributes = len(values) - 1
        self.weights = (1.0, *[attribute_weight] * attributes)
        self.dims = (dim - attributes * (dim // len(values)), *[dim // len(values)] * attributes)
        self.embedding = nn.Linear(features, dim)
        self.classifier = nn.Linear(features, sum(values))
        shapes = zip(values, self.dims, strict=True) if proxies else ()
        self.proxies = nn.ParameterList([nn.Parameter(0.05 * torch.randn(shape)) for shape in shapes])

    def forward(self, features_NF: Tensor) -> tuple[Tensor, Tensor]:
        parts = self.parts(self.embedding(features_NF).float())
        weighed = [(weight / sum(self.weights)) ** 0.5 * part for weight, part in zip(self.weights, parts, strict=True)]
        return torch.cat(weighed, dim=1), self.classifier(features_NF).float()

    def parts(self, embedding_ND: Tensor) -> list[Tensor]:
        """The unit vectors of the labels, in an embedding or before they are weighed."""
        return [F.normalize(part, dim=1) for part in embedding_ND.split(self.dims, dim=1)]

    def cosines(self, unit_ND: Tensor, place: int) -> Tensor:
        """`cosine_NX` of the unit vectors of the label at `place` with the learned vector of each of its values."""
        return unit_ND @ F.normalize(self.proxies[place], dim=1).T


class EmbeddingNetwork(nn.Module):
    """`pixels_N3SS` uint8 to unit vectors `embedding_ND` and `logits_NV`."""

    def __init__(self, config: NetworkConfig, values: Sequence[int], proxies: bool = False) -> None:
        """values, proxies: see `Head`."""
        super().__init__()
        self.encode = Encode(config)
        features = int(self.encode.model.num_features)  # type: ignore[arg-type]
        self.head = Head(features, config.dim, values, config.attribute_weight, proxies)

    def forward(self, pixels_N3SS: Tensor) -> tuple[Tensor, Tensor]:
        return self.head(self.encode(pixels_N3SS))


class ServedNetwork(nn.Module):
    """The exported network: `pixels_NHWC` uint8 to `embedding_ND` and temperature-scaled `logits_NC`."""

    def __init__(self, network: EmbeddingNetwork, categories: int, temperature: float, mirrored: bool) -> None:
        super().__init__()
        self.network = network
        self.categories = categories
        self.temperature = temperature
        self.mirrored = mirrored

    def forward(self, pixels_NHWC: Tensor) -> tuple[Tensor, Tensor]:
        pixels_N3SS = pixels_NHWC.permute(0, 3, 1, 2).float()
        embedding_ND, logits_NV = self.network(pixels_N3SS)
        if self.mirrored:
            mirrored_ND, mirrored_NV = self.network(pixels_N3SS.flip(3))
            embedding_ND = F.normalize(embedding_ND + mirrored_ND, dim=1)
            logits_NV = (logits_NV + mirrored_NV) / 2
        return embedding_ND, logits_NV[:, : self.categories] / self.temperature
