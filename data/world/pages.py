"""Pages of results that people of the world saw of its queries, and their clicks, by a position-based model.

A result is clicked if it is looked at, by its place alone, and if it attracts, by its true grade alone (Craswell et al.
2008). Pages come from an older search: true grades with an error that a query and an item keep, and a small one that is
drawn anew for each page, so that the same item is seen in several places.

Legend: Q queries, I items, P pages, K places.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

__all__ = ["PLACES", "Pages", "clicks", "examined", "show"]

PLACES = 10
ATTRACTS = np.array([0.02, 0.08, 0.25, 0.6])  # chance of a click of what is looked at, by grade
FADES = 1.0  # how fast people stop looking: the chance is place ** -FADES
LASTING, PASSING = 0.9, 0.4  # errors of the older search, in grades


@dataclass(frozen=True)
class Pages:
    """query_P, item_PK: numbers of queries and items. clicked_PK. when_P: shares of the time that the log spans."""

    query_P: np.ndarray
    item_PK: np.ndarray
    clicked_PK: np.ndarray
    when_P: np.ndarray


def examined(places: int) -> np.ndarray:
    """The chance that somebody looks at each of the first `places` (K,)."""
    return np.arange(1, places + 1, dtype=float) ** -FADES


def clicks(grade_PK: np.ndarray, rng: Generator) -> np.ndarray:
    """Whether each place is clicked, bool (..., K), by the true whole grades of what it shows, from the top."""
    return rng.random(grade_PK.shape) < ATTRACTS[grade_PK] * examined(grade_PK.shape[-1])


def show(seed: int, grade_QI: np.ndarray, pages: int) -> Pages:
    """`pages` pages in the order of time, of queries of which the first is asked most, by Zipf's law."""
    rng = np.random.default_rng([seed, 4, 0])
    chance_Q = 1 / np.arange(1, len(grade_QI) + 1)
    query_P = rng.choice(len(grade_QI), pages, p=chance_Q / chance_Q.sum())
    score_QI = grade_QI + rng.normal(0, LASTING, grade_QI.shape)
    score_PI = (score_QI[query_P[page]] + rng.normal(0, PASSING, grade_QI.shape[1]) for page in range(pages))
    item_PK = np.stack([np.argsort(-score_I, kind="stable")[:PLACES] for score_I in score_PI])
    clicked_PK = clicks(grade_QI[query_P[:, None], item_PK], rng)
    return Pages(query_P, item_PK, clicked_PK, np.sort(rng.random(pages)))
