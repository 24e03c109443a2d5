"""The embedding network: an encoder, an embedding and a classifier.

Legend: N pictures, S side in pixels, F features, D dimensions, C categories.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.encoder import Normalisation, make_encoder
from components.systems.visual_search.config import NetworkConfig

__all__ = ["EmbeddingNetwork", "ServedNetwork"]


class EmbeddingNetwork(nn.Module):
    """`pixels_N3SS` uint8 to unit vectors `embedding_ND` and `logits_NC`."""

    def __init__(self, config: NetworkConfig, categories: int) -> None:
        super().__init__()
        self.encoder = make_encoder(config, num_classes=0)
        self.normalisation = Normalisation(self.encoder)
        features = int(self.encoder.num_features)  # type: ignore[arg-type]
        self.embedding = nn.Linear(features, config.dim)
        self.classifier = nn.Linear(features, categories)

    def forward(self, pixels_N3SS: Tensor) -> tuple[Tensor, Tensor]:
        features_NF = self.encoder(self.normalisation(pixels_N3SS))
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
