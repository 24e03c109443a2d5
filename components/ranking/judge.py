"""Measures of ranked items by ir-measures, one figure a query.

Gains are 2^grade - 1 (Burges et al. 2005), so that thirds of a grade count; what nobody judged gains nothing.
"""

from collections.abc import Mapping, Sequence

import ir_measures
import numpy as np
from ir_measures import RR, P, R, ScoredDoc, nDCG

__all__ = ["GOOD", "judged"]

GOOD = 2.0  # the grade from which on an item is relevant, where only that counts
UNIT = 1000  # of a gain, which the judge takes as a whole number


def judged(grades: Mapping[str, float], ranked: Sequence[str]) -> dict[str, float]:
    """Measures of items, the best first: `ndcg_at_10`, `ndcg_at_20`, `recall_at_10`, `recall_at_100` and `mrr`.

    grades: of the query's judged items. recall_at_10 is of as many as fit: divided by ten where more are relevant. A
    query without a relevant item has 0.
    """
    gains = {item_id: round(UNIT * (2**grade - 1)) for item_id, grade in grades.items()}
    good = round(UNIT * (2**GOOD - 1))
    measures = [nDCG @ 10, nDCG @ 20, P(rel=good) @ 10, R(rel=good) @ 100, RR(rel=good)]
    qrels = [ir_measures.Qrel("", item_id, gain) for item_id, gain in gains.items()]
    run = [ScoredDoc("", item_id, float(-place)) for place, item_id in enumerate(ranked)]
    found = {str(measure.measure): measure.value for measure in ir_measures.iter_calc(measures, qrels, run)}
    ndcg, more, precision, recall, first = (found.get(str(measure), 0.0) for measure in measures)
    relevant = sum(gain >= good for gain in gains.values())
    return {
        "ndcg_at_10": ndcg,
        "ndcg_at_20": more,
        "recall_at_10": precision * 10 / min(10, relevant) if relevant else 0.0,
        "recall_at_100": recall if relevant else 0.0,
        "mrr": first if relevant and not np.isnan(first) else 0.0,
    }
