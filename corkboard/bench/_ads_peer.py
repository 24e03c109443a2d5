"""CatBoost or fuxictr's DCNv2 on a log of ads, fold by fold: what each predicts of the fold that it did not see.

Run as `python _ads_peer.py FOLDER catboost|fuxictr FOLDS` by an interpreter that has them. FOLDER holds
`rows.parquet`: of each row its `fold`, whether it is `held` out of training to say when to stop, `click` (0 or 1) and
features as text; and `columns.json`: names of `categories`, `numbers` and `lists`. Writes `FOLDER/<name>.npy`, and
prints a JSON line of each fold, {"table", "rows", "passes", "input_s", "input_cpu_s", "seconds"}: rows to train on;
rows that training read, in all epochs, twice; how long these took to make, by the clock and of the processor with what
workers took; and all.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["main"]

COUNTED = 60  # values of a list that are a flag each, for what takes no lists
TREES = {"iterations": 1500, "learning_rate": 0.05, "depth": 6, "l2_leaf_reg": 5}  # of the public floor
PATIENCE = 100
DIMENSIONS, HIDDEN, CROSSES, DROPOUT = 8, [64, 32], 2, 0.3
EPOCHS, BATCH, RATE, LEAST_SEEN = 20, 256, 2e-3, 3
CLICK = "click"
PARTS = ("train", "valid", "test")
KINDS: dict[str, dict[str, str]] = {
    "categories": {"type": "categorical", "dtype": "str"},
    "numbers": {"type": "numeric", "dtype": "float", "normalizer": "StandardScaler"},
    "lists": {"type": "sequence", "dtype": "str"},
}


def main(folder: Path, name: str, folds: int) -> None:
    """Train on the others of each of the first folds, predict, and print."""
    rows = pd.read_parquet(folder / "rows.parquet")
    columns = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    predicted_N = np.empty(len(rows))
    fit = {"catboost": _catboost, "fuxictr": _fuxictr}[name]
    for fold in range(folds):
        other, tested = rows["fold"] != fold, rows["fold"] == fold
        parts = [rows[other & ~rows["held"]], rows[other & rows["held"]], rows[tested]]
        predicted_N[tested], told = fit(parts, columns, folder / f"{name}-{fold}")
        print(json.dumps(told), flush=True)  # noqa: T201
    np.save(folder / f"{name}.npy", predicted_N[rows["fold"] < folds])


def _catboost(
    parts: list[pd.DataFrame], columns: dict[str, list[str]], work: Path
) -> tuple[np.ndarray, dict[str, float]]:
    from catboost import CatBoostClassifier, Pool

    started, started_cpu = time.perf_counter(), _cpu_s()
    often = {name: _often(parts[0][name]) for name in columns["lists"]}

    def pool(rows: pd.DataFrame) -> Any:
        made = rows[columns["categories"]].astype(str)
        made = made.assign(
            **{f"number {name}": pd.to_numeric(rows[name], errors="coerce") for name in columns["numbers"]}
        )
        for name, values in often.items():
            sets = rows[name].str.split(",").map(set)
            flags = {f"{name} {value}": sets.map(lambda own, value=value: value in own).astype(int) for value in values}
            made = made.assign(**flags, **{f"count {name}": sets.map(len)})
        return Pool(made, rows[CLICK], cat_features=columns["categories"])

    train, held, test = map(pool, parts)
    made = {"input_s": time.perf_counter() - started, "input_cpu_s": _cpu_s() - started_cpu}
    model = CatBoostClassifier(**TREES, thread_count=1, random_seed=0, verbose=0, train_dir=str(work))
    model.fit(train, eval_set=held, early_stopping_rounds=PATIENCE)
    told = made | _counted(len(parts[0]), len(parts[0])) | {"seconds": time.perf_counter() - started}
    return model.predict_proba(test)[:, 1], told


def _often(lists: pd.Series) -> list[str]:
    return lists.str.split(",").explode().value_counts().index[:COUNTED].tolist()


def _fuxictr(
    parts: list[pd.DataFrame], columns: dict[str, list[str]], work: Path
) -> tuple[np.ndarray, dict[str, float]]:
    """Encoded by the library, and read by its loader for NumPy: that of Parquet starts a Ray node, which costs more."""
    import torch
    from fuxictr.preprocess import FeatureProcessor
    from fuxictr.pytorch.dataloaders import RankDataLoader

    torch.set_num_threads(1)
    torch.manual_seed(0)
    (work / "log").mkdir(parents=True)
    names = [CLICK, *(name for own in columns.values() for name in own)]
    for name, rows in zip(PARTS, parts, strict=True):
        rows[names].to_csv(work / f"{name}.csv", index=False)
    features = [
        {"name": name, "active": True} | KINDS[kind] | ({"splitter": ","} if kind == "lists" else {})
        for kind, own in columns.items()
        for name in own
    ]
    started, started_cpu = time.perf_counter(), _cpu_s()
    encoder = FeatureProcessor(features, {"name": CLICK, "dtype": "float"}, dataset_id="log", data_root=str(work))
    read = [encoder.preprocess(encoder.read_data(str(work / f"{name}.csv"))) for name in PARTS]
    encoder.fit(read[0], min_categr_count=LEAST_SEEN)
    encoder.feature_map.default_emb_dim = DIMENSIONS
    paths = {}
    for name, frame in zip(PARTS, read, strict=True):
        paths[f"{name}_data"] = str(work / f"{name}.npz")
        np.savez(paths[f"{name}_data"], **encoder.transform(frame.collect().to_dict(as_series=False)))
    train, held, test = RankDataLoader(encoder.feature_map, stage="both", batch_size=BATCH, data_format="npz", **paths)
    timed = _Timed(train, time.perf_counter() - started, _cpu_s() - started_cpu)
    model = _dcnv2(encoder.feature_map, work)
    model.fit(timed, epochs=EPOCHS, validation_data=held)
    told = _counted(len(parts[0]), timed.rows) | {"input_s": timed.seconds, "input_cpu_s": timed.cpu_s}
    told["seconds"] = time.perf_counter() - started
    return model.predict(test), told


class _Timed:
    """Batches, and how long they took to make."""

    def __init__(self, batches: Any, seconds: float, cpu_s: float) -> None:
        self._batches, self.seconds, self.cpu_s, self.rows = batches, seconds, cpu_s, 0

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        started, started_cpu = time.perf_counter(), _cpu_s()
        for batch in self._batches:
            self.seconds += time.perf_counter() - started
            self.cpu_s += _cpu_s() - started_cpu
            self.rows += len(batch[CLICK])
            yield batch
            started, started_cpu = time.perf_counter(), _cpu_s()
        self.seconds += time.perf_counter() - started
        self.cpu_s += _cpu_s() - started_cpu


def _counted(table: int, rows: int) -> dict[str, float]:
    return {"table": table, "rows": rows, "passes": rows}


def _cpu_s() -> float:
    """Of this process and of its workers that have ended."""
    return sum(os.times()[:4])


def _dcnv2(feature_map: Any, work: Path) -> Any:
    """Of the library's layers, as its model zoo has it."""
    import torch
    from fuxictr.pytorch.layers import CrossNetV2, FeatureEmbedding, MLP_Block
    from fuxictr.pytorch.models import BaseModel

    class DCNv2(BaseModel):
        def __init__(self) -> None:
            super().__init__(
                feature_map, "dcnv2", monitor={"logloss": -1}, metrics=["logloss"], verbose=0, model_root=str(work)
            )
            self.embedding = FeatureEmbedding(feature_map, DIMENSIONS)
            width = feature_map.sum_emb_out_dim()
            self.cross = CrossNetV2(width, CROSSES)
            self.deep = MLP_Block(width, hidden_units=HIDDEN, dropout_rates=DROPOUT)
            self.out = torch.nn.Linear(width + HIDDEN[-1], 1)
            self.compile("adam", "binary_crossentropy", RATE)
            self.reset_parameters()
            self.model_to_device()

        def forward(self, inputs: Any) -> dict[str, Any]:
            given = self.embedding(self.get_inputs(inputs), flatten_emb=True)
            summed = self.out(torch.cat([self.cross(given), self.deep(given)], dim=-1))
            return {"y_pred": self.output_activation(summed)}

    return DCNv2()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
