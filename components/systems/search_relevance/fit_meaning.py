"""Fine-tunes the encoder of meaning on judged queries, and gathers what trees learn from without letting it leak.

An encoder finds its own training queries easy. The candidates of a query are therefore seen by an encoder that learned
from the other parts of the queries, as those of a new query are by the one that learned from all.
Legend: N rows, D dimensions.
"""

import copy
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from components.finding.judgements import Query
from components.finding.networks import MEANING
from components.system import Progress
from components.systems.search_relevance.fit_ranking import Example, gathered
from components.systems.search_relevance.predictor import SearchPredictor
from components.text.config import TuningConfig
from components.text.tuning import JudgedTexts, TurnedEncoder, turn, turned, write_turned

__all__ = ["fit_meaning"]

NEAR = 50  # items nearest to a query that may answer it although nobody judged them; mined are those after
SPREAD = 10  # mined texts are drawn from so many times as many


def fit_meaning(
    queries: Sequence[Query],
    predictor: SearchPredictor,
    config: TuningConfig,
    bundle: Path,
    seed: int,
    progress: Progress,
) -> tuple[SearchPredictor, list[Example]]:
    """Turn the encoder in `bundle`. The predictor with it, and the examples of all queries.

    queries: with grades; of fewer than two for each part nothing is learned.
    """
    judged = _judged(queries, predictor, config.mined, seed)
    parts = [_part(query.text, config.parts) for query in queries]
    if min(map(parts.count, range(config.parts))) < 2:
        return predictor, list(gathered(queries, predictor, progress))
    vectors_ND = predictor.shelf.vectors[0]
    examples: list[Example] = []
    for part in range(config.parts):
        others = [one for one, of in zip(judged, parts, strict=True) if of != part]
        own = [query for query, of in zip(queries, parts, strict=True) if of == part]
        weight_DD = turn(others, vectors_ND, config, seed, lambda *_: None)
        examples += gathered(own, _turned(predictor, weight_DD), progress)
    weight_DD = turn(
        judged, vectors_ND, config, seed, lambda done, of, figures: progress("tune meaning", done, of, figures)
    )
    write_turned(bundle / MEANING, weight_DD)
    return _turned(predictor, weight_DD), examples


def _part(text: str, parts: int) -> int:
    return int.from_bytes(hashlib.sha256(f"meaning {text.casefold()}".encode()).digest()[:8], "big") % parts


def _judged(queries: Sequence[Query], predictor: SearchPredictor, mined: int, seed: int) -> list[JudgedTexts]:
    """Texts of each query by the rows of the shelf; mined ones have the grade 0."""
    shelf, rng = predictor.shelf, np.random.default_rng(seed)
    query_ND = predictor.networks.meaning([query.text for query in queries])
    kept_N = shelf.matching({})
    found = []
    for query, query_D in zip(queries, query_ND, strict=True):
        graded = {shelf.row_of[item_id]: grade for item_id, grade in query.grades.items() if item_id in shelf.row_of}
        if mined:
            near = shelf.nearest(0, query_D, kept_N, NEAR + SPREAD * mined)[NEAR:]
            graded |= dict.fromkeys(rng.permutation(np.setdiff1d(near, list(graded)))[:mined].tolist(), 0.0)
        found.append(JudgedTexts(query_D, np.array(list(graded), np.int64), np.array(list(graded.values()))))
    return found


def _turned(predictor: SearchPredictor, weight_DD: np.ndarray) -> SearchPredictor:
    """The same predictor with meaning turned, of queries and of items."""
    other, shelf = copy.copy(predictor), copy.copy(predictor.shelf)
    shelf.vectors = (turned(shelf.vectors[0], weight_DD), *shelf.vectors[1:])
    other.shelf = shelf
    other.networks = predictor.networks.with_meaning(TurnedEncoder(predictor.networks.encoder, weight_DD))
    return other
