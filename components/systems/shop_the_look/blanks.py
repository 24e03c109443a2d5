"""Fill in the blank: a member of an outfit is left out, and has to be found among wrong ones.

Protocol: each member of each outfit of the split is left out once. The wrong candidates are drawn, seeded and
uniformly, from the members of the split's other outfits (Han et al. 2017, arXiv 1707.05691); where items are known, a
harder question takes them from the items of the same category (Vasileva et al. 2018, arXiv 1803.09196). Where several
candidates share the highest score, the right one among them counts as its share. Legend: M members, J candidates, the
first being right, B looks, C categories.
"""

import numpy as np

from components.systems.shop_the_look.outfits import Outfits

__all__ = ["Counted", "drawn", "drawn_alike", "right"]

PRIOR = 0.5  # pairs of each kind before any is seen


def drawn(outfits: Outfits, candidates: int, generator: np.random.Generator) -> np.ndarray:
    """Rows of the candidates of each question, (M, J); one drawn from the same outfit is drawn again."""
    members = len(outfits)
    row_MJ = np.concatenate(
        [np.arange(members)[:, None], generator.integers(0, members, (members, candidates - 1))], axis=1
    )
    if len(outfits.outfit_ids) > 1:
        while (same_MJ := (outfits.outfit_M[row_MJ] == outfits.outfit_M[:, None]) & (np.arange(candidates) > 0)).any():
            row_MJ[same_MJ] = generator.integers(0, members, int(same_MJ.sum()))
    return row_MJ


def drawn_alike(
    outfits: Outfits, items_of: dict[str, np.ndarray], candidates: int, generator: np.random.Generator
) -> dict[int, list[str]]:
    """Item ids of the candidates by the row of the member; none where too few others are of its category."""
    questions = {}
    for members in outfits.members():
        own = set(outfits.item_M[members].tolist())
        for row in members.tolist():
            items = items_of.get(outfits.name_M[row], np.empty(0, object))
            others = [item for item in items.tolist() if item not in own]
            if outfits.item_M[row] in items and len(others) >= candidates - 1:
                wrong = generator.choice(len(others), candidates - 1, replace=False)
                questions[row] = [outfits.item_M[row], *(others[place] for place in wrong)]
    return questions


def right(score_MJ: np.ndarray) -> np.ndarray:
    """The share of the right one among those of the highest score, (M,)."""
    best_M = score_MJ.max(axis=1)
    ties_M = np.isclose(score_MJ, best_M[:, None], rtol=0, atol=1e-6).sum(axis=1)
    return np.where(score_MJ[:, 0] >= best_M - 1e-6, 1 / ties_M, 0.0)


class Counted:
    """Categories of training outfits, and how often two stand together."""

    def __init__(self, train: Outfits) -> None:
        categories = len(train.categories)
        count_C = np.bincount(train.category_M, minlength=categories) + 1.0
        self._popularity_C = np.log(count_C / count_C.sum())
        together_CC = np.full((categories, categories), PRIOR)
        np.add.at(together_CC, train.category_M, train.counts())
        self._given_CC = np.log(together_CC / together_CC.sum(axis=1, keepdims=True))
        share_CC = together_CC / together_CC.sum()
        self._pmi_CC = np.log(share_CC / np.outer(share_CC.sum(axis=1), share_CC.sum(axis=0)))

    def popularity(self, counts_BC: np.ndarray) -> np.ndarray:
        """The log share of each category, whatever it stands with, (B, C)."""
        return np.tile(self._popularity_C, (len(counts_BC), 1))

    def naive_bayes(self, counts_BC: np.ndarray) -> np.ndarray:
        """That, and the log probability of each thing that is there given the category."""
        return np.asarray(self._popularity_C + counts_BC @ self._given_CC.T)

    def pmi(self, counts_BC: np.ndarray) -> np.ndarray:
        """Pointwise mutual information with each thing that is there, summed."""
        return np.asarray(counts_BC @ self._pmi_CC.T)
