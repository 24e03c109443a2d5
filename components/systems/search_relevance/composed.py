"""Whether a picture and words are answered as "this, but in red": measured where attributes are the truth."""

import numpy as np
import pandas as pd

from components.finding.judgements import Query
from components.ranking.judge import judged
from components.systems.search_relevance.predictor import SearchPredictor
from components.systems.search_relevance.types import Request
from data.dataset import Dataset

__all__ = ["FIGURES", "composed"]

COLOUR = "colour"
PLACES = 21  # of which one may be the item that the picture shows
WAYS = ("composed", "composed.picture", "composed.words")
FIGURES = {f"{way.replace('composed', 'composed_ndcg_at_10')}": (way, "composed_queries") for way in WAYS}


def composed(
    predictor: SearchPredictor, dataset: Dataset, items: pd.DataFrame, query: Query, rng: np.random.Generator
) -> dict[str, float]:
    """NDCG@10 of a picture with the query's colour, of the picture alone and of the colour alone.

    The picture shows an item of the wanted category in another colour. Like it and of the colour is grade 3, of
    category and colour 2, like it in another colour 1. Empty where the query names no colour, or nothing is of it.
    """
    colour, category = query.attributes.get(COLOUR), query.attributes.get("category")
    alike = items[items["category"] == category].set_index("item_id")
    of_colour = alike["attributes"].map(lambda held: held.get(COLOUR) == colour)
    pictured = alike.index[~of_colour & alike["image"].notna()]
    if not colour or not len(pictured) or not of_colour.any():
        return {}
    shown = str(rng.choice(pictured))
    like = alike["attributes"].map(_others) == _others(alike["attributes"][shown])
    grades = (2.0 * of_colour + like).drop(shown)
    picture, words = dataset.file(alike["image"][shown]).read_bytes(), f"in {colour}"
    found: dict[str, float] = {"composed_queries": 1.0}
    for way, text, seen in zip(WAYS, (words, "", words), (picture, picture, None), strict=True):
        answer = predictor.answer(Request(text=text, k=PLACES), seen)
        ranked = [item.item_id for item in answer.items if item.item_id != shown]
        found[way] = judged(dict(grades), ranked)["ndcg_at_10"]
    return found


def _others(held: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in held.items() if name != COLOUR))
