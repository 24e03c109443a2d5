"""Evaluation of an opened bundle: the impressions of the test, at the position where each was seen.

AUC and log loss are at the scale of the log, calibration also where all impressions count.

Legend: N impressions.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from components.calibration import sigmoid
from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import Auc, CalibrationError, LogLoss, Metric, NormalisedEntropy, Ratio
from components.system import Progress
from components.systems.ads.config import Config
from components.systems.ads.heads import of_log
from components.systems.ads.log import columns_of, impressions_of, labels
from components.systems.ads.predictor import AdsPredictor
from components.systems.ads.types import Candidate, Request
from data.dataset import Dataset

__all__ = ["evaluate"]

FEWEST_POSITIVES = 200  # of an outcome, to claim anything about it
TIMED, CANDIDATES, SLOTS = 100, 500, 4
FREQUENT = 10  # advertisers and surfaces that are slices of their own
BID = 1000


def evaluate(
    bundle: Path,
    dataset: Dataset,
    config: Config,  # noqa: ARG001 - nothing of it concerns the measurement
    out: Path,  # noqa: ARG001
    progress: Progress,
) -> Evaluation:
    """One example is an impression of the test split; people are resampled whole."""
    predictor = AdsPredictor.open(bundle)
    heads = predictor.heads
    rows = impressions_of(dataset, ("test",))
    read = heads.read(columns_of(rows, predictor.config.signals), len(rows))
    surfaces = rows["surface"].tolist()
    position_N = pd.to_numeric(rows["position"], errors="coerce").fillna(0).to_numpy(float)
    unit = rows["user_id"].where(rows["user_id"] != "", rows["impression_id"])
    examples = pd.DataFrame({"user_id": unit, "weight": rows["weight"], **_slices(rows, dataset)})
    for number, head in enumerate(heads.names):
        progress("measure", number, len(heads.names), {})
        examples[head] = labels(rows, head).astype(float)
        examples[f"raw_{head}"] = sigmoid(heads.raw(head, read, position_N)).mean(axis=0)
    chances = heads.probabilities(read, surfaces, position_N, heads.names)
    examples["chance_click"] = of_log(chances["click"], heads.kept)
    if "conversion" in chances:  # of all impressions, as the whole log tells it
        examples["chance_conversion"] = examples["chance_click"] * chances["conversion"]
        examples["raw_conversion"] *= examples["raw_click"]
    examples["predicted"] = chances["click"] * rows["weight"]
    examples["observed"] = examples["click"] * rows["weight"]
    examples.index = pd.Index(rows["impression_id"], name="example_id")
    metrics = [metric for head in heads.names for metric in _metrics(head)]
    ratio = Ratio(numerator="predicted", denominator="observed")
    metrics.append(Metric(name="predicted_over_observed", statistic=ratio, direction="lower", cluster="user_id"))
    few = [head for head in heads.names if examples[head].sum() < FEWEST_POSITIVES]
    notes = tuple(f"{head} happened {examples[head].sum():.0f} times: no claim" for head in few)
    taken = cost(bundle, predictor, _requests(rows))
    return Evaluation(examples, tuple(metrics), ("surface", "advertiser", "ad"), taken, notes=notes)


def _metrics(head: str) -> list[Metric]:
    of = {"label": head, "probability": f"chance_{head}"}
    auc = Metric(
        name=f"{head}_auc", statistic=Auc(label=head, score=f"chance_{head}"), direction="higher", cluster="user_id"
    )
    lower = [
        Metric(name=f"{head}_{name}", statistic=statistic, direction="lower", cluster="user_id")
        for name, statistic in (
            ("log_loss", LogLoss(**of)),
            ("normalised_entropy", NormalisedEntropy(**of)),
            ("calibration_error", CalibrationError(**of)),
            ("calibration_error_by_advertiser", CalibrationError(**of, by="advertiser")),
        )
    ]
    return [auc, *lower, lower[2].of_baseline("uncalibrated", probability=f"raw_{head}")]


def _slices(rows: pd.DataFrame, dataset: Dataset) -> dict[str, object]:
    known = set(impressions_of(dataset, ("train", "validation"))["ad_id"])
    parts: dict[str, object] = {"ad": np.where(rows["ad_id"].isin(known), "known", "new")}
    for name, column in (("surface", "surface"), ("advertiser", "advertiser_id")):
        clicks = rows.groupby(column)["click"].agg(["sum", "count"])
        told = clicks[(clicks["sum"] > 0) & (clicks["sum"] < clicks["count"])].sort_values("sum", ascending=False)
        parts[name] = rows[column].where(rows[column].isin(told.index[:FREQUENT]), "others").to_numpy()
    return parts


def _requests(rows: pd.DataFrame) -> list[Message]:
    """Requests at moments of the test, each with as many candidates as ads can be named."""
    ads = rows.drop_duplicates("ad_id")[["ad_id", "campaign_id", "advertiser_id"]].to_dict("records")
    candidates = tuple(
        Candidate.model_validate({**ads[place % len(ads)], "bid": BID + place})
        if place < len(ads)
        else Candidate.model_validate({**ads[place % len(ads)], "ad_id": f"another-{place}", "bid": BID + place})
        for place in range(CANDIDATES)
    )
    asked = [
        Request(user_id=user, surface=surface, features=dict(features), slots=SLOTS, candidates=candidates)
        for user, surface, features in zip(rows["user_id"], rows["surface"], rows["features"], strict=True)
    ]
    return [Message(one) for one in asked[:TIMED]]
