"""bf16 is chosen where the processor multiplies it, and nowhere else."""

import pytest
import torch

from components.learning.precision import resolve_precision


@pytest.mark.parametrize(
    ("avx512_bf16", "amx", "precision"),
    [(False, False, "32-true"), (True, False, "bf16-mixed"), (False, True, "bf16-mixed")],
)
def test_the_processor_decides_unless_one_is_asked_for(avx512_bf16, amx, precision, monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512_bf16)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert resolve_precision("auto", "cpu") == precision
    assert resolve_precision("32-true", "cpu") == "32-true"
    assert resolve_precision("bf16-mixed", "cpu") == "bf16-mixed"
