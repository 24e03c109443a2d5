"""The trained user tower as ONNX.

Legend: B histories, L positions, D dimensions.
"""

from pathlib import Path

import torch
from torch import Tensor

from components.learning.export import write_onnx
from components.systems.user_sequence.network import SequenceNetwork, ServedUserTower
from components.systems.user_sequence.tokens import GAPS

__all__ = ["export_user_tower"]


def export_user_tower(network: SequenceNetwork, actions: int, surfaces: int, max_length: int, target: Path) -> float:
    """Write `target`: inputs as `ServedUserTower` takes them, output `query_BD`; see `write_onnx`."""
    examples = [
        _example(network, actions, surfaces, *size) for size in ((3, min(7, max_length)), (1, 1), (2, max_length))
    ]
    dynamic = {name: {0: "B", 1: "L"} if name != "length_B" else {0: "B"} for name in examples[0]}
    return write_onnx(ServedUserTower(network), examples[0], ["query_BD"], dynamic, target, examples[1:])


def _example(network: SequenceNetwork, actions: int, surfaces: int, size: int, length: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(length)

    def codes(count: int) -> Tensor:
        return torch.randint(0, count, (size, length), generator=generator)

    return {
        "item_BLD": torch.randn(size, length, network.user.dim, generator=generator) / network.user.dim**0.5,
        "action_BL": codes(actions + 1),
        "surface_BL": codes(surfaces + 1),
        "gap_BL": codes(GAPS),
        "length_B": torch.arange(length, length - size, -1).clamp(min=1),
    }
