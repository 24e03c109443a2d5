"""The live index over a million items beside bare FAISS, one query at a time in one thread, each in its own process."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["run"]

ITEMS, DIM = 1_000_000, 256
ROUNDS = 3
ROOT = Path(__file__).resolve().parents[2]
PEERS = {
    "ivf": "faiss.IndexIVFFlat at recall@10 >= 0.95",
    "flat": "faiss.IndexFlatIP",
    "usearch": "usearch HNSW, half precision",
}


def run(items: int = ITEMS) -> list[dict[str, Any]]:
    """Rows `{bench, metric, ours, peer, peer_name, ratio, unit}`; the ratio is ours / peer.

    Both sides answer in turns, since the machine's speed drifts. usearch is measured where it is installed.
    """
    from corkboard.bench._index_gallery import make

    kinds = ["ivf", "flat", *(["usearch"] if find_spec("usearch") else [])]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        make(folder, items, DIM)
        with _side("_index_ours", str(folder), "prepare") as prepared:
            made = prepared.about
        ours = stack.enter_context(_side("_index_ours", str(folder)))
        rows = []
        for kind in kinds:
            with _side("_index_peer", kind, str(folder)) as peer:
                rows += _beside(ours, peer, PEERS[kind], items)
        with _side("_index_peer", "ivf", str(folder)) as peer:
            rows += _changing(ours, peer, made, items)
    return rows


class _Side:
    """A process that is ready, and answers a command with JSON."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.about: dict[str, Any] = self._answer()

    def ask(self, command: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(map(str, self._process.args))} ended without an answer")  # type: ignore[arg-type]
        return json.loads(line)


@contextmanager
def _side(module: str, *arguments: str) -> Iterator[_Side]:
    command = [sys.executable, "-m", f"corkboard.bench.{module}", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield _Side(process)
        finally:
            process.kill()


def _beside(ours: _Side, peer: _Side, name: str, items: int) -> list[dict[str, Any]]:
    turns = [(ours.ask("round"), peer.ask("round")) for _ in range(ROUNDS)]
    filtered = ours.ask("filtered"), peer.ask("filtered")
    size = f"{items:,} items"
    rows = [
        _row(f"search p{share}, {size}", *(_percentile(side, share) for side in zip(*turns, strict=True)), name, "ms")
        for share in (50, 99)
    ]
    rows.append(_row(f"recall@10, {size}", ours.about["recall"], peer.about["recall"], name, "share"))
    rows.append(_row(f"resident memory, {size}", ours.about["rss_mb"], peer.about["rss_mb"], name, "MB"))
    if "usearch" not in name:
        medians = (float(np.median(side)) for side in filtered)
        rows.append(_row("search p50, exact under a filter that 1 % pass", *medians, name, "ms"))
    return rows


def _changing(ours: _Side, peer: _Side, made: dict[str, Any], items: int) -> list[dict[str, Any]]:
    """While the gallery changes, beside the bare index that does not."""
    name = f"{PEERS['ivf']}, unchanged"
    ours.ask("change")
    turns = [(ours.ask("round"), peer.ask("round")) for _ in range(ROUNDS)]
    p99_ms = [_percentile(side, 99) for side in zip(*turns, strict=True)]
    written_ms = ours.ask("write")
    compacted = ours.ask("compact")
    return [
        _row("search p99, 20,000 newer rows and 2 % deleted", *p99_ms, name, "ms"),
        _row("item changed until found, p99", float(np.percentile(written_ms, 99)), p99_ms[1], name, "ms"),
        _row("search p99 while compacting", compacted["p99_ms"], p99_ms[1], name, "ms"),
        _row("compaction of 100,000 newer rows", compacted["seconds"], made["seconds"], "made from nothing", "s"),
        _row("peak memory of that", compacted["peak_mb"], compacted["before_mb"], "before it", "MB"),
    ]


def _percentile(rounds: tuple[list[float], ...], share: int) -> float:
    """The median over the rounds."""
    return float(np.median([np.percentile(taken_ms, share) for taken_ms in rounds]))


def _row(metric: str, ours: float, peer: float, peer_name: str, unit: str) -> dict[str, Any]:
    row = {"bench": "index", "metric": metric, "ours": ours, "peer": peer, "peer_name": peer_name}
    return {**row, "ratio": ours / peer, "unit": unit}
