"""The system of role `advertise` on a log of ads, fold by fold, as `_ads_peer.py` does it for others.

`python -m corkboard.bench._ads_own FOLDER DATASET`; FOLDER holds a prepared data set `fold-<n>` for each fold.
"""

import json
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["main"]


class _Timed:
    """Rows that trainings read, and the time until each had them: `fit` tells when the input of one is there."""

    def __init__(self) -> None:
        self.trainings, self.input_s, self.input_cpu_s = 0, 0.0, 0.0
        self._since = time.perf_counter(), time.process_time()

    def __call__(self, what: str, _done: int, _total: int, _figures: Mapping[str, float]) -> None:
        now = time.perf_counter(), time.process_time()
        if what.startswith("signals"):
            self.trainings += 1
            self.input_s += now[0] - self._since[0]
            self.input_cpu_s += now[1] - self._since[1]
        self._since = now


def main(folder: Path, name: str) -> None:
    """Train on each fold's others, predict, and print."""
    import pandas as pd

    from components.lifecycle.plan import make_plan
    from components.roles import ADVERTISE
    from components.system import load_system
    from data.dataset import open_dataset
    from serving.discovery.declared import filling

    system: Any = load_system(filling(ADVERTISE))
    config = system.Config.model_validate(make_plan(system.name, name).config)
    import_module(f"{system.package}.train")  # as peers are timed, whose libraries are there when they begin
    predicted = []
    for place in sorted(folder.glob("fold-*")):
        dataset = open_dataset(name, place, "1")
        (place / "work").mkdir()
        (place / "bundle").mkdir()
        started, timed = time.perf_counter(), _Timed()
        system.fit(dataset, config, place / "work", place / "bundle", timed)
        seconds = time.perf_counter() - started
        found = system.evaluate(place / "bundle", dataset, config, place / "work", lambda *_: None)
        predicted.append(found.examples["chance_click"])
        table = sum(split != "test" for split in dataset.table("ad_impressions")["split"].to_pylist())
        rows = table * timed.trainings  # by the model of each of our folds, whatever the orders
        told = {"table": table, "rows": rows, "passes": rows * config.trees.orders, "seconds": seconds}
        told |= {"input_s": timed.input_s, "input_cpu_s": timed.input_cpu_s}
        print(json.dumps(told), flush=True)  # noqa: T201
    np.save(folder / "ours.npy", pd.concat(predicted).sort_index().to_numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
