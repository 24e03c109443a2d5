"""Evaluation of an opened bundle: the days of the test, impression after impression, as they were served.

Two readings of each impression. Live: counts follow what happened before it, as in serving. Frozen: all counts are as
they were when the test began. Figures that compare a person's impressions with one another (GAUC, NDCG) are of the
frozen reading: live, the outcome of one impression moves the person's own rates for the next, which would compare the
moments and not the items.

Legend: N impressions, E entities, H half-lives, O outcomes.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import Auc, CalibrationError, GroupedAuc, Metric, Ndcg, NormalisedEntropy
from components.system import Progress
from components.systems.feed_ranking.config import Config
from components.systems.feed_ranking.log import (
    DAY_MS,
    actions_of,
    asked_of,
    events_of,
    impressions_of,
    label_of,
    signals_of,
)
from components.systems.feed_ranking.predictor import FeedPredictor
from components.systems.feed_ranking.types import Candidate, Request
from data.dataset import Dataset

__all__ = ["evaluate"]

FEWEST_POSITIVES = 200  # of an outcome, to claim anything about it, in all or in a slice
K = 10
NO_USERS = pd.DataFrame({"user_id": [], "attributes": []})
TIMED, CANDIDATES = 100, 500  # requests that are timed, and how many candidates each has
FREQUENT = 5  # surfaces that are slices of their own


def evaluate(
    bundle: Path,
    dataset: Dataset,
    config: Config,  # noqa: ARG001 - nothing of it concerns the measurement
    out: Path,  # noqa: ARG001
    progress: Progress,
) -> Evaluation:
    """One example is an impression of the test split."""
    predictor = FeedPredictor.open(bundle)
    heads = predictor.heads.names
    whole = impressions_of(dataset, heads)
    rows = whole[whole["split"] == "test"].reset_index(drop=True)
    taken = cost(bundle, predictor, _requests(rows))  # before the days of the test are counted
    users, surfaces, maker = rows["user_id"].tolist(), rows["surface"].tolist(), predictor.maker
    columns = maker.items.columns(users, rows["item_id"].tolist())
    frozen_NEHO = predictor.stream.read(columns, int(rows["time_ms"].min()))
    events = events_of(rows, maker.definition.outcomes, maker)
    tested = actions_of(rows, NO_USERS, predictor.config.features, heads, predictor.codes, maker)
    most = predictor.config.network.actions
    actions = predictor.recent.plus(tested), predictor.codes, most
    live = asked_of(rows, predictor.stream.counters, events, maker, actions, progress)
    time_ms_N = rows["time_ms"].to_numpy(np.int64)
    frozen = replace(
        live,
        signals_NX=signals_of(rows, frozen_NEHO, maker),
        latest=predictor.recent.latest(users, time_ms_N - int(maker.definition.delay_s * 1000), time_ms_N, most),
    )
    examples = pd.DataFrame({"user_id": rows["user_id"], **_slices(rows, whole, dataset)})
    for reading, asked in (("live", live), ("frozen", frozen)):
        chances = predictor.heads.probabilities(asked.signals_NX, asked.item_NF, asked.latest, surfaces)
        of_trees = predictor.heads.of_trees(asked.signals_NX, surfaces)
        for head in heads:
            examples[f"{reading}_{head}"], examples[f"{reading}_trees_{head}"] = chances[head], of_trees[head]
    before = whole[whole["split"] != "test"]
    for head in heads:
        examples[head] = label_of(rows, head)
        done = pd.Series(label_of(before, head), before["item_id"]).groupby(level=0).sum()
        examples[f"popular_{head}"] = rows["item_id"].map(done).fillna(0.0)
    weights = {head: predictor.config.feed.utility.get(head, 0.0) for head in heads}
    examples["utility"] = sum(weight * examples[f"frozen_{head}"] for head, weight in weights.items())
    examples["gain"] = sum(max(weight, 0) * examples[head] for head, weight in weights.items())
    examples.index = pd.Index(rows["user_id"] + "/" + rows["place"].astype(str), name="example_id")
    claimed = [head for head in heads if FEWEST_POSITIVES <= examples[head].sum() <= len(examples) - FEWEST_POSITIVES]
    notes = tuple(
        f"{head} happened {examples[head].sum():.0f} times: no claim" for head in heads if head not in claimed
    )
    fewest = FEWEST_POSITIVES if claimed else 0
    metrics = [metric for head in claimed or heads for metric in _metrics(head, fewest)]
    ndcg = Ndcg(relevance="gain", score="utility", query="user_id", k=K)
    metrics.append(Metric(name=f"utility_ndcg_at_{K}", statistic=ndcg, direction="higher", cluster="user_id"))
    return Evaluation(examples, tuple(metrics), ("surface", "activity", "age"), taken, notes=notes)


def _metrics(head: str, fewest: int) -> list[Metric]:
    """Beside the blend stand the trees alone, fitted in the same run, and popularity. fewest: positives of a claim."""

    def metric(name: str, statistic: Auc | GroupedAuc | NormalisedEntropy | CalibrationError) -> Metric:
        return Metric(name=f"{head}_{name}", statistic=statistic, direction=statistic.direction, cluster="user_id")

    auc = metric("auc", Auc(label=head, score=f"live_{head}"))
    gauc = metric("gauc", GroupedAuc(label=head, score=f"frozen_{head}", group="user_id"))
    entropy = metric("normalised_entropy", NormalisedEntropy(label=head, probability=f"live_{head}", fewest=fewest))
    error = metric("calibration_error", CalibrationError(label=head, probability=f"live_{head}", fewest=fewest))
    return [
        auc,
        auc.of_baseline("frozen", score=f"frozen_{head}"),
        auc.of_baseline("trees", score=f"live_trees_{head}"),
        gauc,
        gauc.of_baseline("trees", score=f"frozen_trees_{head}"),
        gauc.of_baseline("popularity", score=f"popular_{head}"),
        entropy,
        entropy.of_baseline("frozen", probability=f"frozen_{head}"),
        entropy.of_baseline("trees", probability=f"live_trees_{head}"),
        error,
        error.of_baseline("trees", probability=f"live_trees_{head}"),
    ]


def _slices(rows: pd.DataFrame, whole: pd.DataFrame, dataset: Dataset) -> dict[str, object]:
    frequent = rows["surface"].value_counts().index[:FREQUENT]
    before = whole[whole["split"] != "test"]["user_id"].value_counts()
    seen_N = rows["user_id"].map(before).fillna(0).to_numpy()
    items = dataset.table("items").to_pandas()
    made = rows["item_id"].map(items.set_index("item_id")["created_s"]).to_numpy(float)
    age_N = (rows["time_ms"].to_numpy() / 1000 - made) * 1000 / DAY_MS
    named = np.select([np.isnan(age_N), age_N < 7, age_N < 21], ["unknown", "week", "three weeks"], "older")
    return {
        "surface": rows["surface"].where(rows["surface"].isin(frequent), "others").to_numpy(),
        "activity": np.select([seen_N == 0, seen_N < 10], ["new", "some"], "regular"),
        "age": named,
    }


def _requests(rows: pd.DataFrame) -> list[Message]:
    """Requests of people at the beginning of the test, with as many candidates as a feed has."""
    items = rows["item_id"].drop_duplicates().head(CANDIDATES)
    candidates = tuple(Candidate(item_id=item, source="test") for item in items)
    first = rows.head(TIMED)
    return [
        Message(Request(user_id=user, time_s=time_ms // 1000, surface=surface, candidates=candidates))
        for user, time_ms, surface in zip(first["user_id"], first["time_ms"].tolist(), first["surface"], strict=True)
    ]
