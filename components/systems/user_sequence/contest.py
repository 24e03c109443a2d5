"""Everybody who is measured ranks for the same users: the bundle through its predictor, baselines by their scores.

Legend: B users asked about, K places, N items of the data set, T targets.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from components.baselines import Scorer
from components.ranking import best, hit_at, masked, mean_by_owner, ndcg_at, target_ranks
from components.systems.user_sequence.catalogue import Catalogue
from components.systems.user_sequence.crowd import Crowd
from components.systems.user_sequence.histories import Histories, read_histories
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.protocol import Examples
from data.dataset import Dataset

__all__ = [
    "Lists",
    "TimedScorer",
    "accuracy",
    "lists_of_bundle",
    "lists_of_scorer",
    "lists_of_scores",
    "lists_of_timed",
]

# From the item rows of B histories and when each is asked for, in seconds, to scores (B, N); see `Scorer`.
TimedScorer = Callable[[Sequence[np.ndarray], np.ndarray], np.ndarray]
BLOCK = 512  # histories scored at once, to bound memory


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

    Where the bundle weighs the trend, it is told the events that it counts of everybody up to the moment of each
    question.
    """
    asked = read_histories(dataset, predictor.item_ids, predictor.actions, predictor.surfaces)
    bounds = zip(examples.first_B.tolist(), examples.stop_B.tolist(), strict=True)
    now_s_B = asked.time_s_E[examples.stop_B]  # of the event with which the user came back
    read = [asked.between(first, stop) for first, stop in bounds]
    blend, kin = predictor.scorer.blend, predictor.scorer.kin
    if blend.trend:
        crowd = Crowd.of(asked, len(predictor.item_ids), predictor.counted, kin)
        parts = []
        for start in range(0, len(read), BLOCK):
            part, now_s_P = read[start : start + BLOCK], now_s_B[start : start + BLOCK]
            shown = [history.doing(predictor.read_codes) for history in part]
            alike_PN = None if kin is None else crowd.alike(kin, shown, now_s_P)
            trend_PN = blend.trending(crowd.counts(now_s_P, blend.half_life_days), alike_PN)
            parts.append(predictor.rank(part, k, now_s_P, trend_PN))
        item_BK, score_BK = (np.concatenate(column) for column in zip(*parts, strict=True))
    else:
        item_BK, score_BK = predictor.rank(read, k, now_s_B)
    row_of = {item_id: row for row, item_id in enumerate(catalogue.item_ids)}
    row_N1 = np.array([*(row_of.get(item_id, -1) for item_id in predictor.item_ids), -1])
    return _ranked(row_N1[item_BK], score_BK, examples)


def lists_of_scorer(scorer: Scorer, histories: Histories, examples: Examples, k: int) -> Lists:
    """What a baseline recommends: its best items that are not in the history."""
    return lists_of_timed(lambda inputs, _: scorer(inputs), histories, examples, k)


def lists_of_timed(scorer: TimedScorer, histories: Histories, examples: Examples, k: int) -> Lists:
    """The same of a baseline that is told when each question is asked."""
    parts = (slice(start, start + BLOCK) for start in range(0, len(examples), BLOCK))
    scored = (scorer(_inputs(histories, examples, part), histories.time_s_E[examples.stop_B[part]]) for part in parts)
    return lists_of_scores(scored, histories, examples, k)


def lists_of_scores(scored: Iterable[np.ndarray], histories: Histories, examples: Examples, k: int) -> Lists:
    """The best items that are not in the history, by chunks of scores (B, N) in the order of `examples`."""
    items, scores, start = [], [], 0
    for score_BN in scored:
        stop = start + len(score_BN)
        item_BK, score_BK = best(masked(score_BN, _inputs(histories, examples, slice(start, stop))), k)
        items.append(item_BK)
        scores.append(score_BK)
        start = stop
    return _ranked(np.concatenate(items), np.concatenate(scores), examples)


def _inputs(histories: Histories, examples: Examples, part: slice) -> list[np.ndarray]:
    bounds = zip(examples.first_B[part].tolist(), examples.stop_B[part].tolist(), strict=True)
    return [histories.item_E[first:stop] for first, stop in bounds]


def _ranked(item_BK: np.ndarray, score_BK: np.ndarray, examples: Examples) -> Lists:
    return Lists(item_BK, score_BK, target_ranks(item_BK, score_BK, examples.owner_T, examples.target_T))


def accuracy(rank_T: np.ndarray, examples: Examples, ks: tuple[int, ...]) -> dict[str, np.ndarray]:
    """`hr_at_k` and `ndcg_at_k` of every user (B,): the mean over the user's targets, of which each is ranked alone."""
    found = {}
    for k in ks:
        found[f"hr_at_{k}"] = mean_by_owner(hit_at(rank_T, k), examples.owner_T, len(examples))
        found[f"ndcg_at_{k}"] = mean_by_owner(ndcg_at(rank_T, k), examples.owner_T, len(examples))
    return found
