"""Evaluation of an opened bundle on a randomised test that it has not seen.

One example is a message and an arm: of everybody who got the arm or none; whoever got none counts once for each arm.

Legend: N people, A arms.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import Auc, Metric, Qini, Scalar, UpliftAtK
from components.offpolicy.estimates import Estimates
from components.offpolicy.estimates import evaluate as estimates_of
from components.offpolicy.log import Logged
from components.offpolicy.rewards import cross_fitted
from components.system import Progress
from components.systems.notifications.config import Config
from components.systems.notifications.predictor import NotificationPredictor
from components.systems.notifications.trial import arms_of, messages_of, trial_of
from components.systems.notifications.types import Request
from components.systems.notifications.why import drawn
from components.traits import traits_of
from data.dataset import Dataset
from data.params.messages import NONE

__all__ = ["evaluate"]

TIMED = 200
EXPLAINED = 1000  # people in whose mean a covariate counts
SHARES = (0.1, 0.3)
PER = 1000  # people


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    """Qini and uplift beside an order at random, and the value of what the policy decides, off-policy."""
    predictor = NotificationPredictor.open(bundle)
    messages, people = messages_of(dataset, predictor.outcome, (config.split,))
    traits = pd.DataFrame(traits_of(people, config.evaluation.traits), messages["message_id"])
    parts, generator = [], np.random.default_rng(config.evaluation.seed)
    for number, arm in enumerate(arms_of(messages)):
        trial, rows = trial_of(arm, messages, people, predictor.outcome, predictor.covariates)
        known = predictor.gains.get(arm)  # none of an arm that training never tried
        gain_N = np.zeros(len(rows)) if known is None else known.of(trial.matrix_NC)
        examples = pd.DataFrame(
            {
                "user_id": rows["user_id"],
                "arm": arm,
                "treated": trial.treated_N,
                "outcome": trial.outcome_N,
                "gain": gain_N,
                "chance": generator.random(len(rows)),
                "spend": rows["spend"].to_numpy(float, na_value=np.nan),
            }
        )
        for name in traits:
            examples[name] = traits[name].reindex(rows["message_id"]).to_numpy()
        examples.index = pd.Index(rows["message_id"] + "/" + arm, name="example_id")
        parts.append(examples)
        progress("decide", number + 1, len(predictor.gains), {})
    whole = pd.concat(parts)
    requests = [Message(Request(user_id=str(number), attributes=one)) for number, one in enumerate(people[:TIMED])]
    scalars, notes = _policy(predictor, messages, people, predictor.outcome)
    picture, why = drawn(predictor, predictor.covariates.matrix(people[:EXPLAINED]), out)
    return Evaluation(
        whole,
        tuple(_metrics(whole)),
        ("arm",),
        cost(bundle, predictor, requests) | scalars,
        pictures=(picture,),
        notes=(*_chosen(predictor), *notes, *why),
    )


def _metrics(examples: pd.DataFrame) -> list[Metric]:
    given = {"outcome": "outcome", "treated": "treated", "score": "gain"}
    qini = Metric(name="qini", statistic=Qini(**given, normalised=True), direction="higher", cluster="user_id")
    metrics = [qini, qini.of_baseline("random", score="chance")]
    for share in SHARES:
        uplift = UpliftAtK(**given, share=share)
        at = Metric(name=f"uplift_at_{share * 100:.0f}", statistic=uplift, direction="higher", cluster="user_id")
        metrics += [at, at.of_baseline("random", score="chance")]
    if examples["spend"].notna().all():
        spent = UpliftAtK(**given | {"outcome": "spend"}, share=SHARES[-1])
        metrics.append(Metric(name="spend_uplift_at_30", statistic=spent, direction="higher", cluster="user_id"))
    auc = Auc(label="outcome", score="gain")
    return [*metrics, Metric(name="outcome_auc", statistic=auc, direction="higher", cluster="user_id")]


def _policy(
    predictor: NotificationPredictor, messages: pd.DataFrame, people: list[dict[str, str]], outcome: str
) -> tuple[dict[str, Scalar], list[str]]:
    """What the policy decides for all, and for as many at random, by the propensities of the log."""
    names = (NONE, *predictor.gains)
    known_N = messages["arm"].isin(names).to_numpy()
    matrix_NC = predictor.covariates.matrix([people[row] for row in np.flatnonzero(known_N)])
    rows, place_N = messages[known_N], predictor.decided(matrix_NC) + 1
    policy_NA = np.eye(len(names))[place_N]
    log = Logged(
        rows[outcome].to_numpy(bool).astype(float),
        rows["arm"].map({name: place for place, name in enumerate(names)}).to_numpy(),
        rows["propensity"].to_numpy(float),
        policy_NA,
    )
    even = Logged(log.reward_N, log.action_N, log.propensity_N, np.repeat(policy_NA.mean(axis=0)[None], len(rows), 0))
    q_NA = cross_fitted(log, matrix_NC.astype(float))
    found, random = estimates_of(log, q_NA), estimates_of(even, q_NA)
    share = float((place_N > 0).mean())
    scalars = {"volume": Scalar(value=share)}
    if found.refused or random.refused:
        return scalars, [f"value of the policy: {found.refused or random.refused}"]
    notes = [
        f"{share:.0%} of people get a message: {_said(found)} of {PER} are {outcome}, at random {_said(random)} "
        f"(doubly robust)"
    ]
    scalars["policy_per_1000"] = Scalar(value=found.estimates["dr"].value * PER, direction="higher")
    scalars["policy_per_1000.random"] = Scalar(value=random.estimates["dr"].value * PER, direction="higher")
    return scalars, notes


def _said(estimates: Estimates) -> str:
    value = estimates.estimates["dr"]
    assert value.low is not None and value.high is not None  # noqa: PT018 - of this estimator there always are
    return f"{value.value * PER:.1f} [{value.low * PER:.1f}, {value.high * PER:.1f}]"


def _chosen(predictor: NotificationPredictor) -> list[str]:
    return [*(predictor.told(arm) for arm in predictor.arms), predictor.losses]
