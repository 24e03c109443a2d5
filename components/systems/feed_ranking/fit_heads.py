"""Training of the heads: trees whose number validation chooses, and their calibration.

Legend: N impressions, X signals.
"""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from components.calibration import fit_platt
from components.learning.trees import write_trees
from components.system import Progress
from components.systems.feed_ranking.config import Config, TreesConfig
from components.systems.feed_ranking.heads import DESCRIPTION, trees_file
from components.systems.feed_ranking.log import Asked
from data.errors import UserError
from data.files import write_json

__all__ = ["fit_heads"]

SAMPLE = 2000  # impressions on which exported trees are compared with LightGBM's


def fit_heads(training: Asked, validation: Asked, config: Config, bundle: Path, progress: Progress) -> None:
    """Write each head's trees, fitted to both parts for as many rounds as validation wants, and their calibration.

    The calibration is of the trees that have not seen validation; a few more rows do not change how sure trees are.
    """
    calibrations = {}
    whole_NX = np.concatenate([training.signals_NX, validation.signals_NX])
    surfaces = validation.rows["surface"].tolist()
    for number, head in enumerate(config.heads):
        label_N, held_N = training.label(head), validation.label(head)
        for part, name in ((label_N, "train"), (held_N, "validation")):
            if not 0 < part.sum() < len(part):
                raise UserError(
                    f"{head} has one value in the {name} split, and nothing is to learn; leave the head out"
                )
        chosen = _trees(training.signals_NX, label_N, config.trees, config.seed, (validation.signals_NX, held_N))
        rounds = chosen.best_iteration or config.trees.rounds
        sum_N = np.asarray(chosen.predict(validation.signals_NX, num_iteration=rounds, raw_score=True))
        calibrations[head] = fit_platt(sum_N, held_N, surfaces)
        final = _trees(whole_NX, np.concatenate([label_N, held_N]), config.trees, config.seed, None, rounds)
        write_trees(final, whole_NX[:SAMPLE], bundle / trees_file(head))
        progress("fit heads", number + 1, len(config.heads), {f"train/{head}_rounds": float(rounds)})
    write_json(bundle / DESCRIPTION, calibrations)


def _trees(
    signals_NX: NDArray[np.float32],
    label_N: NDArray[np.float64],
    config: TreesConfig,
    seed: int,
    held: tuple[NDArray[np.float32], NDArray[np.float64]] | None,
    rounds: int | None = None,
) -> lightgbm.Booster:
    settings = {
        "objective": "binary",
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.least_examples,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.6,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    stop: list[Any] = [lightgbm.early_stopping(config.patience, verbose=False)] if held is not None else []
    return lightgbm.train(
        settings,
        lightgbm.Dataset(signals_NX, label_N),
        rounds or config.rounds,
        valid_sets=[lightgbm.Dataset(*held)] if held is not None else [],
        callbacks=stop,
    )
