"""Which category goes with which others: the probability of one more thing, given the rest of its outfit.

log p(c | the rest) = b_c + sum of the weights of what holds of the rest, up to a constant. It is a log-linear model
(multinomial logistic regression), fitted to every member of every outfit given its others: pseudo-likelihood (Besag
1975). Legend: B looks, C categories, F features.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from data.files import atomic

__all__ = ["Companions", "features"]

FILE = "companions.npz"
MOST_SIZE = 9  # outfits with more things count as of so many


def features(counts_BC: np.ndarray) -> np.ndarray:
    """What holds of the rest of an outfit, 0 or 1, float32 (B, F): each category once, twice or more, and its size."""
    size_B = np.minimum(counts_BC.sum(axis=1), MOST_SIZE).astype(int)
    parts = (counts_BC >= 1, counts_BC >= 2, np.eye(MOST_SIZE + 1)[size_B])
    return np.concatenate(parts, axis=1, dtype=np.float32)


@dataclass(frozen=True)
class Companions:
    """weight_FC, bias_C: of the model. share_C: of each category among all members, which lifts are measured by."""

    weight_FC: np.ndarray
    bias_C: np.ndarray
    share_C: np.ndarray

    def log_probability(self, counts_BC: np.ndarray) -> np.ndarray:
        """log p(c | the rest), (B, C). counts_BC: how many of each category the rest has."""
        logits_BC = features(counts_BC) @ self.weight_FC + self.bias_C
        logits_BC -= logits_BC.max(axis=1, keepdims=True)
        return np.asarray(logits_BC - np.log(np.exp(logits_BC).sum(axis=1, keepdims=True)))

    def lift(self, log_probability_BC: np.ndarray) -> np.ndarray:
        """How much likelier the rest makes each category than it is anywhere, in nats."""
        return np.asarray(log_probability_BC - np.log(self.share_C))

    def save(self, bundle: Path) -> None:
        with atomic(bundle / FILE) as file:
            np.savez(file, allow_pickle=False, weight_FC=self.weight_FC, bias_C=self.bias_C, share_C=self.share_C)

    @classmethod
    def load(cls, bundle: Path) -> "Companions":
        """Raises `UserError` if the file is missing or damaged."""
        with opened_arrays(bundle / FILE, "holds no companions") as arrays:
            return cls(arrays["weight_FC"], arrays["bias_C"], arrays["share_C"])
