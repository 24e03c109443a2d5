"""Training: a log of ads in, a bundle out.

Legend: N impressions, X signals.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.calibration import calibrated, fit_beta, fit_isotonic, fit_platt, sigmoid
from components.learning.trees import write_trees
from components.system import Progress
from components.systems.ads.config import Config, TreesConfig
from components.systems.ads.delays import known_by, weights_of
from components.systems.ads.heads import DESCRIPTION, signals_file, trees_file, with_position
from components.systems.ads.log import check_names, columns_of, impressions_of, kept_share, labels, seconds
from components.systems.ads.orders import Orders
from components.systems.ads.predictor import SETTINGS
from components.systems.ads.signals import Columns, Signals, frequent
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]

SAMPLE = 2000  # impressions on which exported trees are compared with LightGBM's
MOST_POSITIONS = 20  # that are compared with the first
FITS = {"beta": fit_beta, "platt": fit_platt, "isotonic": fit_isotonic}


def fit(
    dataset: Dataset,
    config: Config,
    work: Path,  # noqa: ARG001 - minutes in all
    bundle: Path,
    progress: Progress,
) -> None:
    """Fit each head's trees, one model a fold of training and validation, and calibrate what the folds did not see.

    See `System`.
    """
    rows = impressions_of(dataset, ("train", "validation"))
    check_names(rows, config.signals)
    calibrations, positions, kept, own = {}, [1.0], kept_share(rows), rows
    columns = columns_of(rows, config.signals)
    flags = frequent(config.signals, columns)
    for head in config.heads:
        if head != "click":
            own = rows[rows["click"]].reset_index(drop=True)
            columns = columns_of(own, config.signals)
        label_N, weight_N = labels(own, head), np.ones(len(own))
        if head == "conversion":
            age_s_N, delay_s_N = rows["time_s"].max() - seconds(own, "time_s"), seconds(own, "delay_s")
            label_N = known_by(label_N, delay_s_N, age_s_N)
            weight_N = weights_of(label_N, delay_s_N, age_s_N)
        if not 0 < label_N.sum() < len(label_N):
            raise UserError(f"{head} has one value in {dataset.name}, and nothing is to learn; leave the head out")
        score_N, effect = _fit_head(head, own, columns, label_N, weight_N, flags, config, bundle, progress)
        surfaces = own["surface"].tolist() if config.calibration.by_surface else [""] * len(own)
        calibrations[head] = FITS[config.calibration.kind](
            score_N, label_N.astype(float), surfaces, weight_N, kept if head == "click" else 1.0
        )
        positions = effect if head == "click" else positions
        chance_N = calibrated(calibrations[head], score_N, surfaces)
        loss = -float(np.log(np.where(label_N, chance_N, 1 - chance_N)).mean())
        progress(f"calibrate {head}", 1, 1, {f"validation/{head}_log_loss": loss})
    write_json(
        bundle / DESCRIPTION,
        {
            "calibrations": calibrations,
            "folds": config.trees.folds,
            "kept": kept,
            "positions": positions,
        },
    )
    write_json(bundle / SETTINGS, {"config": config.model_dump(mode="json")})


def _fit_head(
    head: str,
    rows: pd.DataFrame,
    columns: Columns,
    label_N: NDArray[np.bool_],
    weight_N: NDArray[np.float64],
    flags: Sequence[tuple[str, str]],
    config: Config,
    bundle: Path,
    progress: Progress,
) -> tuple[NDArray[np.float64], list[float]]:
    """Scores (N,) by the models that did not see the row, and what each position adds to the first."""
    whole, read, (shared, values) = Signals.learn(config.signals, columns, label_N, flags)
    whole.save(bundle / signals_file(head))
    ordered = Orders(whole, read, label_N)
    fold_N, folds = _folds(rows, config.trees.folds), config.trees.folds
    position_N = pd.to_numeric(rows["position"], errors="coerce").fillna(0).to_numpy(float)
    score_N = np.empty(len(rows))
    seen = int(min(position_N.max(), MOST_POSITIONS - 1)) + 1
    chance_P = np.zeros(seen)
    for fold in range(folds):
        held_N, rng = fold_N == fold, np.random.default_rng([config.seed, fold])
        if not all(0 < label_N[part].sum() < part.sum() for part in (held_N, ~held_N)):
            raise UserError(f"{head} has one value in a part of {folds}; set trees.folds lower, or leave the head out")
        orders = [ordered.signals(~held_N, rng) for _ in range(config.trees.orders)]
        plain_NX, label = orders[0], label_N.astype(float)  # of what is held out, all are alike
        signals_NX = with_position(plain_NX, position_N)
        learned_NX = np.concatenate([with_position(order_NX[~held_N], position_N[~held_N]) for order_NX in orders])
        count = config.trees.orders
        weight_M = np.tile(weight_N[~held_N] / count, count)
        train = lightgbm.Dataset(learned_NX, np.tile(label[~held_N], count), weight=weight_M)
        held = lightgbm.Dataset(signals_NX[held_N], label[held_N], weight=weight_N[held_N])
        progress(f"signals of {head}", fold, folds, {})
        booster = _trees(train, held, config.trees, config.seed + fold)
        score_N[held_N] = booster.predict(signals_NX[held_N], raw_score=True)
        for position in range(seen):
            there_NX = with_position(plain_NX[held_N], np.full(held_N.sum(), position))
            chance_P[position] += sigmoid(np.asarray(booster.predict(there_NX, raw_score=True))).sum()
        write_trees(booster, signals_NX[:SAMPLE], bundle / trees_file(head, fold))
        told = {f"train/{head}_rounds": float(booster.current_iteration()), f"train/{head}_values": float(values)}
        progress(f"fit {head}", fold + 1, folds, told | {f"train/{head}_values_that_share_a_bucket": float(shared)})
    return score_N, (chance_P / chance_P[0]).tolist()


def _trees(train: lightgbm.Dataset, held: lightgbm.Dataset, config: TreesConfig, seed: int) -> lightgbm.Booster:
    settings = {
        "objective": "binary",
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.least_examples * config.orders,
        "lambda_l2": config.l2,
        "extra_trees": config.random_splits,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": config.feature_share,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }
    booster = lightgbm.train(
        settings,
        train,
        config.rounds,
        valid_sets=[held],
        callbacks=[lightgbm.early_stopping(config.patience, verbose=False)],
    )
    best = booster.best_iteration or config.rounds
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))


def _folds(rows: pd.DataFrame, folds: int) -> NDArray[np.int64]:
    """A fold (N,) of each person, or of each impression where the splits do not keep people apart either."""
    known = rows["user_id"] != ""
    parts = [set(rows.loc[known & (rows["split"] == split), "user_id"]) for split in ("train", "validation")]
    keys = rows["impression_id"] if parts[0] & parts[1] else rows["user_id"].where(known, rows["impression_id"])
    fold_of = {key: int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % folds for key in keys.unique()}
    return np.array([fold_of[key] for key in keys], np.int64)
