"""Evaluation of an opened bundle, through its predictor: judged queries over all items, and over judged items alone."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from components.cost import cost
from components.evaluation import Evaluation
from components.finding import MOST_LETTERS
from components.finding.judgements import Query, documents_of, items_of, queries_of
from components.finding.ranker import Ranker
from components.finding.signals import SIGNALS, signals
from components.message import Message
from components.metrics import Kappa, Metric, Ratio, Rmse, Scalar
from components.metrics.metric import beside
from components.ranking.interleaving import preferred
from components.ranking.judge import judged
from components.system import Progress
from components.systems.search_relevance.composed import FIGURES as COMPOSED
from components.systems.search_relevance.composed import composed
from components.systems.search_relevance.predictor import PEOPLE, SearchPredictor, open_bundle
from components.systems.search_relevance.titles import FIGURES as TITLES
from components.systems.search_relevance.titles import title_examples
from components.systems.search_relevance.types import MOST_RESULTS, Request
from data.dataset import Dataset
from data.errors import UserError
from data.world.pages import PLACES, clicks

__all__ = ["evaluate"]

RANKED = 100
INTERLEAVED = {"interleaved_wins": ("wins_beside_words", "clicked_pages")}
BASELINES = ("words", "meaning", "fusion", "people", "random")
FULL = ("ndcg_at_10", "ndcg_at_20", "recall_at_10", "recall_at_100", "mrr")
JUDGED = ("ndcg_at_10",)
RMSE = Rmse(squared_error="squared_error", pairs="pairs")
KAPPA = Kappa(
    pairs="pairs",
    given="sum_given",
    predicted="sum_predicted",
    squares_given="squares_given",
    squares_predicted="squares_predicted",
    products="products",
)
TIMED = 200
SHOWN = 50  # pages of a query that two rankings share, where people are simulated
REPORT_EVERY = 50
QUERY_SLICES = ("length", "tail", "misspelt", "locale")


def evaluate(
    bundle: Path,
    dataset: Dataset,
    config: Any,
    out: Path,  # noqa: ARG001 - there are no pictures
    progress: Progress,
) -> Evaluation:
    """An example is a query that something answers; where nobody judged any, a title, whose picture is looked for."""
    items = items_of(dataset)
    predictor = open_bundle(bundle)
    is_own = predictor.shelf.row_of.keys() == set(items["item_id"])
    if not is_own:  # it learned from other data, and has to find the items of these
        predictor = predictor.emptied()
        for documents in documents_of(dataset, items, predictor.networks.sees):
            predictor.put(documents)
            progress("put on the shelf", len(predictor.shelf), len(items), {})
    if is_own and config.evaluation.queries == "all" and predictor.ranker.folds < 2:
        raise UserError(
            "evaluation.queries is all, and the ranking has no folds: it learned from what would be measured"
        )
    people = predictor.with_ranker(Ranker.open(bundle / PEOPLE)) if (bundle / PEOPLE).is_dir() else None
    queries = _chosen(queries_of(dataset), config)
    rows, pairs = [], []
    for number, query in enumerate(queries):
        row, graded = _query(predictor, query, dataset.simulated, people)
        if dataset.simulated and predictor.networks.sees:
            row |= composed(predictor, dataset, items[items["split"] == config.split], query, _rng(query))
        rows.append(row)
        pairs += graded
        if number % REPORT_EVERY == 0:
            progress("answer queries", number, len(queries), {})
    texts = [query.text for query in queries]
    if not rows:  # nobody judged any
        rows, texts = title_examples(predictor, dataset, items, config, progress)
    if not rows:
        raise UserError(
            f"{dataset.name} has neither judged queries nor titles of pictures in its {config.split} split; choose "
            "other data"
        )
    examples = pd.DataFrame(rows).set_index("example_id")
    values = examples.select_dtypes("number").columns
    examples[values] = examples[values].fillna(0.0)
    slices = tuple(name for name in (*QUERY_SLICES, *config.evaluation.traits) if name in examples)
    requests = [Message(Request(text=text[:MOST_LETTERS])) for text in texts[:TIMED]]
    scalars = cost(bundle, predictor, requests)
    if pairs:
        given_P, predicted_P = np.array(pairs).T
        tau = float(kendalltau(given_P, predicted_P, variant="c").statistic)
        scalars["grade_tau_c"] = Scalar(value=tau, unit="", direction="higher")
    return Evaluation(examples, _metrics(examples), slices, scalars)


def _chosen(queries: Sequence[Query], config: Any) -> list[Query]:
    """Those of the split that something answers; of too many the first by a hash, so that no order decides."""
    settings = config.evaluation
    answered = [
        query for query in queries if query.best > 0 and (settings.queries == "all" or query.split == config.split)
    ]
    return sorted(answered, key=lambda one: hashlib.sha256(one.text.encode()).digest())[: settings.most_queries]


def _query(
    predictor: SearchPredictor, query: Query, simulated: bool, people: SearchPredictor | None
) -> tuple[dict[str, Any], list[tuple[float, float]]]:
    """The figures of a query, of the predictor and of each baseline; and its pairs of a given and a predicted grade.

    simulated: grades are true, so that it is known what people would click of a page. people: the predictor that
    people's grades taught, if a teacher's taught the one that is measured.
    """
    row: dict[str, Any] = {"example_id": f"query {query.query_id}", "queries": 1.0, **_slices(predictor, query)}
    among = tuple(sorted(item_id for item_id in query.grades if item_id in predictor.shelf.row_of))
    lists, lists_judged = {}, {}
    for name, one in {"people": people, "": predictor}.items():
        if one is not None:
            lists[name] = [item.item_id for item in one.answer(Request(text=query.text, k=RANKED)).items]
            graded = one.answer(Request(text=query.text, among=among)).items
            lists_judged[name] = [item.item_id for item in graded]
    lists |= _baselines(predictor, query, None)
    lists_judged |= _baselines(predictor, query, among)
    if simulated:
        row |= _interleaved(query, lists[""], lists["words"])
    for names, found, prefix in ((FULL, lists, ""), (JUDGED, lists_judged, "judged_")):
        for baseline, ranked in found.items():
            measured = judged(query.grades, ranked)
            row |= {_column(prefix + name, baseline): measured[name] for name in names}
    pairs = [(query.grades[item.item_id], item.grade) for item in graded if item.grade is not None]
    if pairs:
        given_P, predicted_P = np.array(pairs).T
        row |= _grades(given_P, predicted_P, predictor.ranker.whole(query.text, predicted_P))
    return row, pairs


def _grades(given_P: np.ndarray, predicted_P: np.ndarray, guess_P: np.ndarray) -> dict[str, float]:
    """Sums of given and of predicted grades over pairs (P,), from which agreement follows. guess_P: whole ones."""
    whole_P = np.round(given_P)
    return {
        "pairs": float(len(given_P)),
        "squared_error": float(((given_P - predicted_P) ** 2).sum()),
        "exact": float((whole_P == guess_P).sum()),
        "sum_given": float(whole_P.sum()),
        "sum_predicted": float(guess_P.sum()),
        "squares_given": float((whole_P**2).sum()),
        "squares_predicted": float((guess_P**2).sum()),
        "products": float((whole_P * guess_P).sum()),
    }


def _baselines(predictor: SearchPredictor, query: Query, among: Sequence[str] | None) -> dict[str, list[str]]:
    """Items by keywords, by meaning, by both, and at random: over all, or over those `among`."""
    shelf, read = predictor.shelf, predictor.read_query(query.text)
    if among is None:
        rows = predictor.candidates(read, {})
    else:
        rows = np.array([shelf.row_of[item_id] for item_id in among], np.int64)
    signals_CX = signals(shelf, read, rows)
    column = {name: signals_CX[:, SIGNALS.index(name)] for name in ("words_bm25", "meaning")}
    alive = rows if among is not None else np.array(sorted(shelf.row_of.values()))
    shuffled = _rng(query).permutation(alive)[:RANKED]
    scores = {
        "words": column["words_bm25"],
        "meaning": column["meaning"],
        "fusion": predictor.fused(signals_CX),
    }
    found = {name: rows[np.lexsort((rows, -score_C))][:MOST_RESULTS] for name, score_C in scores.items()}
    found["random"] = shuffled
    return {name: [shelf.entries[row].document.item_id for row in some.tolist()] for name, some in found.items()}


def _interleaved(query: Query, ranked: Sequence[str], words: Sequence[str]) -> dict[str, float]:
    """Of how many clicked pages that the ranking shares with keywords it has more of the clicks."""

    def click(page: Sequence[str], rng: np.random.Generator) -> np.ndarray:
        return clicks(np.array([round(query.grades.get(item_id, 0.0)) for item_id in page], np.int64), rng)

    wins, pages = preferred(ranked, words, click, PLACES, SHOWN, _rng(query))
    return {"wins_beside_words": wins, "clicked_pages": float(pages)}


def _rng(query: Query) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(query.text.encode()).digest()[:8], "big"))


def _slices(predictor: SearchPredictor, query: Query) -> dict[str, str]:
    read = predictor.read_query(query.text)
    counts = [
        0 if (number := predictor.shelf.stem_ids.get(stem)) is None else int(predictor.shelf.frequency[number])
        for stem in read.stems
    ]
    words = len(query.text.split())
    return {
        "length": f"{min(words, 4)}{'+' if words >= 4 else ''}",
        "tail": "tail" if min(counts, default=0) < len(predictor.shelf) / 100 else "head",
        "misspelt": query.attributes.get("misspelt", "no"),
        "locale": query.locale or "unknown",
    }


def _column(name: str, baseline: str) -> str:
    return beside(name, baseline) if baseline else name


def _metrics(examples: pd.DataFrame) -> tuple[Metric, ...]:
    metrics = []
    for name in [*FULL, *(f"judged_{name}" for name in JUDGED)]:
        for baseline in ("", *BASELINES):
            column = _column(name, baseline)
            if column in examples:
                statistic = Ratio(numerator=column, denominator="queries")
                metrics.append(Metric(name=column, statistic=statistic, direction="higher"))
    for name, (numerator, denominator) in {**TITLES, **COMPOSED, **INTERLEAVED}.items():
        if numerator in examples and examples[denominator].sum():
            metrics.append(
                Metric(name=name, statistic=Ratio(numerator=numerator, denominator=denominator), direction="higher")
            )
    if "pairs" in examples and examples["pairs"].sum():
        metrics.append(
            Metric(name="grade_exact", statistic=Ratio(numerator="exact", denominator="pairs"), direction="higher")
        )
        metrics.append(Metric(name="grade_rmse", statistic=RMSE, direction="lower"))
        metrics.append(Metric(name="grade_kappa", statistic=KAPPA, direction="higher"))
    return tuple(metrics)
