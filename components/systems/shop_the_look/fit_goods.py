"""What stands together, and what each sign counts: for an item beside those of its outfit, and for what a region shows.

Legend: N items, B items of a look, J candidates, the first being right, E entries (words of colour, or values), K words
of colour, X signs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from components.system import Predictor, Progress
from components.systems.shop_the_look.completer import LEAST_PX, region_palette
from components.systems.shop_the_look.config import ItemsConfig
from components.systems.shop_the_look.goods import Goods
from components.systems.shop_the_look.outfits import Outfits
from components.systems.shop_the_look.predictor import found
from components.systems.shop_the_look.truths import Scene
from data.images import decode

__all__ = ["learn_companions", "learn_matches", "rows_of_outfits"]

FOLDS = 5  # of the outfits: those whose colours are counted are never those whose signs are weighed
LOOKS_ALONE_2 = np.array([1.0, 0.0])  # where no region's item is known


def rows_of_outfits(goods: Goods, outfits: Outfits) -> list[np.ndarray]:
    """The gallery rows of each outfit of which at least two items are known."""
    rows = ([goods.row(item_id) for item_id in outfits.item_M[members].tolist()] for members in outfits.members())
    known = [np.array([row for row in some if row is not None], np.int64) for some in rows]
    return [rows_B for rows_B in known if len(rows_B) > 1]


def learn_companions(
    goods: Goods, outfits: Sequence[np.ndarray], config: ItemsConfig, generator: np.random.Generator, progress: Progress
) -> None:
    """Learn what stands together, and what each sign counts. outfits: gallery rows (B,) of each."""
    questions: list[np.ndarray] = []
    for fold in range(FOLDS):
        others = [rows_B for number, rows_B in enumerate(outfits) if number % FOLDS != fold]
        _count(goods, others, config.shrinkage)
        for rows_B in outfits[fold::FOLDS]:
            questions += _questions(goods, rows_B, config.negatives, generator)
        progress("weigh looks and colours", fold + 1, FOLDS, {})
    _count(goods, outfits, config.shrinkage)
    sign_X = _chosen(questions, config.penalty, np.zeros_like(goods.learned.sign_X))
    goods.learned = replace(goods.learned, sign_X=sign_X)


def _count(goods: Goods, outfits: Sequence[np.ndarray], shrinkage: float) -> None:
    values_VV = np.zeros((goods.value_NV.shape[1],) * 2)
    for start, stop in zip(goods.starts, goods.starts[1:], strict=False):
        values_VV[start:stop, start:stop] = _together(goods.value_NV[:, start:stop], outfits, shrinkage)
    colours_KK = _together(goods.palette_NK, outfits, shrinkage)
    goods.learned = replace(goods.learned, colours_KK=colours_KK, values_VV=values_VV)


def _together(entry_NE: np.ndarray, outfits: Sequence[np.ndarray], shrinkage: float) -> np.ndarray:
    """Log of how much more often two entries stand together than by chance, (E, E); near 0 where few were seen."""
    together_EE = np.zeros((entry_NE.shape[1],) * 2)
    alone_E = np.full(entry_NE.shape[1], 1e-3)
    for rows_B in outfits:
        entry_BE = entry_NE[rows_B]
        sum_E = entry_BE.sum(axis=0)
        together_EE += np.outer(sum_E, sum_E) - entry_BE.T @ entry_BE
        alone_E += sum_E
    share_E = alone_E / alone_E.sum()
    chance_EE = np.outer(share_E, share_E)
    usual_EE = shrinkage * chance_EE + shrinkage / chance_EE.size
    return np.asarray(np.log((together_EE + usual_EE) / (together_EE.sum() * chance_EE + usual_EE)))


def _questions(
    goods: Goods, rows_B: np.ndarray, negatives: int, generator: np.random.Generator
) -> Iterator[np.ndarray]:
    """For each item of an outfit its signs beside the others, and below them those of items of its category (J, X)."""
    for row in rows_B.tolist():
        category = goods.category(row)
        assert category is not None
        others = np.setdiff1d(goods.rows_of[category], rows_B)
        if len(others):
            wrong = generator.choice(others, min(negatives, len(others)), replace=False)
            yield goods.signs(rows_B[rows_B != row], np.array([row, *wrong]))


def learn_matches(
    goods: Goods,
    scenes: list[Scene],
    searcher: Predictor,
    searchable: frozenset[str],
    penalty: float,
    progress: Progress,
) -> None:
    """Weigh the two on the regions of training scenes, among the items that are found for each."""
    questions = list(_searched(goods, scenes, searcher, searchable, progress))
    goods.learned = replace(goods.learned, match_2=_chosen(questions, penalty, LOOKS_ALONE_2))


def _searched(
    goods: Goods, scenes: Iterable[Scene], searcher: Predictor, searchable: frozenset[str], progress: Progress
) -> Iterator[np.ndarray]:
    for number, scene in enumerate(scenes):
        progress("weigh matches", number, 0, {})
        for region, item_id in zip(scene.regions, scene.item_ids, strict=True):
            items = found(searcher, region, scene.picture, searchable)
            right = [place for place, item in enumerate(items) if item.item_id == item_id]
            if right:
                palette_K = region_palette(decode(scene.picture.content, LEAST_PX), scene.picture, region)
                signs_J2 = goods.match_signs(palette_K, items)
                yield np.concatenate([signs_J2[right], np.delete(signs_J2, right, axis=0)])


def _chosen(questions: Sequence[np.ndarray], penalty: float, start_X: np.ndarray) -> np.ndarray:
    """The weights of a conditional logit (McFadden 1974), (X,); without questions those of `start_X`.

    questions: signs (J, X) of each. penalty: of the squared distance from `start_X`.
    """
    if not questions:
        return start_X

    def loss(weight_X: np.ndarray) -> tuple[float, np.ndarray]:
        off_X = weight_X - start_X
        value, slope_X = penalty * float(off_X @ off_X), 2 * penalty * off_X
        for signs_JX in questions:
            score_J = signs_JX @ weight_X
            top = score_J.max()
            power_J = np.exp(score_J - top)
            value += (float(np.log(power_J.sum())) + float(top - score_J[0])) / len(questions)
            slope_X = slope_X + (power_J @ signs_JX / power_J.sum() - signs_JX[0]) / len(questions)
        return value, slope_X

    return np.asarray(minimize(loss, start_X, jac=True, method="L-BFGS-B").x)
