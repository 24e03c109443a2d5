"""Training: a randomised log of messages in, the gain of each arm for each person out.

Legend: N people, C columns, A arms.
"""

from pathlib import Path
from typing import Any

import numpy as np

from components.learning.trees import write_trees
from components.system import Progress
from components.systems.notifications.choose import Chosen, choose
from components.systems.notifications.config import Config
from components.systems.notifications.learners import Linear, Trees
from components.systems.notifications.predictor import MODELS, POLICY
from components.systems.notifications.trial import arms_of, messages_of, trial_of
from data.covariates import Covariates
from data.dataset import Dataset
from data.files import atomic, write_json

__all__ = ["fit"]

SAMPLE = 2000  # people on whom exported trees are compared with LightGBM's


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:  # noqa: ARG001
    """Choose and fit a method for each arm, and the least gain that is worth a message; see `components.system.System`.

    Cross-validation chooses, so that the validation split trains as well.
    """
    messages, people = messages_of(dataset, config.outcome, ("train", "validation"))
    covariates = Covariates.learn(people)
    matrix_NC = covariates.matrix(people)
    arms, chosen = arms_of(messages), []
    for number, arm in enumerate(arms):
        trial, _ = trial_of(arm, messages, people, config.outcome, covariates)
        chosen.append(choose(trial, config))
        best = chosen[-1].readings[0]
        progress("choose and fit", number + 1, len(arms), {f"train/{arm}_qini": best.qini})
    best_N = np.max([one.gain.of(matrix_NC) for one in chosen], axis=0)
    arrays: dict[str, np.ndarray] = {"mean": matrix_NC.mean(axis=0)}
    described = [_written(arm, one, matrix_NC[:SAMPLE], bundle, arrays) for arm, one in zip(arms, chosen, strict=True)]
    with atomic(bundle / MODELS) as file:
        np.savez(file, allow_pickle=False, **arrays)
    write_json(
        bundle / POLICY,
        {
            "covariates": covariates.saved(),
            "channel": str(messages["channel"].mode()[0]),
            "held_back": config.held_back,
            "least_gain": max(0.0, float(np.quantile(best_N, 1 - config.volume))),
            "arms": described,
        },
    )


def _written(
    arm: str, chosen: Chosen, sample_NC: np.ndarray, bundle: Path, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """What the bundle says of an arm; the models go into `arrays` and files."""
    parts = []
    for place, part in enumerate(chosen.gain.parts):
        name = f"{arm}-{place}"
        if isinstance(part.model, Linear):
            arrays[name] = np.append(part.model.weight_C, part.model.bias)
        else:
            assert isinstance(part.model, Trees)
            write_trees(part.model.booster, sample_NC, bundle / f"{name}.onnx")
        parts.append({"weight": part.weight, "link": part.link, "model": name})
    readings = [reading.model_dump() for reading in chosen.readings]
    return {
        "arm": arm,
        "by": chosen.by,
        "method": chosen.method,
        "offset": chosen.gain.offset,
        "parts": parts,
        "readings": readings,
    }
