"""Evaluation of an opened bundle, through the predictor that will serve it, beside baselines and on the same users.

Legend: B users evaluated, K places, N items, T targets.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from components.baselines.kept import Figures, kept
from components.code import code_of_evaluation
from components.cost import cost
from components.evaluation import Evaluation
from components.message import Message
from components.metrics import Scalar, beside, means
from components.ranking import (
    Attributes,
    coverage,
    coverage_of_share,
    interest_entropy,
    intra_list_diversity,
    novelty,
)
from components.system import Progress
from components.systems.user_sequence import SYSTEM
from components.systems.user_sequence.examples import Examples, examples_of, slices_of
from components.systems.user_sequence.history import NO_TIME
from components.systems.user_sequence.lists import (
    Lists,
    TimedRecommender,
    accuracy,
    lists_of_baseline,
    lists_of_bundle,
    lists_of_scores,
    makers_of,
)
from components.systems.user_sequence.pictures import draw
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.tables import Catalogue, Histories, read_catalogue, read_histories
from components.systems.user_sequence.types import Action, Request
from data.dataset import Dataset
from data.errors import UserError
from data.tables import SPLITS
from data.world.behaviour.record import FOLDER
from data.world.behaviour.truth import oracle_scores

__all__ = ["evaluate"]

K = 10  # places of the lists whose coverage, novelty and diversity are measured
TIMED, TIMED_ACTIONS, TIMED_K = 300, 50, 100  # requests timed, the actions of each, the items it asks for


def evaluate(bundle: Path, dataset: Dataset, config: Any, out: Path, progress: Progress) -> Evaluation:
    """Measure `bundle` on the users of `config.split`, as `config.evaluation` says.

    An example is a user; its figures are the means over the user's targets. Baselines answer for the same users, in
    columns of their own, with the figures that an earlier evaluation kept of them if its settings were the same.

    Raises:
        UserError: nobody did anything new in the split.
    """
    settings = config.evaluation
    catalogue = read_catalogue(dataset)
    items = len(catalogue.item_ids)
    histories = read_histories(dataset, catalogue.item_ids)
    examples = examples_of(histories, config.split, settings.positive).drawn(settings.users)
    if not len(examples):
        raise UserError(f"nobody did anything new in the split {config.split!r} of {dataset.name!r}; give it events")
    longest = max(*settings.ks, settings.interests_k, K) + 1  # one more tells whether the last place is a tie
    predictor = UserSequencePredictor.open(bundle)
    progress("ask the bundle", 0, 0, {})
    started = time.perf_counter()
    lists = lists_of_bundle(predictor, dataset, catalogue, examples, longest)
    scalars = {"histories_per_s": len(examples) / (time.perf_counter() - started)}
    columns = accuracy(lists.rank_T, examples, settings.ks)
    columns |= _of_lists(lists, histories, catalogue, settings.interests_k)
    scalars |= _coverages(lists, items)
    makers = makers_of(histories, catalogue.created_s_N, config.split, settings, progress)
    question = _question(dataset, config)
    for number, (name, make) in enumerate(makers.items()):
        progress(f"ask the baseline {name}", number, len(makers), {})
        measure = partial(_of_baseline, make, histories, examples, settings.ks, longest, items)
        theirs = kept({**question, "baseline": name}, measure)
        columns |= {beside(key, name): value for key, value in theirs.columns.items()}
        scalars |= {beside(key, name): value for key, value in theirs.scalars.items()}
    scalars |= _unseen(lists, histories, examples, items)
    oracle = _oracle(dataset, catalogue, histories, examples, config.split, longest)
    if oracle is not None:
        scalars |= _against_oracle(accuracy(oracle.rank_T, examples, (K,)), accuracy(lists.rank_T, examples, (K,)))
    costs = cost(bundle, predictor, _timed(histories, catalogue, predictor))
    parts = slices_of(histories, examples, items)
    frame = pd.concat([pd.DataFrame(columns), parts], axis=1)
    frame.index = pd.Index(histories.user_ids[examples.user_B], name="example_id")
    evaluation = Evaluation(
        frame,
        means(columns),
        tuple(str(name) for name in parts.columns),
        {name: Scalar(value=value) for name, value in scalars.items()} | costs,
        notes=_notes(histories),
    )
    pictures = draw(evaluation, lists, histories, examples, catalogue, dataset, out)
    return replace(evaluation, pictures=pictures)


def _question(dataset: Dataset, config: Any) -> dict[str, Any]:
    """All that decides the figures of the baselines: everything that decides an evaluation, but for the bundle."""
    code = code_of_evaluation(SYSTEM.name)
    return {
        "tables": dataset.versions(SYSTEM.tables),
        "split": config.split,
        "settings": config.evaluation.model_dump(mode="json", exclude={"baselines"}),
        "code": code.hash,
        "libraries": code.versions,
    }


def _of_baseline(
    make: Callable[[], TimedRecommender],
    histories: Histories,
    examples: Examples,
    ks: tuple[int, ...],
    longest: int,
    items: int,
) -> Figures:
    lists = lists_of_baseline(make(), histories, examples, longest)
    return Figures(accuracy(lists.rank_T, examples, ks), _coverages(lists, items))


def _of_lists(lists: Lists, histories: Histories, catalogue: Catalogue, interests_k: int) -> dict[str, np.ndarray]:
    """Novelty of every list, and where items have attributes its diversity and breadth of interests."""
    item_BK = lists.item_BK[:, :K]
    columns = {f"novelty_at_{K}": novelty(item_BK, _trained(histories, len(catalogue.item_ids)))}
    codes = catalogue.codes()
    if codes.vocabulary:
        words = np.split(np.array(codes.vocabulary)[codes.code_A], codes.offset_N1[1:-1])
        attributes = Attributes.of([part.tolist() for part in words])
        columns[f"diversity_at_{K}"] = intra_list_diversity(item_BK, attributes)
        columns[f"interest_entropy_at_{interests_k}"] = interest_entropy(lists.item_BK[:, :interests_k], attributes)
    return columns


def _notes(histories: Histories) -> tuple[str, ...]:
    if (histories.time_s_E != NO_TIME).any():
        return ()
    return (
        "No event has a time: those of one day may stand in the order of the file instead of that of life, which "
        "flatters whatever reads order (in Amazon Beauty as S3-Rec prepared it by about .0056 of recall@10).",
    )


def _trained(histories: Histories, items: int) -> np.ndarray:
    """Training events of each item (N,)."""
    return np.bincount(histories.item_E[histories.split_E == SPLITS.index("train")], minlength=items)


def _coverages(lists: Lists, items: int) -> dict[str, float]:
    item_BK = lists.item_BK[:, :K]
    return {
        f"coverage_at_{K}": coverage(item_BK, items),
        f"p90_coverage_at_{K}": coverage_of_share(item_BK, items),
    }


def _unseen(lists: Lists, histories: Histories, examples: Examples, items: int) -> dict[str, float]:
    """NDCG of targets without and with training events apart, and how many there are; each target counts the same."""
    cold_T = _trained(histories, items)[examples.target_T] == 0
    gain_T = np.where(lists.rank_T <= K, 1 / np.log2(np.minimum(lists.rank_T, K) + 1), 0.0)
    scalars = {"targets": float(len(cold_T)), "cold_targets": float(cold_T.sum())}
    for name, part_T in (("cold", cold_T), ("warm", ~cold_T)):
        if part_T.any():
            scalars[f"ndcg_at_{K}_of_{name}_items"] = float(gain_T[part_T].mean())
    return scalars


def _against_oracle(oracle: dict[str, np.ndarray], ours: dict[str, np.ndarray]) -> dict[str, float]:
    name = f"ndcg_at_{K}"
    best = float(oracle[name].mean())
    return {f"oracle_{name}": best, "share_of_oracle": float(ours[name].mean()) / best if best else 0.0}


def _oracle(
    dataset: Dataset, catalogue: Catalogue, histories: Histories, examples: Examples, split: str, k: int
) -> Lists | None:
    """What somebody who knows the true probabilities recommends; None where there is no truth to know."""
    if not (dataset.path / FOLDER).is_dir():
        return None
    item_ids, chunks = oracle_scores(dataset.path, histories.user_ids[examples.user_B].tolist(), split)
    row_of = {item_id: row for row, item_id in enumerate(catalogue.item_ids)}
    rows = np.array([row_of[item_id] for item_id in item_ids])

    def scored() -> Iterator[np.ndarray]:
        for chunk_BN in chunks:
            score_BN = np.full((len(chunk_BN), len(catalogue.item_ids)), -np.inf, np.float32)
            score_BN[:, rows] = chunk_BN
            yield score_BN

    return lists_of_scores(scored(), histories, examples, k)


def _timed(histories: Histories, catalogue: Catalogue, predictor: UserSequencePredictor) -> Iterator[Message]:
    """Requests of 50 actions for 100 items: pieces of the log, since few people did as much."""
    known = set(predictor.actions)
    generator = np.random.default_rng(0)
    size = min(TIMED_ACTIONS, len(histories.item_E))
    for start in generator.integers(0, len(histories.item_E) - size + 1, TIMED).tolist():
        actions = tuple(
            Action(
                item_id=catalogue.item_ids[histories.item_E[event]],
                action=named if (named := histories.actions[histories.action_E[event]]) in known else None,
                surface=histories.surfaces[histories.surface_E[event]],
                time_s=None,
            )
            for event in range(start, start + size)
        )
        yield Message(Request(actions=actions, k=TIMED_K))
