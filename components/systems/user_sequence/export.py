"""The trained user tower as ONNX.

Legend: B histories, L positions, C distinct tokens, T distinct prefixes, D dimensions.
"""

from pathlib import Path

import torch
from torch import Tensor

from components.learning.export import write_onnx
from components.systems.user_sequence.network import SequenceNetwork
from components.systems.user_sequence.packed import TOWER_INPUTS
from components.systems.user_sequence.served import ServedUserTower
from components.systems.user_sequence.tokens import GAPS

__all__ = ["export_user_tower"]


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
