"""The system of role `advertise` on each of its data sets: a training as a run has it, and its figures on the test."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corkboard.bench._row import Row
from corkboard.bench._told import told

__all__ = ["DATASETS", "WORLD", "bundle_in", "measured"]

WORLD = "ad-world"
DATASETS = ("ipinyou", "kdd2012", WORLD)
SECONDS = 120.0  # of a training
FLOORS = {
    "ipinyou": {"click_auc": 0.886, "click_log_loss": 0.165},
    "kdd2012": {"click_auc": 0.704, "click_log_loss": 0.4095},
}
BARS = {"predicted_over_observed": 1.0, "latency_p50_ms": 5.0, "latency_p99_ms": 15.0}
WANTED = (
    "click_auc",
    "click_log_loss",
    "conversion_auc",
    "predicted_over_observed",
    "click_calibration_error",
    "click_calibration_error_by_advertiser",
    "latency_p50_ms",
    "latency_p99_ms",
)


def bundle_in(folder: Path, dataset: str) -> Path:
    return folder / dataset / "bundle"


def measured(dataset: str, folder: Path) -> list[Row]:
    """Figures of the test with their intervals, where they have any. A whole bundle is left at `bundle_in`."""
    from components.lifecycle.plan import make_plan
    from components.roles import ADVERTISE
    from components.system import load_system
    from data.versioned import bring
    from serving.discovery.declared import filling

    system: Any = load_system(filling(ADVERTISE))
    config = system.Config.model_validate(make_plan(system.name, dataset).config)
    brought, bundle = bring(dataset), bundle_in(folder, dataset)
    unfinished = bundle.with_name("unfinished")
    unfinished.mkdir(parents=True)

    def progress(what: str, done: int, total: int, _figures: Mapping[str, float]) -> None:
        told("ads", f"{dataset}: {what}, {done} of {total}")

    started = time.perf_counter()
    system.fit(brought, config, folder, unfinished, progress)
    unfinished.rename(bundle)
    rows = [Row(f"{dataset}: a training", time.perf_counter() - started, SECONDS, "s")]
    found = system.evaluate(bundle, brought, config, folder, progress).totals()
    known = FLOORS.get(dataset, {}) | BARS
    for name in WANTED:
        if name not in found:
            continue
        figure, unit = found[name], "ms" if name.endswith("_ms") else "1"
        rows.append(Row(f"{dataset}: {name}", figure.value, known.get(name), unit, "bar" if name in known else None))
        if figure.low < figure.high:
            rows += [Row(f"{dataset}: {name}, {end}", getattr(figure, end), None, unit) for end in ("low", "high")]
    return rows
