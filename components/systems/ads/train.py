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

from components.calibration import calibrated, fit_isotonic, fit_platt, sigmoid
from components.learning.trees import write_trees
from components.system import Progress
from components.systems.ads.boosting import boosted
from components.systems.ads.config import Config
from components.systems.ads.conversions import fit_conversions, loss_of
from components.systems.ads.delays import known_by, weights_of
from components.systems.ads.heads import DESCRIPTION, signals_file, trees_file, with_position
from components.systems.ads.log import check_names, columns_of, impressions_of, kept_share, labels, seconds
from components.systems.ads.predictor import SETTINGS
from components.systems.ads.signals import Columns, Signals, frequent
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]

SAMPLE = 2000  # impressions on which exported trees are compared with LightGBM's
MOST_POSITIONS = 20  # that are compared with the first
FITS = {"platt": fit_platt, "isotonic": fit_isotonic}


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
    columns = columns_of(rows, config.signals)
    flags, fold_N = frequent(config.signals, columns), _folds(rows, config.trees.folds)
    score_N, positions = _fit_clicks(rows, columns, flags, fold_N, config, bundle, progress)
    surfaces = rows["surface"].tolist() if config.calibration.by_surface else [""] * len(rows)
    click_N = labels(rows, "click")
    calibrations = {"click": FITS[config.calibration.kind](score_N, click_N.astype(float), surfaces)}
    chance_N = calibrated(calibrations["click"], score_N, surfaces)
    loss = -float(np.log(np.where(click_N, chance_N, 1 - chance_N)).mean())
    progress("calibrate click", 1, 1, {"validation/click_log_loss": loss})
    if "conversion" in config.heads:
        offset = _fit_conversions(rows, columns, flags, fold_N, chance_N, config, bundle, progress)
        calibrations["conversion"] = {"slope": 1.0, "offset": offset, "surfaces": {}}
    write_json(
        bundle / DESCRIPTION,
        {
            "calibrations": calibrations,
            "folds": config.trees.folds,
            "kept": kept_share(rows),
            "positions": positions,
        },
    )
    write_json(bundle / SETTINGS, {"config": config.model_dump(mode="json")})


def _fit_clicks(
    rows: pd.DataFrame,
    columns: Columns,
    flags: Sequence[tuple[str, str]],
    fold_N: NDArray[np.int64],
    config: Config,
    bundle: Path,
    progress: Progress,
) -> tuple[NDArray[np.float64], list[float]]:
    """Scores (N,) by the models that did not see the row, and what each position adds to the first."""
    label_N, folds = labels(rows, "click"), config.trees.folds
    _check_both("click", fold_N, label_N)
    whole = Signals.learn(config.signals, columns, label_N, flags)
    whole.save(bundle / signals_file("click"))
    shared, values = whole.collisions(columns)
    read = whole.read(columns, len(rows))
    position_N = _positions(rows)
    score_N = np.empty(len(rows))
    seen = int(min(position_N.max(), MOST_POSITIONS - 1)) + 1
    chance_P = np.zeros(seen)
    for fold in range(folds):
        held_N, rng = fold_N == fold, np.random.default_rng([config.seed, fold])
        orders = [whole.ordered(read, label_N, ~held_N, rng) for _ in range(config.trees.orders)]
        plain_NX, label = orders[0], label_N.astype(float)  # of what is held out, all are alike
        signals_NX = with_position(plain_NX, position_N)
        learned_NX = np.concatenate([with_position(order_NX[~held_N], position_N[~held_N]) for order_NX in orders])
        learned = np.tile(label[~held_N], len(orders))
        train = lightgbm.Dataset(learned_NX, learned, weight=np.full(len(learned), 1 / len(orders)))
        held = lightgbm.Dataset(signals_NX[held_N], label[held_N])
        progress("signals of click", fold, folds, {})
        booster = boosted(train, held, config.trees, config.seed + fold)
        score_N[held_N] = booster.predict(signals_NX[held_N], raw_score=True)
        for position in range(seen):
            there_NX = with_position(plain_NX[held_N], np.full(held_N.sum(), position))
            chance_P[position] += sigmoid(np.asarray(booster.predict(there_NX, raw_score=True))).sum()
        write_trees(booster, signals_NX[:SAMPLE], bundle / trees_file("click", fold))
        told = {"train/click_rounds": float(booster.current_iteration()), "train/click_values": float(values)}
        progress("fit click", fold + 1, folds, told | {"train/click_values_that_share_a_bucket": float(shared)})
    return score_N, (chance_P / chance_P[0]).tolist()


