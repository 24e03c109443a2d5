"""LightGBM as every head trains it."""

from collections.abc import Callable, Mapping
from typing import Any

import lightgbm

from components.systems.ads.config import TreesConfig

__all__ = ["boosted"]


def boosted(
    train: lightgbm.Dataset,
    held: lightgbm.Dataset,
    config: TreesConfig,
    seed: int,
    changes: Mapping[str, Any] | None = None,
    loss: Callable[..., Any] | None = None,
) -> lightgbm.Booster:
    """As many trees as are best on `held`. changes: of the settings. loss: instead of the objective's own."""
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
    } | dict(changes or {})
    booster = lightgbm.train(
        settings,
        train,
        config.rounds,
        valid_sets=[held],
        feval=loss,
        callbacks=[lightgbm.early_stopping(config.patience, verbose=False)],
    )
    best = booster.best_iteration or config.rounds
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))
