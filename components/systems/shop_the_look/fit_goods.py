"""Looks and colours of a data set's items, and how much each sign counts for two of them standing together.

Legend: N items, O outfits, B items of a look, J candidates, K words of colour, D dimensions, X signs, Q questions.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import minimize

from components.gallery import Gallery
from components.roles import Searcher
from components.system import Progress
from components.systems.shop_the_look.config import ItemsConfig
from components.systems.shop_the_look.goods import SIGNS, Goods
from components.systems.shop_the_look.outfits import Outfits
from components.systems.shop_the_look.palette import WORDS, palette
from data.dataset import Dataset
from data.images import PictureError

__all__ = ["fit_goods"]

BATCH = 64
FOLDS = 5  # of the outfits: those whose colours are counted are never those whose signs are weighed


def fit_goods(
    dataset: Dataset, train: Outfits, searcher: Searcher, config: ItemsConfig, seed: int, progress: Progress
) -> Goods | None:
    """The items of every split: their looks are no answer to any question. None if none can be seen."""
    gallery, palette_NK = _seen(dataset, searcher, progress)
    if gallery is None:
        return None
    goods = Goods(gallery, palette_NK, np.zeros((len(WORDS), len(WORDS)), np.float32), np.zeros(len(SIGNS)))
    outfits = [rows_B for rows_B in _rows(goods, train) if len(rows_B) > 1]
    generator = np.random.default_rng(seed)
    signs: list[np.ndarray] = []
    for fold in range(FOLDS):
        goods.affinity_KK = _affinity(
            palette_NK, [rows_B for number, rows_B in enumerate(outfits) if number % FOLDS != fold], config.shrinkage
        )
        for rows_B in outfits[fold::FOLDS]:
            signs += _questions(goods, rows_B, config.negatives, generator)
        progress("weigh looks and colours", fold + 1, FOLDS, {})
    goods.affinity_KK = _affinity(palette_NK, outfits, config.shrinkage)
    goods.weight_X = _weights(signs, config.penalty)
    return goods


def _seen(dataset: Dataset, searcher: Searcher, progress: Progress) -> tuple[Gallery | None, np.ndarray]:
    """The items that a picture shows alone, with their vectors and palettes."""
    items = dataset.table("items").sort_by("item_id").to_pylist()
    items = [item for item in items if item["image"] and item["category"] and item["split"] != "excluded"]
    kept, vectors, palettes = [], [], []
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        pictures = [dataset.file(item["image"]).read_bytes() for item in batch]
        for item, picture, vector_D in zip(batch, pictures, searcher.vectors(pictures), strict=True):
            if vector_D is None:
                continue
            try:
                palettes.append(palette(picture))
            except PictureError:
                continue
            kept.append(item)
            vectors.append(vector_D)
        progress("look at items", min(start + BATCH, len(items)), len(items), {})
    if not kept:
        return None, np.empty((0, len(WORDS)))
    columns = {"category": [item["category"] for item in kept]}
    titles = {"title": [item["title"] for item in kept]}
    gallery = Gallery.build(np.stack(vectors), [item["item_id"] for item in kept], columns, titles)
    return gallery, np.stack(palettes)


def _rows(goods: Goods, outfits: Outfits) -> Iterator[np.ndarray]:
    """The gallery rows of each outfit's items, as far as they are known."""
    for members in outfits.members():
        rows = [goods.row(item_id) for item_id in outfits.item_M[members].tolist()]
        yield np.array([row for row in rows if row is not None], np.int64)


def _affinity(palette_NK: np.ndarray, outfits: Sequence[np.ndarray], shrinkage: float) -> np.ndarray:
    """Log of how much more often two words stand together than by chance, float32 (K, K), near 0 where few were seen."""
    together_KK = np.zeros((palette_NK.shape[1],) * 2)
    alone_K, pairs = np.full(palette_NK.shape[1], 1e-3), 0
    for rows_B in outfits:
        sum_K = palette_NK[rows_B].sum(axis=0)
        together_KK += np.outer(sum_K, sum_K) - palette_NK[rows_B].T @ palette_NK[rows_B]
        alone_K += sum_K
        pairs += len(rows_B) * (len(rows_B) - 1)
    share_K = alone_K / alone_K.sum()
    chance_KK = np.outer(share_K, share_K)
    usual = shrinkage * chance_KK + shrinkage / chance_KK.size
    return np.log((together_KK + usual) / (pairs * chance_KK + usual)).astype(np.float32)


def _questions(goods: Goods, rows_B: np.ndarray, negatives: int, generator: np.random.Generator) -> list[np.ndarray]:
    """For each item of an outfit its signs beside the others, and below them those of items of its category (J, X)."""
    questions = []
    for row in rows_B.tolist():
        category = goods.category(row)
        assert category is not None
        others = np.setdiff1d(goods.rows_of[category], rows_B)
        if len(others):
            wrong = generator.choice(others, min(negatives, len(others)), replace=False)
            questions.append(goods.signs(rows_B[rows_B != row], np.array([row, *wrong])))
    return questions


def _weights(questions: Sequence[np.ndarray], penalty: float) -> np.ndarray:
    """The weights of a conditional logit: the first of each question is the one that was chosen (McFadden 1974)."""
    if not questions:
        return np.zeros(len(SIGNS))

    def loss(weight_X: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope_X = penalty * float(weight_X @ weight_X), 2 * penalty * weight_X
        for signs_JX in questions:
            score_J = signs_JX @ weight_X
            power_J = np.exp(score_J - score_J.max())
            share_J = power_J / power_J.sum()
            value -= float(np.log(share_J[0])) / len(questions)
            slope_X = slope_X + (share_J @ signs_JX - signs_JX[0]) / len(questions)
        return value, slope_X

    return np.asarray(minimize(loss, np.zeros(len(SIGNS)), jac=True, method="L-BFGS-B").x)
