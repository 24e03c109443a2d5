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

from corkboard.bench._row import Row

__all__ = ["run"]

ITEMS, DIM = 1_000_000, 256
ROUNDS = 3
WALL, PROCESSOR = 0, 1
ROOT = Path(__file__).resolve().parents[2]
PEERS = {
    "ivf": "faiss.IndexIVFFlat at recall@10 >= 0.95",
    "flat": "faiss.IndexFlatIP",
    "usearch": "usearch HNSW, half precision",
}


def run(items: int = ITEMS) -> list[Row]:
    """Search and change a gallery of `items` vectors, and one a tenth as large.

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
            rows += _changing(ours, peer, made)
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
    from serving.process import ONE_THREAD

    environment = os.environ | ONE_THREAD
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield _Side(process)
        finally:
            process.kill()


def _beside(ours: _Side, peer: _Side, name: str, items: int) -> list[Row]:
    turns = [(ours.ask("round"), peer.ask("round")) for _ in range(ROUNDS)]
    size = f"{items:,} items"
    rows = [
        Row(f"search p{share}, {size}{where}", *_times_ms(turns, share, clock), "ms", name)
        for share, clock, where in ((50, WALL, ""), (99, WALL, ""), (99, PROCESSOR, ", processor's time"))
    ]
    rows.append(Row(f"recall@10, {size}", ours.about["recall"], peer.about["recall"], "share", name))
    rows.append(Row(f"resident memory, {size}", ours.about["rss_mb"], peer.about["rss_mb"], "MB", name))
    if name != PEERS["usearch"]:
        filtered = [(ours.ask("filtered"), peer.ask("filtered")) for _ in range(ROUNDS)]
        rows.append(Row("search p50, exact, 1 % pass a filter", *_times_ms(filtered, 50, WALL), "ms", name))
    return rows


def _changing(ours: _Side, peer: _Side, made: dict[str, Any]) -> list[Row]:
    """While the gallery changes, beside the bare index that does not."""
    name = f"{PEERS['ivf']}, unchanged"
    ours.ask("change")
    turns = [(ours.ask("round"), peer.ask("round")) for _ in range(ROUNDS)]
    written = [(ours.ask("write"), peer.ask("round"))]
    compacted = ours.ask("compact")
    compacting = [(compacted["taken_ms"], peer.ask("round"))]
    rows = [
        Row(f"{metric}{where}", *_times_ms(times, 99, clock), "ms", name)
        for metric, times in (
            ("search p99, 20,000 newer rows and 2 % deleted", turns),
            ("item changed until found, p99", written),
            ("search p99 while compacting", compacting),
        )
        for clock, where in ((WALL, ""), (PROCESSOR, ", processor's time"))
    ]
    seconds, peak_mb = compacted["seconds"], compacted["peak_mb"]
    rows.append(Row("compaction of 100,000 newer rows", seconds, made["seconds"], "s", "made from nothing"))
    rows.append(Row("peak memory of that", peak_mb, compacted["before_mb"], "MB", "before it"))
    return rows


def _times_ms(turns: list[tuple[Any, Any]], share: int, clock: int) -> tuple[float, float]:
    """Of both sides the percentile of every round, and its median over the rounds."""
    ours, peer = (
        float(np.median([np.percentile([times[clock] for times in turn[side]], share) for turn in turns]))
        for side in (0, 1)
    )
    return ours, peer