def _fit_conversions(
    rows: pd.DataFrame,
    columns: Columns,
    flags: Sequence[tuple[str, str]],
    fold_N: NDArray[np.int64],
    chance_N: NDArray[np.float64],
    config: Config,
    bundle: Path,
    progress: Progress,
) -> float:
    """The logit of a conversion after a click before any tree. chance_N: of a click, by models that did not see it."""
    click_N, folds, position_N = labels(rows, "click"), config.trees.folds, _positions(rows)
    age_s_N, delay_s_N = rows["time_s"].max() - seconds(rows, "time_s"), seconds(rows, "delay_s")
    sold_N = known_by(labels(rows, "conversion"), delay_s_N, age_s_N)
    _check_both("conversion", fold_N[click_N], sold_N[click_N])
    weight_N = np.ones(len(rows))
    weight_N[click_N] = weights_of(sold_N[click_N], delay_s_N[click_N], age_s_N[click_N])
    own = np.flatnonzero(click_N)
    chosen = {name: [values[row] for row in own] for name, values in columns.items()}
    whole = Signals.learn(config.signals, chosen, sold_N[own], flags)
    whole.save(bundle / signals_file("conversion"))
    read, share = whole.read(columns, len(rows)), np.average(sold_N, weights=weight_N)
    share = share / np.average(chance_N, weights=weight_N)
    offset, score_N = float(np.log(share / (1 - share))), np.empty(len(rows))
    for fold in range(folds):
        held_N, rng = fold_N == fold, np.random.default_rng([config.seed, fold])
        signals_NX = with_position(whole.apart(read, sold_N, click_N, held_N, rng), position_N)
        progress("signals of conversion", fold, folds, {})
        booster = fit_conversions(
            signals_NX, sold_N.astype(float), chance_N, weight_N, held_N, config.trees, config.seed + fold, offset
        )
        score_N[held_N] = offset + np.asarray(booster.predict(signals_NX[held_N], raw_score=True))
        write_trees(booster, signals_NX[:SAMPLE], bundle / trees_file("conversion", fold))
        progress("fit conversion", fold + 1, folds, {"train/conversion_rounds": float(booster.current_iteration())})
    loss = float(loss_of(score_N, sold_N.astype(float), chance_N).mean())
    progress("measure conversion", 1, 1, {"validation/conversion_log_loss": loss})
    return offset


def _positions(rows: pd.DataFrame) -> NDArray[np.float64]:
    return pd.to_numeric(rows["position"], errors="coerce").fillna(0).to_numpy(float)


def _check_both(head: str, fold_N: NDArray[np.int64], label_N: NDArray[np.bool_]) -> None:
    """Raise `UserError` where a fold, or what is beside it, has one value of an outcome."""
    for fold in np.unique(fold_N):
        if not all(0 < label_N[part].sum() < part.sum() for part in (fold_N == fold, fold_N != fold)):
            raise UserError(f"{head} has one value in a part of the log; set trees.folds lower, or leave the head out")


def _folds(rows: pd.DataFrame, folds: int) -> NDArray[np.int64]:
    """A fold (N,) of each person, or of each impression where the splits do not keep people apart either."""
    known = rows["user_id"] != ""
    parts = [set(rows.loc[known & (rows["split"] == split), "user_id"]) for split in ("train", "validation")]
    keys = rows["impression_id"] if parts[0] & parts[1] else rows["user_id"].where(known, rows["impression_id"])
    fold_of = {key: int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % folds for key in keys.unique()}
    return np.array([fold_of[key] for key in keys], np.int64)
