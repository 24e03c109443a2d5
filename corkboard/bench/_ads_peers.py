"""The system of role `advertise` beside CatBoost and fuxictr's DCNv2, on the same rows in some of five folds.

Neither is a dependency. They run in an interpreter of their own, named by `CORKBOARD_ADS_PYTHON`, or in this one where
they are installed.

Legend: N rows.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corkboard.bench._row import Row
from corkboard.bench._told import told

__all__ = ["FOLDS", "against_peers", "peers"]

DATASETS = ("ipinyou", "kdd2012")
PEERS = {"catboost": "CatBoost", "fuxictr": "fuxictr's DCNv2"}
FOLDS = 5
HELD = 10  # a unit in so many says when a peer stops
POLL_S = 0.1
PYTHON = "CORKBOARD_ADS_PYTHON"
OURS = "ours"
COUNTED = {  # of the seconds in which all input of a training is made
    "training input, a row counts once": "table",
    "training input, a row counts for each of our models and each epoch": "rows",
    "training input, a row counts for each order of each of our models and each epoch": "passes",
}
TIMED = {"by the clock": "input_s", "of the processor": "input_cpu_s"}


def peers() -> dict[str, str]:
    """The versions of those that are installed."""
    python = os.environ.get(PYTHON, sys.executable)
    found = {name: _version(python, name) for name in PEERS}
    return {name: version for name, version in found.items() if version}


def against_peers(versions: dict[str, str], folds: int) -> list[Row]:
    """Both sides of each; of a peer that is not installed one that says so."""
    missing = [name for name in PEERS if name not in versions]
    rows = [Row(f"beside {PEERS[name]}: could not run", None, None, "", "not installed") for name in missing]
    for dataset in DATASETS if versions and folds else ():
        with tempfile.TemporaryDirectory() as folder:
            rows += _compared(dataset, Path(folder), versions, folds)
    return rows


def _compared(dataset: str, folder: Path, versions: dict[str, str], folds: int) -> list[Row]:
    from components.metrics import Auc, LogLoss, Metric
    from components.metrics.bootstrap import change

    examples = _written(dataset, folder, folds)
    python, script = os.environ.get(PYTHON, sys.executable), str(Path(__file__).with_name("_ads_peer.py"))
    commands = {OURS: [sys.executable, "-m", "corkboard.bench._ads_own", str(folder), dataset]}
    commands |= {name: [python, "-W", "ignore", script, str(folder), name, str(folds)] for name in versions}
    lines, peaks_mb = {}, {}
    for name, command in commands.items():
        told("ads", f"{dataset}: {name}, {folds} of {FOLDS} folds")
        lines[name], peaks_mb[name] = _run(command)
        examples[name] = np.clip(np.load(folder / f"{name}.npy"), 1e-6, 1 - 1e-6)
    metrics = [
        Metric(name="AUC", statistic=Auc(label="click", score=OURS), direction="higher", cluster="unit"),
        Metric(name="log loss", statistic=LogLoss(label="click", probability=OURS), direction="lower", cluster="unit"),
    ]
    rows = []
    for name, found in versions.items():
        label, columns = f"{PEERS[name]} {found}", {"AUC": "score", "log loss": "probability"}
        for metric in metrics:
            ours = metric.sample(examples)
            peer = metric.of_baseline(name, **{columns[metric.name]: name}).sample(examples)
            rows.append(Row(f"{dataset}: {metric.name}", ours.value, peer.value, "1", label))
            _, low, high = change(ours, peer, metric.name)
            rows.append(Row(f"{dataset}: {metric.name} gained, low", low, 0.0, "1", label))
            rows.append(Row(f"{dataset}: {metric.name} gained, high", high, 0.0, "1", label))
        for (what, counted), (clock, seconds) in itertools.product(COUNTED.items(), TIMED.items()):
            speeds = [
                sum(line[counted] for line in lines[one]) / sum(line[seconds] for line in lines[one])
                for one in (OURS, name)
            ]
            rows.append(Row(f"{dataset}: {what}, {clock}", speeds[0], speeds[1], "rows/s", label))
        taken = [float(np.mean([line["seconds"] for line in lines[one]])) for one in (OURS, name)]
        rows.append(Row(f"{dataset}: a training", taken[0], taken[1], "s", label))
        rows.append(Row(f"{dataset}: peak memory", peaks_mb[OURS], peaks_mb[name], "MB", label))
    return rows


def _written(dataset: str, folder: Path, folds: int) -> pd.DataFrame:
    """The files that `_ads_own` and `_ads_peer` read; of each row of the first `folds` `click` and the `unit` that is
    resampled.
    """
    from components.lifecycle.plan import make_plan
    from components.roles import ADVERTISE
    from data.versioned import bring
    from serving.discovery.declared import filling

    brought = bring(dataset)
    table = brought.table("ad_impressions").to_pandas().sort_values("impression_id", ignore_index=True)
    known = table["user_id"] != ""
    apart = not set(table.loc[known & (table["split"] == "test"), "user_id"]) & set(
        table.loc[table["split"] == "train", "user_id"]
    )
    unit = table["user_id"].where(known & apart, table["impression_id"])
    number = unit.map({name: place for place, name in enumerate(np.random.default_rng(0).permutation(unit.unique()))})
    fold_N, held_N = number % FOLDS, number // FOLDS % HELD == 0
    for fold in range(folds):
        split = np.where(fold_N == fold, "test", np.where(held_N, "validation", "train"))
        (folder / f"fold-{fold}").mkdir()
        table.assign(split=split).to_parquet(folder / f"fold-{fold}" / "ad_impressions.parquet", index=False)
        (folder / f"fold-{fold}" / "dataset.json").write_bytes((brought.path / "dataset.json").read_bytes())
    signals = make_plan(filling(ADVERTISE), dataset).config["signals"]
    lists, numbers = signals.get("lists", []), signals.get("numbers", [])
    names = dict.fromkeys(name for rate in signals["rates"] for name in rate)
    columns = {"categories": [name for name in names if name not in (*lists, *numbers)]}
    columns |= {"numbers": list(numbers), "lists": list(lists)}
    (folder / "columns.json").write_text(json.dumps(columns), encoding="utf-8")
    given = [dict(pairs) for pairs in table["features"]]
    plain = pd.DataFrame({"fold": fold_N, "held": held_N, "click": table["click"].astype(float)})
    for name in (name for own in columns.values() for name in own):
        values = table[name].astype(str) if name in table else [one.get(name, "") for one in given]
        plain[name] = values
    plain.to_parquet(folder / "rows.parquet", index=False)
    return pd.DataFrame({"click": plain["click"], "unit": unit})[fold_N < folds]


def _run(command: list[str]) -> tuple[list[dict[str, float]], float]:
    """What a process printed as JSON lines, and the most memory that it and its children held at once."""
    import psutil

    peak_mb = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak_mb = max(peak_mb, _held_mb(watched))
            time.sleep(POLL_S)
        told = process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")], peak_mb


def _held_mb(process: Any) -> float:
    """Pages that several processes share count in part for each."""
    import psutil

    held = 0
    try:
        for one in (process, *process.children(recursive=True)):
            held += one.memory_full_info().pss
    except psutil.Error:  # it has just ended
        return 0.0
    return held / 1e6


def _version(python: str, package: str) -> str | None:
    if python == sys.executable:
        try:
            return version(package)
        except PackageNotFoundError:
            return None
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
