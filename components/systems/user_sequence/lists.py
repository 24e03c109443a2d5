"""Ranked lists for the same users: of the bundle through its predictor, of scores, and of the baselines beside it.

Legend: B users evaluated, K places, N items of the data set, T targets, P users of a block, U users, E events.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from components.baselines import Interactions, Recommender, popularity, recent_popularity, transitions
from components.ranking import best, masked, mean_by_owner, ndcg_at, recall_at, target_ranks
from components.system import Progress
from components.systems.user_sequence.config import Baseline, EvaluationConfig
from components.systems.user_sequence.examples import Examples, examples_of
from components.systems.user_sequence.freshness import NO_DATE
from components.systems.user_sequence.history import NO_TIME
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.tables import Catalogue, Histories, read_histories
from components.systems.user_sequence.trend import CrowdLog, Stream
from data.dataset import Dataset
from data.errors import UserError
from data.project import home

__all__ = [
    "Lists",
    "TimedRecommender",
    "accuracy",
    "interactions_of",
    "lists_of_baseline",
    "lists_of_bundle",
    "lists_of_scores",
    "makers_of",
]

BLOCK = 512  # histories scored at once, to bound memory
BEFORE = {"validation": ("train",), "test": ("train", "validation")}  # splits that end before one begins
TOP = 10

# From the item rows of B histories and when each of them asks, in seconds, to scores (B, N); see `Recommender`.
TimedRecommender = Callable[[Sequence[np.ndarray], np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Lists:
    """Ranked lists: items as rows of the data set's catalogue (-1: none) with their scores, and the targets' ranks."""

    item_BK: np.ndarray
    score_BK: np.ndarray
    rank_T: np.ndarray


def lists_of_bundle(
    predictor: UserSequencePredictor,
    dataset: Dataset,
    catalogue: Catalogue,
    examples: Examples,
    k: int,
) -> Lists:
    """What the predictor recommends. One that learned from other data ranks the items that it knows.

    Where the bundle weighs the trend, each context has the events of everybody up to its moment that the bundle counts.
    """
    histories = read_histories(dataset, predictor.item_ids, predictor.actions, predictor.surfaces)
    bounds = zip(examples.first_B.tolist(), examples.stop_B.tolist(), strict=True)
    whole = [histories.between(first, stop) for first, stop in bounds]
    now_s_B = histories.time_s_E[examples.stop_B]  # of the event with which the user came back
    blend = predictor.scorer.blend
    if blend.trend:
        crowd_log = CrowdLog.of(histories, len(predictor.item_ids), predictor.counted, predictor.scorer.neighbours)
        parts = []
        for start in range(0, len(whole), BLOCK):
            now_s_P = now_s_B[start : start + BLOCK]
            crowds = crowd_log.at(now_s_P, blend.half_life_days)
            parts.append(predictor.rank(predictor.contexts(whole[start : start + BLOCK], now_s_P, crowds), k))
        item_BK, score_BK = (np.concatenate(column) for column in zip(*parts, strict=True))
    else:
        item_BK, score_BK = predictor.rank(predictor.contexts(whole, now_s_B), k)
    row_of = {item_id: row for row, item_id in enumerate(catalogue.item_ids)}
    row_N1 = np.array([*(row_of.get(item_id, -1) for item_id in predictor.item_ids), -1])
    return _ranked(row_N1[item_BK], score_BK, examples)


def lists_of_scores(scored: Iterable[np.ndarray], histories: Histories, examples: Examples, k: int) -> Lists:
    """The best items that are not in the history, by chunks of scores (B, N) in the order of `examples`."""
    items, scores, start = [], [], 0
    for score_BN in scored:
        stop = start + len(score_BN)
        item_BK, score_BK = best(masked(score_BN, inputs_of(histories, examples, slice(start, stop))), k)
        items.append(item_BK)
        scores.append(score_BK)
        start = stop
    return _ranked(np.concatenate(items), np.concatenate(scores), examples)


def inputs_of(histories: Histories, examples: Examples, part: slice) -> list[np.ndarray]:
    """The item rows that each user of some examples acted on before."""
    bounds = zip(examples.first_B[part].tolist(), examples.stop_B[part].tolist(), strict=True)
    return [histories.item_E[first:stop] for first, stop in bounds]


def _ranked(item_BK: np.ndarray, score_BK: np.ndarray, examples: Examples) -> Lists:
    return Lists(item_BK, score_BK, target_ranks(item_BK, score_BK, examples.owner_T, examples.target_T))


def accuracy(rank_T: np.ndarray, examples: Examples, ks: tuple[int, ...]) -> dict[str, np.ndarray]:
    """`hr_at_k` and `ndcg_at_k` of every user (B,): the mean over the user's targets, of which each is ranked alone."""
    figures = {}
    for k in ks:
        figures[f"hr_at_{k}"] = mean_by_owner(recall_at(rank_T, k), examples.owner_T, len(examples))
        figures[f"ndcg_at_{k}"] = mean_by_owner(ndcg_at(rank_T, k), examples.owner_T, len(examples))
    return figures


