"""The user tower as it is exported: it computes no padding, and what several histories begin with only once.

Legend: B histories, L positions, T actions that are computed, D dimensions.
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
        item_TD: Tensor,
        action_T: Tensor,
        surface_T: Tensor,
        gap_T: Tensor,
        place_BL: Tensor,
        at_T: Tensor,
        length_B: Tensor,
    ) -> Tensor:
        x_TD = self.user.tokens(item_TD, action_T, surface_T, gap_T)
        blocks = cast("list[Block]", list(self.user.blocks))
        for block in blocks[:-1]:
            x_TD = _everywhere(block, x_TD, place_BL, at_T)
        x_BD = _at_the_end(blocks[-1], x_TD, place_BL, length_B)
        return self.user.queries(x_BD) * self.scale


def _everywhere(block: Block, x_TD: Tensor, place_BL: Tensor, at_T: Tensor) -> Tensor:
    query_TD, key_value_TE = block.projected(block.before_attention(x_TD))
    query_BLD, key_value_BLE = F.embedding(place_BL, query_TD), F.embedding(place_BL, key_value_TE)
    place_L = torch.arange(place_BL.shape[1])
    read_BLD = block.read(query_BLD, key_value_BLE, (place_L[:, None] - place_L)[None])
    return block.written(x_TD, F.embedding(at_T, read_BLD.flatten(0, 1)))


def _at_the_end(block: Block, x_TD: Tensor, place_BL: Tensor, length_B: Tensor) -> Tensor:
    end_B1 = length_B[:, None] - 1
    last_B = place_BL.gather(1, end_B1)[:, 0]
    weight, bias, dim = block.query_key_value.weight, block.query_key_value.bias, x_TD.shape[1]
    normed_TD = block.before_attention(x_TD)
    query_BD = F.linear(F.embedding(last_B, normed_TD), weight[:dim], bias[:dim])
    key_value_TE = F.linear(normed_TD, weight[dim:], bias[dim:])
    back_B1L = (end_B1 - torch.arange(place_BL.shape[1]))[:, None]
    read_B1D = block.read(query_BD[:, None], F.embedding(place_BL, key_value_TE), back_B1L)
    return block.written(F.embedding(last_B, x_TD), read_B1D[:, 0])
