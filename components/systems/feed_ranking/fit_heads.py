"""Training of the heads: trees whose number validation chooses, a network beside them, and their calibration.

Legend: N impressions, X signals.
"""

from collections.abc import Sequence
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from components.calibration import calibrated, fit_platt
from components.learning.trees import tree_settings, write_trees
from components.system import Progress
from components.systems.feed_ranking.config import Config
from components.systems.feed_ranking.heads import DESCRIPTION, NETWORK, blended, trees_file
from components.systems.feed_ranking.log import Asked
from components.systems.feed_ranking.network import fit_network, write_network
from data.errors import UserError
from data.files import write_json

__all__ = ["fit_heads"]

SAMPLE = 2000  # impressions on which exported trees are compared with LightGBM's


def fit_heads(training: Asked, validation: Asked, config: Config, bundle: Path, progress: Progress) -> None:
    """Write each head's trees, fitted to both parts for as many rounds as validation wants, and the network.

    How much of the network counts and the calibration are of what has not seen validation; a few more rows do not
    change how sure trees are.
    """
    calibrations = {}
    whole = training.plus(validation)
    beside_NH = _network(training, validation, whole, config, bundle)
    surfaces = validation.rows["surface"].tolist()
    for number, head in enumerate(config.heads):
        held_N = validation.label(head)
        for part_N, name in ((training.label(head), "train"), (held_N, "validation")):
            if not 0 < part_N.sum() < len(part_N):
                raise UserError(
                    f"{head} has one value in the {name} split, and nothing is to learn; leave the head out"
                )
        chosen = _trees(training, head, config, config.trees.rounds, validation)
        rounds = chosen.best_iteration or config.trees.rounds
        sum_N = np.asarray(chosen.predict(validation.signals_NX, num_iteration=rounds, raw_score=True))
        weight, trees = 0.0, fit_platt(sum_N, held_N, surfaces)
        if beside_NH is not None:
            weight = _weighed(sum_N, beside_NH[:, number], held_N, surfaces, config.network.weights)
            sum_N = blended(sum_N, beside_NH[:, number], weight)
        calibrations[head] = fit_platt(sum_N, held_N, surfaces) | {"network": weight, "place": number, "trees": trees}
        final = _trees(whole, head, config, rounds)
        write_trees(final, whole.signals_NX[:SAMPLE], bundle / trees_file(head))
        facts = {f"train/{head}_rounds": float(rounds), f"train/{head}_network": weight}
        progress("fit heads", number + 1, len(config.heads), facts)
    write_json(bundle / DESCRIPTION, calibrations)


def _network(
    training: Asked, validation: Asked, whole: Asked, config: Config, bundle: Path
) -> NDArray[np.float64] | None:
    """Write the network, fitted to both parts; the logits on validation (N, H) of one that has not seen it."""
    if not config.network.epochs:
        return None
    codes = max(int(whole.item_NF.max()), int(whole.latest.item_NLF.max()))
    trial = fit_network(training, codes, config.heads, config.network, config.seed)
    write_network(fit_network(whole, codes, config.heads, config.network, config.seed), whole, bundle / NETWORK)
    return trial.logits(validation)


def _weighed(
    sum_N: NDArray[np.float64],
    beside_N: NDArray[np.float64],
    label_N: NDArray[np.float64],
    surfaces: list[str],
    weights: Sequence[float],
) -> float:
    """The weight of the network with the least log loss, once calibrated."""

    def loss(weight: float) -> float:
        mixed_N = blended(sum_N, beside_N, weight)
        chance_N = calibrated(fit_platt(mixed_N, label_N, surfaces), mixed_N, surfaces)
        return -float(np.mean(label_N * np.log(chance_N) + (1 - label_N) * np.log1p(-chance_N)))

    return min(weights, key=loss)


def _trees(asked: Asked, head: str, config: Config, rounds: int, *held: Asked) -> lightgbm.Booster:
    """held: decides when to stop."""
    trees = config.trees
    given = [lightgbm.Dataset(one.signals_NX, one.label(head)) for one in (asked, *held)]
    return lightgbm.train(
        tree_settings(trees.learning_rate, trees.leaves, trees.least_examples, config.seed),
        given[0],
        rounds,
        valid_sets=given[1:],
        callbacks=[lightgbm.early_stopping(trees.patience, verbose=False)] * len(held),
    )
