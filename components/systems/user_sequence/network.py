"""The two towers: items by id and attributes, users by a causal transformer over what they did, also as it is exported.

Legend: B histories, L positions, Q positions that read, X any number of positions, N items, A attributes of all items,
D dimensions, H heads, W dimensions of a head, V those of keys and values together; C distinct tokens and T distinct
prefixes of packed histories.
"""

import math
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.learning.export import write_onnx
from components.systems.user_sequence.config import NetworkConfig, TowerConfig
from components.systems.user_sequence.tables import Attributes
from components.systems.user_sequence.transformer import GAPS, TOWER_INPUTS

__all__ = ["Block", "ItemTower", "SequenceNetwork", "ServedUserTower", "UserTower", "export_user_tower"]

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
            share_A = (1 / count_N.clamp(min=1).float().sqrt()).repeat_interleave(count_N)
            # no buffers: the loop averages those as it does weights, which whole numbers do not survive
            self.bags = (torch.from_numpy(attributes.code_A), torch.from_numpy(attributes.offset_N1), share_A)

    def forward(self) -> Tensor:
        kept_N1 = self.seen_N1
        if self.training and self.id_dropout:
            kept_N1 = kept_N1 * (torch.rand_like(kept_N1) >= self.id_dropout)
        vector_ND = self.id.weight * kept_N1
        if self.attribute is not None:
            code_A, offset_N1, share_A = (part.to(vector_ND.device) for part in self.bags)
            vector_ND = vector_ND + self.attribute(code_A, offset_N1, per_sample_weights=share_A)
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


class ServedUserTower(nn.Module):
    """The user tower as it is exported: `Packed` histories to the query (B, D) of each one's last position.

    It projects and transforms each distinct prefix once, and no padding; it attends over the padded histories.
    Positions depend on nothing behind them, so that histories share the states of all that they begin with alike. The
    last block writes at last positions alone, since nothing reads the others.
    """

    def __init__(self, network: SequenceNetwork) -> None:
        super().__init__()
        self.user = network.user
        self.scale = network.log_scale.detach().exp().item()

    def forward(
        self,
        item_CD: Tensor,
        action_C: Tensor,
        surface_C: Tensor,
        gap_C: Tensor,
        code_T: Tensor,
        place_BL: Tensor,
        at_T: Tensor,
        length_B: Tensor,
    ) -> Tensor:
        *blocks, last = cast("list[Block]", list(self.user.blocks))
        x_XD, state_BL = self.user.tokens(item_CD, action_C, surface_C, gap_C), code_T[place_BL]  # X: C, then T
        for number, block in enumerate(blocks):
            read_TD = _everywhere(block, x_XD, state_BL, at_T)
            x_XD = block.written(F.embedding(code_T, x_XD) if number == 0 else x_XD, read_TD)
            state_BL = place_BL
        return self.user.queries(_at_the_end(last, x_XD, state_BL, length_B)) * self.scale


def _everywhere(block: Block, x_XD: Tensor, state_BL: Tensor, at_T: Tensor) -> Tensor:
    """What all states that are computed read (T, D)."""
    query_XD, key_value_XV = block.projected(block.before_attention(x_XD))
    query_BLD, key_value_BLV = F.embedding(state_BL, query_XD), F.embedding(state_BL, key_value_XV)
    place_L = torch.arange(state_BL.shape[1])
    read_BLD = block.read(query_BLD, key_value_BLV, (place_L[:, None] - place_L)[None])
    return F.embedding(at_T, read_BLD.flatten(0, 1))


def _at_the_end(block: Block, x_XD: Tensor, state_BL: Tensor, length_B: Tensor) -> Tensor:
    """Last positions (B, D), written."""
    end_B1 = length_B[:, None] - 1
    last_B = state_BL.gather(1, end_B1)[:, 0]
    weight, bias, dim = block.query_key_value.weight, block.query_key_value.bias, x_XD.shape[1]
    normed_XD = block.before_attention(x_XD)
    query_BD = F.linear(F.embedding(last_B, normed_XD), weight[:dim], bias[:dim])
    key_value_XV = F.linear(normed_XD, weight[dim:], bias[dim:])
    back_B1L = (end_B1 - torch.arange(state_BL.shape[1]))[:, None]
    read_B1D = block.read(query_BD[:, None], F.embedding(state_BL, key_value_XV), back_B1L)
    return block.written(F.embedding(last_B, x_XD), read_B1D[:, 0])


def export_user_tower(network: SequenceNetwork, actions: int, surfaces: int, max_length: int, target: Path) -> float:
    """Write `target`: inputs `TOWER_INPUTS`, output `query_BD`; see `write_onnx`."""
    examples = [
        _example(network, actions, surfaces, *size) for size in ((3, min(7, max_length)), (1, 1), (2, max_length))
    ]
    dynamic = {name: {0: name.rpartition("_")[2][0]} for name in examples[0]} | {"place_BL": {0: "B", 1: "L"}}
    return write_onnx(ServedUserTower(network), examples[0], ["query_BD"], dynamic, target, examples[1:])


def _example(network: SequenceNetwork, actions: int, surfaces: int, size: int, length: int) -> dict[str, Tensor]:
    """Histories of falling lengths, which but for their last action begin as the first does, and codes at random."""
    generator = torch.Generator().manual_seed(length)
    length_B = torch.arange(length, length - size, -1).clamp(min=1)
    place_BL = torch.arange(length).expand(size, length).clone()
    place_BL[torch.arange(1, size), length_B[1:] - 1] = torch.arange(length, length + size - 1)
    at_T = torch.cat([torch.arange(length), torch.arange(1, size) * length + length_B[1:] - 1])
    code_T = torch.cat([torch.arange(length), length_B[1:] - 1])

    def codes(count: int) -> Tensor:
        return torch.randint(0, count, (length,), generator=generator)

    item_CD = torch.randn(length, network.user.dim, generator=generator) / network.user.dim**0.5
    values = (item_CD, codes(actions + 1), codes(surfaces + 1), codes(GAPS), code_T, place_BL, at_T, length_B)
    return dict(zip(TOWER_INPUTS, values, strict=True))


def _codes(count: int, dim: int) -> nn.Embedding:
    """An embedding that says nothing of a code until it has learned of it."""
    embedding = nn.Embedding(count, dim)
    nn.init.zeros_(embedding.weight)
    return embedding
