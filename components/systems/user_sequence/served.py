"""The user tower as it is exported: it projects and transforms each distinct prefix once, and no padding.

It attends over the padded histories. Legend: B histories, L positions, C distinct tokens, T distinct prefixes, X either
of the two, D dimensions, V those of keys and values together.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from components.systems.user_sequence.network import Block, SequenceNetwork

__all__ = ["ServedUserTower"]


class ServedUserTower(nn.Module):
    """`Packed` histories to the query (B, D) of each one's last position, equal to the user tower's.

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