def makers_of(
    histories: Histories, created_s_N: np.ndarray, split: str, config: EvaluationConfig, progress: Progress
) -> dict[Baseline, Callable[[], TimedRecommender]]:
    """For each baseline of `config` what makes it.

    All learn from the training split alone, as the model does, or with `baselines_see: known` from all before `split`.
    `popularity_with_held_out` counts every event, those asked for included: it is no fair baseline, and the one that
    the published figure of popularity on Beauty (HR@10 .0152) is reproduced by. `streamed_popularity` counts everything
    up to the moment of the question, with the half-life that does best on validation. It, `recent_popularity` and
    `newest`, the newest first, leave out what was not there yet; items whose date is unknown count as always there, and
    as the oldest.
    """
    items = len(created_s_N)
    seen = ("train",) if config.baselines_see == "train" else BEFORE[split]

    def interactions() -> Interactions:
        return interactions_of(histories.within(*seen), items, config.positive)

    def newest() -> TimedRecommender:
        age_N = (created_s_N - created_s_N.max()).astype(np.float64)  # seconds, which 32 bits do not hold
        return _there(lambda inputs, _: np.tile(age_N, (len(inputs), 1)), created_s_N)

    makers: dict[Baseline, Callable[[], TimedRecommender]] = {
        "popularity": lambda: _whenever(popularity(interactions())),
        "popularity_with_held_out": lambda: _whenever(popularity(interactions_of(histories, items, config.positive))),
        "transitions": lambda: _whenever(transitions(interactions(), config.graph)),
        "sasrec": lambda: _whenever(_sasrec(histories, items, config, progress)),
        "recent_popularity": lambda: _there(
            _whenever(recent_popularity(interactions(), config.half_life_days)), created_s_N
        ),
        "newest": newest,
        "streamed_popularity": lambda: _streamed(histories, created_s_N, config),
    }
    return {name: makers[name] for name in config.baselines}


def lists_of_baseline(recommender: TimedRecommender, histories: Histories, examples: Examples, k: int) -> Lists:
    """What a baseline recommends: its best items that are not in the history."""
    parts = (slice(start, start + BLOCK) for start in range(0, len(examples), BLOCK))
    scored = (
        recommender(inputs_of(histories, examples, part), histories.time_s_E[examples.stop_B[part]]) for part in parts
    )
    return lists_of_scores(scored, histories, examples, k)


def interactions_of(histories: Histories, items: int, positive: Sequence[str] | None) -> Interactions:
    """The positive events of `histories` (all but hide, if `positive` is None)."""
    kept_E = histories.is_positive(positive)
    before_E1 = np.concatenate([[0], np.cumsum(kept_E)])
    time_s_E = histories.time_s_E[kept_E]
    timed = len(time_s_E) > 0 and bool((time_s_E != NO_TIME).all())
    return Interactions(before_E1[histories.offset_U1], histories.item_E[kept_E], time_s_E if timed else None, items)


def _whenever(recommender: Recommender) -> TimedRecommender:
    return lambda inputs, _: recommender(inputs)


def _sasrec(histories: Histories, items: int, config: EvaluationConfig, progress: Progress) -> Recommender:
    """Trained on the training split and stopped by validation, whatever the others see."""
    from components.baselines.sasrec.train import sasrec  # trains, which needs torch

    examples = examples_of(histories, "validation", config.positive)
    first_T = np.unique(examples.owner_T, return_index=True)[1]
    inputs = inputs_of(histories, examples, slice(None))
    log = interactions_of(histories.within("train"), items, config.positive)
    if any(len(np.unique(history)) == items for history in log.histories()):
        raise UserError(
            f"a user did something with all {items} items, so that none is left as a negative for the baseline sasrec; "
            "leave it out of evaluation.baselines"
        )

    def named(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        progress(f"{doing} the baseline sasrec", done, total, figures)

    return sasrec(log, (inputs, examples.target_T[first_T]), config.sasrec, home() / "cache" / "baselines", named)


def _streamed(histories: Histories, created_s_N: np.ndarray, config: EvaluationConfig) -> TimedRecommender:
    stream = CrowdLog.of(histories, len(created_s_N), config.positive, None).stream
    examples = examples_of(histories, "validation", config.positive).drawn(config.users)
    recommenders = [_there(_counting(stream, days), created_s_N) for days in sorted(config.half_lives_days)]
    if len(recommenders) == 1 or not len(examples):
        return recommenders[-1]
    ranks = [lists_of_baseline(recommender, histories, examples, TOP).rank_T for recommender in recommenders]
    ndcg = [accuracy(rank_T, examples, (TOP,))[f"ndcg_at_{TOP}"].mean() for rank_T in ranks]
    return recommenders[int(np.argmax(ndcg))]


def _counting(stream: Stream, half_life_days: float) -> TimedRecommender:
    return lambda _, now_s_B: stream.counts(now_s_B, half_life_days)


def _there(recommender: TimedRecommender, created_s_N: np.ndarray) -> TimedRecommender:
    """Leave out what was not there yet; an unknown moment is after everything."""

    def scores(inputs: Sequence[np.ndarray], now_s_B: np.ndarray) -> np.ndarray:
        score_BN = recommender(inputs, now_s_B)
        later_BN = (created_s_N[None] >= now_s_B[:, None]) & (created_s_N != NO_DATE) & (now_s_B != NO_TIME)[:, None]
        score_BN[later_BN] = -np.inf
        return score_BN

    return scores
