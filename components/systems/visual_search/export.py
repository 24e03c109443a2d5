"""The trained network as ONNX.

Legend: N pictures, H height and W width in pixels, C channels.
"""

from pathlib import Path

import torch

from components.learning.export import write_onnx
from components.systems.visual_search.network import ServedNetwork

__all__ = ["export_onnx"]


def export_onnx(network: ServedNetwork, size_px: int, target: Path) -> float:
    """Write `target`, input `pixels_NHWC`, outputs `embedding_ND` and `logits_NC`; see `write_onnx`."""
    sample_NHWC = torch.randint(0, 256, (3, size_px, size_px, 3), generator=torch.Generator().manual_seed(0))
    return write_onnx(
        network,
        {"pixels_NHWC": sample_NHWC.to(torch.uint8)},
        ["embedding_ND", "logits_NC"],
        {"pixels_NHWC": {0: "N"}},
        target,
    )
