"""Each query's ranking of the gallery, by the predictor that will serve.

Legend: Q queries, N gallery items, D dimensions, C categories.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from components.system import Progress
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.gallery import Gallery, attribute_of, items_of
from components.systems.visual_search.predictor import VisualSearchPredictor
from data.dataset import Dataset

__all__ = ["Retrieval", "pictures_of", "retrieve"]

REPORT_EVERY = 64  # pictures between two reports of progress


@dataclass(frozen=True)
class Retrieval:
    """The queries, and the gallery in the order in which each query ranks it."""

    queries: Gallery
    gallery: Gallery
    query_QD: np.ndarray
    ranking_QN: np.ndarray  # gallery rows, best first
    predicted_Q: np.ndarray  # row in the bundle's own categories
    confidence_Q: np.ndarray
    relevant_QN: np.ndarray  # in the order of the ranking: whether the category is the query's

    def relevant_with(self, attribute: str) -> np.ndarray:
        """Whether category and attribute are the query's (Q, N), in the order of the ranking; no where it has none."""
        wanted_Q, given_N = (attribute_of(one.items, attribute).to_numpy() for one in (self.queries, self.gallery))
        same_QN = given_N[self.ranking_QN] == np.where(pd.isna(wanted_Q), "", wanted_Q)[:, None]
        return self.relevant_QN & same_QN


def retrieve(predictor: VisualSearchPredictor, dataset: Dataset, split: str, progress: Progress) -> Retrieval:
    """Let the items of `split` retrieve those of the training split, embedded by the predictor."""
    queries, gallery = items_of(dataset, split), items_of(dataset, "train")
    query_QD, logits_QC = _embed(predictor.embedder, dataset, queries, progress)
    gallery_ND = _gallery_vectors(predictor, dataset, gallery, progress)
    ranking_QN = np.argsort(-(query_QD @ gallery_ND.T), axis=1, kind="stable")
    categories = np.array(predictor.embedder.categories)
    probability_QC = np.exp(logits_QC - logits_QC.max(axis=1, keepdims=True))
    probability_QC /= probability_QC.sum(axis=1, keepdims=True)
    gallery_categories = gallery.items["category"].to_numpy()
    return Retrieval(
        queries=queries,
        gallery=gallery,
        query_QD=query_QD,
        ranking_QN=ranking_QN,
        predicted_Q=categories[probability_QC.argmax(axis=1)],
        confidence_Q=probability_QC.max(axis=1),
        relevant_QN=gallery_categories[ranking_QN] == queries.items["category"].to_numpy()[:, None],
    )


def _gallery_vectors(
    predictor: VisualSearchPredictor, dataset: Dataset, gallery: Gallery, progress: Progress
) -> np.ndarray:
    """The index's own vectors where it holds just this gallery, otherwise the gallery embedded now."""
    if predictor.index.item_ids.tolist() == gallery.items["item_id"].tolist():
        return predictor.index.vectors()
    return _embed(predictor.embedder, dataset, gallery, progress)[0]


def _embed(embedder: Embedder, dataset: Dataset, items: Gallery, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    parts = []
    for number, picture in enumerate(pictures_of(dataset, items)):
        if number % REPORT_EVERY == 0:
            progress("embed", number, len(items.items), {})
        parts.append(embedder.embed_picture(picture))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def pictures_of(dataset: Dataset, items: Gallery) -> Iterator[bytes]:
    """The pictures' bytes, in the order of the items."""
    return (dataset.file(image).read_bytes() for image in items.items["image"])
