"""Ranked lists for the same users: of the bundle through its predictor, of baselines, and of scores in general.

Legend: B users evaluated, K places, N items of the data set, T targets, P users of a block.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from components.ranking import best, masked, mean_by_owner, ndcg_at, recall_at, target_ranks
from components.systems.user_sequence.examples import Examples
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.tables import Catalogue, Histories, read_histories
from components.systems.user_sequence.trend import CrowdLog
from data.dataset import Dataset

__all__ = ["Lists", "accuracy", "inputs_of", "lists_of_bundle", "lists_of_scores"]

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
