"""What a category is worth beside others, by counting alone: popularity, naive Bayes and PMI.

Legend: B looks, C categories.
"""

import numpy as np

from components.systems.shop_the_look.outfits import Outfits

__all__ = ["Counted"]

PRIOR = 0.5  # pairs of each kind before any is seen


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
