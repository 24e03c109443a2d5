"""Training: a randomised log of messages in, what each arm gains and may lose of each person out.

Legend: N people, C columns.
"""

from pathlib import Path
from typing import Any

import numpy as np

from components.learning.trees import leaves_of, write_trees
from components.system import Progress
from components.systems.notifications.config import Config
from components.systems.notifications.fit_losses import learn_losses
from components.systems.notifications.predictor import MODELS, POLICY, NotificationPredictor
from components.systems.notifications.trial import arms_of, messages_of, trial_of
from components.uplift.choose import choose
from components.uplift.gains import Gain
from components.uplift.learners import Linear, Trees
from data.covariates import Covariates
from data.dataset import Dataset
from data.files import atomic, write_json

__all__ = ["fit"]

SAMPLE = 2000  # people on whom exported trees are compared with LightGBM's


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:  # noqa: ARG001
    """Choose and fit a method for each arm, what a message may lose, and the least gain that is worth a message.

    Cross-validation chooses, so that the validation split trains as well; see `components.system.System`.
    """
    messages, people = messages_of(dataset, config.outcome, ("train", "validation"))
    covariates = Covariates.learn(people)
    matrix_NC = covariates.matrix(people)
    arrays: dict[str, np.ndarray] = {"mean": matrix_NC.mean(axis=0)}
    arms, described = arms_of(messages), []
    for number, arm in enumerate(arms):
        trial, _ = trial_of(arm, messages, people, config.outcome, covariates)
        chosen = choose(trial, config.learning)
        facts = {"arm": arm, "by": chosen.by, "method": chosen.method}
        readings = [reading.model_dump() for reading in chosen.readings]
        written = _written(f"arm-{number}", chosen.gain, matrix_NC[:SAMPLE], bundle, arrays)
        described.append(facts | {"gain": written, "readings": readings})
        progress("choose and fit", number + 1, len(arms), {f"train/{arm}_qini": chosen.readings[0].qini})
    losses, said = learn_losses(messages, matrix_NC, config.learning, config.outcome)
    policy = {
        "outcome": config.outcome,
        "covariates": covariates.saved(),
        "channels": sorted(set(messages["channel"])),
        "held_back": config.held_back,
        "horizon_weeks": config.horizon_weeks,
        "least_gain": 0.0,
        "arms": described,
        "losses": {
            "said": said,
            "leaves": _written("leaves", losses.leaves, matrix_NC[:SAMPLE], bundle, arrays),
            "days": _written("days", losses.days, matrix_NC[:SAMPLE], bundle, arrays),
        },
    }
    with atomic(bundle / MODELS) as file:
        np.savez(file, allow_pickle=False, **arrays)
    write_json(bundle / POLICY, policy)
    best_N = NotificationPredictor.open(bundle).best(matrix_NC)[0]
    policy["least_gain"] = max(0.0, float(np.quantile(best_N, 1 - config.volume)))
    write_json(bundle / POLICY, policy)


def _written(
    name: str, gain: Gain, sample_NC: np.ndarray, bundle: Path, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """What the bundle says of a gain; its models go into `arrays` and files."""

    def kept(name: str, model: Any) -> str:
        if isinstance(model, Linear):
            arrays[name] = np.append(model.weight_C, model.bias)
        else:
            assert isinstance(model, Trees)
            write_trees(model.booster, sample_NC, bundle / f"{name}.onnx", model.last)
            leaves = leaves_of(model.booster, model.last)
            arrays.update({f"{name}.{field}": array for field, array in leaves.items()})
        return name

    parts = []
    for place, part in enumerate(gain.parts):
        unless = None if part.unless is None else kept(f"{name}-{place}-unless", part.unless)
        model = kept(f"{name}-{place}", part.model)
        parts.append({"weight": part.weight, "link": part.link, "model": model, "unless": unless})
    return {"offset": gain.offset, "parts": parts}
