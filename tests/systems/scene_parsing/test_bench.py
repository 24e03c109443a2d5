"""The benchmark of parsing sends a photo of the size that the bar is for, and says what it measured."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.golden import save_goldens
from components.system import load_system
from corkboard.bench import parsing
from corkboard.commands.bench import COLUMNS


def test_rows_of_answers_in_a_process_of_their_own(
    fitted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, bundle, _ = fitted
    save_goldens(tmp_path, load_system("scene-parsing").golden_requests(bundle, dataset))
    photo = parsing._photo(tmp_path)
    with Image.open(io.BytesIO(photo)) as image:
        assert image.size == parsing.SIZE_PX
    monkeypatch.setattr(parsing, "ANSWERS", 4)
    taken_ms, memory_mb = parsing._alone("scene-parsing", bundle, 2, photo)
    assert len(taken_ms) == 4
    assert 30 < memory_mb < 1000
    p50, p99 = parsing._times([10.0] * 99 + [400.0], "here")
    assert {"bench", *p50.document()} == set(COLUMNS)
    assert p50.document() == {
        "metric": "p50 here",
        "ours": 10,
        "peer": 200,
        "peer_name": "bar",
        "ratio": 0.05,
        "unit": "ms",
    }
    assert p99.ours > 200
