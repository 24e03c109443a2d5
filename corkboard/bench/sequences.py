"""The system that recommends: a request, a log into tables, and a training beside RecBole's SASRec.

RecBole is no dependency, since it pins what ours excludes. It runs in an interpreter of its own, named by
`CORKBOARD_RECBOLE_PYTHON`, or in this one if it is installed here.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

DATASET = "beauty"
TARGET = 0.04  # validation NDCG@10 that both reach
LIMIT_S = 3600.0
EVENTS = 10_000_000
ACTIONS, K = 50, 100
TURNS, WARM_UP = 500, 20
PYTHON = "CORKBOARD_RECBOLE_PYTHON"
INSTALL = (
    "RecBole is not installed, so the training has no peer: make an environment with torch, run `pip install --no-deps "
    "recbole==1.2.1 colorlog colorama tabulate texttable thop tensorboard absl-py markdown werkzeug grpcio "
    f"tensorboard-data-server`, and name its interpreter in {PYTHON}"
)


def run(events: int = EVENTS, limit_s: float = LIMIT_S) -> list[Row]:
    """Requests, tables of `events` events, and training, of which the peer's is stopped after `limit_s`."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_requests(Path(folder)), *_tables(Path(folder), events), *_training(Path(folder), limit_s)]


def _requests(folder: Path) -> list[Row]:
    """Whole answers in process on one thread, beside the bare steps of the same network."""
    from components.lifecycle.plan import make_plan
    from components.roles import RECOMMEND
    from components.system import load_system
    from data.versioned import bring
    from serving.discovery.declared import filling

    dataset, system = bring(DATASET), load_system(filling(RECOMMEND))
    plan = make_plan(system.name, DATASET, {"training.epochs": 1, "training.validate_every": 1})
    for part in ("quick", "bundle"):
        (folder / part).mkdir()
    system.fit(dataset, system.Config.model_validate(plan.config), folder / "quick", folder / "bundle", lambda *_: None)
    predictor: Any = system.open_bundle(folder / "bundle")
    item_ids, generator = sorted(dataset.table("items")["item_id"].to_pylist()), np.random.default_rng(0)
    requests = [
        system.Request.model_validate(
            {"actions": [{"item_id": item_ids[row]} for row in generator.integers(0, len(item_ids), ACTIONS)], "k": K}
        )
        for _ in range(TURNS + WARM_UP)
    ]
    ours, peer = _in_turns(requests, (predictor.answer, predictor.bare))
    name = "the same network by onnxruntime and numpy"
    return [
        Row(f"request of {ACTIONS} actions for {K} items of {len(item_ids):,}, {which}", *pair, "ms", name)
        for which, pair in (
            ("p50", (float(np.quantile(ours, 0.5)), float(np.quantile(peer, 0.5)))),
            ("p99", (float(np.quantile(ours, 0.99)), float(np.quantile(peer, 0.99)))),
        )
    ]


def _in_turns(requests: list[Any], sides: tuple[Callable[[Any], Any], ...]) -> tuple[list[float], ...]:
    """Milliseconds of each side, request by request, since the machine's speed drifts."""
    taken_ms: tuple[list[float], ...] = tuple([] for _ in sides)
    for turn, request in enumerate(requests):
        for side, times in zip(sides, taken_ms, strict=True):
            started = time.perf_counter()
            side(request)
            if turn >= WARM_UP:
                times.append((time.perf_counter() - started) * 1e3)
    return taken_ms


def _tables(folder: Path, events: int) -> list[Row]:
    from corkboard.bench._events import write_log

    log = folder / "log.parquet"
    write_log(log, events)
    figures = {}
    for who in ("ours", "pandas"):
        target = folder / f"tables-{who}"
        target.mkdir()
        lines = _lines([sys.executable, "-m", "corkboard.bench._events", str(log), str(target), who])
        figures[who] = lines[-1]
    label = f"{events / 1e6:g} M events into tables"
    ours, peer = figures["ours"], figures["pandas"]
    return [
        Row(f"{label}, time", ours["seconds"], peer["seconds"], "s", "plain pandas"),
        Row(f"{label}, peak memory", ours["peak_gb"], peer["peak_gb"], "GB", "plain pandas"),
    ]


def _training(folder: Path, limit_s: float) -> list[Row]:
    python = os.environ.get(PYTHON) or (sys.executable if find_spec("recbole") else None)
    if python is None:
        print(INSTALL, file=sys.stderr)  # noqa: T201
        return []
    _write_inter(folder / "inter" / "events")
    threads = str(len(os.sched_getaffinity(0)))
    settings = [str(TARGET), str(limit_s), threads]
    (folder / "training").mkdir()
    module = [sys.executable, "-m", "corkboard.bench._sequence_training", DATASET]
    ours = _lines([*module, *settings, str(folder / "training")])
    script = Path(__file__).with_name("_recbole.py")
    peer = _lines([python, "-W", "ignore", str(script), str(folder / "inter"), *settings])
    best = [max((line["ndcg"] or 0.0 for line in lines), default=0.0) for lines in (ours, peer)]
    for who, lines, ndcg in zip(("ours", "RecBole"), (ours, peer), best, strict=True):
        print(f"{who}: {lines[-1]['seconds']:.0f} s, validation NDCG@10 {ndcg:.4f}", file=sys.stderr)  # noqa: T201
    name = "RecBole 1.2.1 SASRec"
    speeds = [line["events"] / line["seconds"] for line in (ours[-1], peer[-1])]
    rows = [Row("training", speeds[0], speeds[1], "events/s", name)]
    if best[0] >= TARGET:
        reached = best[1] >= TARGET
        label = f"training to a validation NDCG@10 of {TARGET:g}" + (
            "" if reached else ", which the peer did not reach"
        )
        rows.append(Row(label, ours[-1]["seconds"], peer[-1]["seconds"], "s", name))
    return rows


def _write_inter(folder: Path) -> None:
    """The events in RecBole's text form; where times are unknown their order stands for them."""
    from data.versioned import bring

    table = bring(DATASET).table("events").select(["user_id", "item_id", "place"])
    folder.mkdir(parents=True)
    with (folder / "events.inter").open("w", encoding="utf-8") as file:
        file.write("user_id:token\titem_id:token\ttimestamp:float\n")
        for user, item, place in zip(*(column.to_pylist() for column in table.columns), strict=True):
            file.write(f"{user}\t{item}\t{place}\n")


def _lines(command: list[str]) -> list[dict[str, Any]]:
    """What a child process printed as JSON lines, one at least."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"{' '.join(command[:4])} printed nothing")
    return lines
