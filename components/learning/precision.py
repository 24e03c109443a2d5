"""The precision of training that suits the machine."""

from typing import Literal

import torch

__all__ = ["resolve_precision"]


def resolve_precision(
    wanted: Literal["auto", "32-true", "bf16-mixed"], accelerator: str
) -> Literal["32-true", "bf16-mixed"]:
    """bf16 where the accelerator or the CPU supports it in hardware, otherwise 32 bits. `wanted` wins unless "auto"."""
    if wanted != "auto":
        return wanted
    if accelerator != "cpu" and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16-mixed" if native else "32-true"
