"""What a training took: counted where the machine counts energy, otherwise estimated and called so."""

import time
from pathlib import Path

import pytest

from components.lifecycle.spent import Spent, spending


def count(folder: Path, package: int, uj: int) -> None:
    place = folder / f"intel-rapl:{package}"
    for path in (place, folder / f"intel-rapl:{package}:0"):
        path.mkdir(exist_ok=True)
        (path / "energy_uj").write_text(f"{uj}\n")
        (path / "max_energy_range_uj").write_text("1000000000\n")


def test_energy_is_counted_also_past_a_full_counter(tmp_path: Path) -> None:
    count(tmp_path, 0, 900_000_000)
    count(tmp_path, 1, 0)
    with spending(tmp_path) as spent:
        count(tmp_path, 0, 100_000_000)  # 200 J on
        count(tmp_path, 1, 160_000_000)
    assert spent.counted
    assert spent.energy_wh == pytest.approx(0.1)
    assert "by RAPL" in spent.said()
    assert Spent.of(spent.figures()) == spent


def test_what_nobody_counts_is_an_estimate(tmp_path: Path) -> None:
    with spending(tmp_path) as spent:
        until_s = time.process_time() + 0.05
        while time.process_time() < until_s:
            pass
    assert not spent.counted
    assert 0.03 < spent.processor_s < 10
    assert spent.energy_wh == pytest.approx(spent.processor_s * 10 / 3600)
    assert "an estimate: 10 W a busy core" in spent.said()
    assert Spent.of(spent.figures()) == spent
    assert Spent.of({}) is None
