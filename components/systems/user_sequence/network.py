"""The two towers: items by id and attributes, users by a causal transformer over what they did.

Legend: B histories, L positions, N items, A attributes in all, E attributes of all items, D dimensions, H heads.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.systems.user_sequence.catalogue import Attributes
from components.systems.user_sequence.config import NetworkConfig, TowerConfig
from components.systems.user_sequence.tokens import GAPS

__all__ = ["ItemTower", "SequenceNetwork", "ServedUserTower", "UserTower"]

SPREAD = 0.02  # standard deviation of embeddings at the start


class ItemTower(nn.Module):
    """Unit vectors of all items: the embedding of the id plus the scaled sum of those of the attributes.

    Items that training never saw have no id, only attributes. One without either is a zero vector.
    """

    def __init__(self, config: TowerConfig, dim: int, seen_N: Tensor, attributes: Attributes) -> None:
        super().__init__()
        self.id_dropout = config.id_dropout
        self.id = nn.Embedding(len(seen_N), dim)
        nn.init.normal_(self.id.weight, std=SPREAD)
        self.seen_N1: Tensor
        self.register_buffer("seen_N1", seen_N[:, None].float(), persistent=False)
        self.attribute = None
        if config.attributes and attributes.vocabulary:
            self.attribute = nn.EmbeddingBag(len(attributes.vocabulary), dim, mode="sum", include_last_offset=True)
            nn.init.normal_(self.attribute.weight, std=SPREAD)
            count_N = torch.from_numpy(np.diff(attributes.offset_N1))
            share_E = (1 / count_N.clamp(min=1).float().sqrt()).repeat_interleave(count_N)
            # no buffers: the loop averages those as it does weights, which whole numbers do not survive
            self.bags = (torch.from_numpy(attributes.code_E), torch.from_numpy(attributes.offset_N1), share_E)

    def forward(self) -> Tensor:
        kept_N1 = self.seen_N1
        if self.training and self.id_dropout:
            kept_N1 = kept_N1 * (torch.rand_like(kept_N1) >= self.id_dropout)
        vector_ND = self.id.weight * kept_N1
        if self.attribute is not None:
            code_E, offset_N1, share_E = (part.to(vector_ND.device) for part in self.bags)
            vector_ND = vector_ND + self.attribute(code_E, offset_N1, per_sample_weights=share_E)
        return F.normalize(vector_ND.float(), dim=1)


class Block(nn.Module):
    """A pre-norm transformer block with causal attention, biased by learned weights of the distance."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        dim = config.dim
        self.heads = config.heads
        self.dropout = config.dropout
        self.before_attention = nn.LayerNorm(dim)
        self.query_key_value = nn.Linear(dim, 3 * dim)
        self.after_attention = nn.Linear(dim, dim)
        self.before_mlp = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.distance_HL = nn.Parameter(torch.zeros(config.heads, config.max_length))

    def forward(self, x_BLD: Tensor) -> Tensor:
        size, length, dim = x_BLD.shape
        split = self.query_key_value(self.before_attention(x_BLD))
        query, key, value = split.view(size, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        place_L = torch.arange(length, device=x_BLD.device)
        back_LL = place_L[:, None] - place_L[None]
        bias_HLL = self.distance_HL[:, back_LL.clamp(min=0)].masked_fill(back_LL < 0, float("-inf"))
        score_BHLL = query @ key.transpose(-1, -2) / math.sqrt(dim // self.heads) + bias_HLL
        weight_BHLL = F.dropout(score_BHLL.softmax(dim=-1), self.dropout, self.training)
        read_BLD = (weight_BHLL @ value).transpose(1, 2).reshape(size, length, dim)
        x_BLD = x_BLD + F.dropout(self.after_attention(read_BLD), self.dropout, self.training)
        return x_BLD + F.dropout(self.mlp(self.before_mlp(x_BLD)), self.dropout, self.training)


class UserTower(nn.Module):
    """Vectors of items and codes of what was done with them, in order, to a unit vector at every position."""

    def __init__(self, config: NetworkConfig, actions: int, surfaces: int) -> None:
        super().__init__()
        self.dim = config.dim
        self.dropout = config.dropout
        self.action = _codes(actions + 1, config.dim)
        self.surface = _codes(surfaces + 1, config.dim)
        self.gap = _codes(GAPS, config.dim)
        self.before = nn.LayerNorm(config.dim)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.after = nn.LayerNorm(config.dim)

    def forward(self, item_BLD: Tensor, action_BL: Tensor, surface_BL: Tensor, gap_BL: Tensor) -> Tensor:
        codes_BLD = self.action(action_BL) + self.surface(surface_BL) + self.gap(gap_BL)
        x_BLD = self.before(item_BLD * math.sqrt(self.dim) + codes_BLD)
        x_BLD = F.dropout(x_BLD, self.dropout, self.training)
        for block in self.blocks:
            x_BLD = block(x_BLD)
        return F.normalize(self.after(x_BLD).float(), dim=-1)


class SequenceNetwork(nn.Module):
    """Both towers, and the learned temperature between them."""

    def __init__(self, user: UserTower, item: ItemTower, temperature: float) -> None:
        super().__init__()
        self.user = user
        self.item = item
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    def forward(
        self, vector_ND: Tensor, item_BL: Tensor, action_BL: Tensor, surface_BL: Tensor, gap_BL: Tensor
    ) -> Tensor:
        """Queries (B, L, D): their inner products with `vector_ND`, the item tower's, are the scores."""
        query_BLD = self.user(F.embedding(item_BL, vector_ND), action_BL, surface_BL, gap_BL)
        return query_BLD * self.log_scale.exp()


def _codes(count: int, dim: int) -> nn.Embedding:
    """An embedding that says nothing of a code until it has learned of it."""
    embedding = nn.Embedding(count, dim)
    nn.init.zeros_(embedding.weight)
    return embedding


class ServedUserTower(nn.Module):
    """What is exported: tokens to the query (B, D) of each history's last position."""

    def __init__(self, network: SequenceNetwork) -> None:
        super().__init__()
        self.user = network.user
        self.scale = network.log_scale.detach().exp().item()

    def forward(
        self, item_BLD: Tensor, action_BL: Tensor, surface_BL: Tensor, gap_BL: Tensor, length_B: Tensor
    ) -> Tensor:
        query_BLD = self.user(item_BLD, action_BL, surface_BL, gap_BL)
        last_B1D = (length_B - 1)[:, None, None].expand(-1, 1, query_BLD.shape[2])
        return query_BLD.gather(1, last_B1D)[:, 0] * self.scale
