"""Trees that order candidates: those of a search, of which most were never judged and count as no answer.

Learned from judged items alone, trees never meet what words find by accident, and ruin the full ranking: README.md.
Items that somebody chose are another matter: all are near the query, and their predicted grade orders them.
Legend: C candidates, X signals, N pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from components.finding.judgements import Query
from components.finding.ranker import DESCRIPTION, GRADE, ORDER, fold_of, trees_file
from components.finding.signals import signals
from components.learning.trees import write_trees
from components.system import Progress
from components.systems.search_relevance.config import FusionConfig, RankingConfig
from components.systems.search_relevance.predictor import SearchPredictor
from data.files import write_json

__all__ = ["Example", "fit_ranking", "gathered"]


@dataclass(frozen=True)
class Example:
    """The candidates of a query. judged_C: whether somebody graded it."""

    query: Query
    signals_CX: np.ndarray
    grade_C: np.ndarray
    judged_C: np.ndarray


def fit_ranking(
    examples: Sequence[Example],
    pool: int,
    config: RankingConfig,
    fusion: FusionConfig,
    bundle: Path,
    progress: Progress,
) -> None:
    """Write the trees of each fold, and what is fused where there are none, into `bundle`.

    examples: queries that nothing answers teach no order, but what a grade of 0 looks like. Where all grades are the
    same, none is learned. pool: candidates by each signal.
    """
    bundle.mkdir(exist_ok=True)
    folds: dict[str, int] = {}
    cuts: list[list[float]] = []
    if sum(one.query.best > 0 for one in examples) >= max(2, config.folds):
        count = max(1, config.folds)
        graded = len(np.unique(np.concatenate([one.grade_C[one.judged_C] for one in examples]))) > 1
        for fold in range(count):
            others = [one for one in examples if count == 1 or fold_of(one.query.text, count) != fold]
            models = {ORDER: _ordering(others, config)}
            if graded:
                models[GRADE] = _grading(others, config)
                cuts.append(_cuts(models[GRADE], others))
            for kind, model in models.items():
                _write(model, others, bundle / trees_file(kind, fold))
            progress("rank", fold + 1, count, {})
        folds = dict.fromkeys((ORDER, GRADE) if graded else (ORDER,), count)
    weights = {"words_bm25": fusion.words, "meaning": fusion.meaning, "looks": fusion.looks}
    write_json(bundle / DESCRIPTION, {"pool": pool, "weights": weights, "folds": folds, "cuts": cuts})


def gathered(queries: Sequence[Query], predictor: SearchPredictor, progress: Progress) -> Iterator[Example]:
    """The candidates of each query that has a judged item, and these items."""
    shelf = predictor.shelf
    for number, query in enumerate(queries):
        judged = [shelf.row_of[item_id] for item_id in query.grades if item_id in shelf.row_of]
        if judged:
            read = predictor.read_query(query.text)
            rows = np.union1d(predictor.candidates(read, {}), judged)
            ids = [shelf.entries[row].document.item_id for row in rows.tolist()]
            grade_C = np.array([query.grades.get(item_id, 0.0) for item_id in ids])
            judged_C = np.isin(rows, judged)
            yield Example(query, signals(shelf, read, rows), grade_C, judged_C)
        progress("gather candidates", number + 1, len(queries), {})


def _ordering(examples: Sequence[Example], config: RankingConfig) -> Any:
    """LambdaMART (Burges 2010) over all candidates of each query."""
    answered = [one for one in examples if one.grade_C.max() > 0]
    model = lightgbm.LGBMRanker(
        objective="lambdarank", lambdarank_truncation_level=config.truncation, **_settings(config)
    )
    signals_NX, grade_N = (
        np.concatenate([getattr(one, name) for one in answered]) for name in ("signals_CX", "grade_C")
    )
    model.fit(signals_NX, np.round(grade_N).astype(int), group=[len(one.grade_C) for one in answered])
    return model


def _grading(examples: Sequence[Example], config: RankingConfig) -> Any:
    """The grade of judged pairs, by least squares."""
    own = {"n_estimators": config.grade_trees, "num_leaves": config.grade_leaves}
    model = lightgbm.LGBMRegressor(objective="regression", **(_settings(config) | own))
    signals_NX, grade_N = (
        np.concatenate([getattr(one, name)[one.judged_C] for one in examples]) for name in ("signals_CX", "grade_C")
    )
    model.fit(signals_NX, grade_N)
    return model


def _cuts(model: Any, examples: Sequence[Example]) -> list[float]:
    """From which prediction on a grade is 1, 2 and 3, so that whole grades are as frequent as people give them.

    A prediction is a mean, and means lie nearer to one another than grades: rounded, they would seldom be 0 or 3.
    """
    grade_N = np.concatenate([np.round(one.grade_C[one.judged_C]) for one in examples])
    predicted_N = model.predict(np.concatenate([one.signals_CX[one.judged_C] for one in examples]))
    return [float(np.quantile(predicted_N, (grade_N < grade).mean())) for grade in (1, 2, 3)]


def _settings(config: RankingConfig) -> dict[str, Any]:
    return {
        "n_estimators": config.trees,
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "min_child_samples": config.least_examples,
        "subsample": 0.8,
        "subsample_freq": 1,
        "colsample_bytree": 0.6,
        "reg_lambda": 5.0,
        "random_state": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "n_jobs": 1,
        "verbose": -1,
    }


def _write(model: Any, examples: Sequence[Example], target: Path) -> None:
    write_trees(model.booster_, np.concatenate([one.signals_CX for one in examples[:20]]), target)
