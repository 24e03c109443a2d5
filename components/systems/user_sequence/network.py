"""The two towers: items by id and attributes, users by a causal transformer over what they did.

Legend: B histories, L positions, Q positions that read, X any number of positions, N items, A attributes in all,
E attributes of all items, D dimensions, H heads, W dimensions of a head, V those of keys and values together.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.systems.user_sequence.catalogue import Attributes
from components.systems.user_sequence.config import NetworkConfig, TowerConfig
from components.systems.user_sequence.tokens import GAPS

__all__ = ["Block", "ItemTower", "SequenceNetwork", "UserTower"]

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
        query_BLD, key_value_BLV = self.projected(self.before_attention(x_BLD))
        place_L = torch.arange(x_BLD.shape[1], device=x_BLD.device)
        return self.written(x_BLD, self.read(query_BLD, key_value_BLV, (place_L[:, None] - place_L)[None]))

    def projected(self, normed_XD: Tensor) -> tuple[Tensor, Tensor]:
        """Queries (X, D), and keys and values side by side (X, 2 D)."""
        dim = normed_XD.shape[-1]
        query_XD, key_value_XV = self.query_key_value(normed_XD).split([dim, 2 * dim], dim=-1)
        return query_XD, key_value_XV

    def read(self, query_BQD: Tensor, key_value_BLV: Tensor, back_BQL: Tensor) -> Tensor:
        """What each query reads (B, Q, D). back_BQL: how far behind it a position lies; those before it are not read.

        The first dimension of `back_BQL` may be 1, for all histories.
        """
        size, queries, dim = query_BQD.shape
        wide = dim // self.heads
        query_BHQW = query_BQD.view(size, queries, self.heads, wide).transpose(1, 2)
        key, value = key_value_BLV.view(size, -1, 2, self.heads, wide).permute(2, 0, 3, 1, 4)
        bias_HBQL = self.distance_HL[:, back_BQL.clamp(min=0)].masked_fill(back_BQL < 0, float("-inf"))
        score_BHQL = query_BHQW @ key.transpose(-1, -2) / math.sqrt(wide) + bias_HBQL.transpose(0, 1)
        weight_BHQL = F.dropout(score_BHQL.softmax(dim=-1), self.dropout, self.training)
        return (weight_BHQL @ value).transpose(1, 2).reshape(size, queries, dim)

    def written(self, x_XD: Tensor, read_XD: Tensor) -> Tensor:
        """The state of positions, once they have taken in what they read."""
        x_XD = x_XD + F.dropout(self.after_attention(read_XD), self.dropout, self.training)
        return x_XD + F.dropout(self.mlp(self.before_mlp(x_XD)), self.dropout, self.training)


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
        x_BLD = self.tokens(item_BLD, action_BL, surface_BL, gap_BL)
        for block in self.blocks:
            x_BLD = block(x_BLD)
        return self.queries(x_BLD)

    def tokens(self, item_XD: Tensor, action_X: Tensor, surface_X: Tensor, gap_X: Tensor) -> Tensor:
        """What the first block reads."""
        codes_XD = self.action(action_X) + self.surface(surface_X) + self.gap(gap_X)
        x_XD = self.before(item_XD * math.sqrt(self.dim) + codes_XD)
        return F.dropout(x_XD, self.dropout, self.training)

    def queries(self, x_XD: Tensor) -> Tensor:
        """Unit vectors of what the last block wrote."""
        return F.normalize(self.after(x_XD).float(), dim=-1)


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
