"""Why an item is recommended: how much lower it would score had an item of the history not been there.

Legend: L actions of the history, J distinct items of it, X = 1 + J parts: the whole and what is left without each item,
N items of the catalogue, D dimensions, K recommendations, C causes of each.
"""

from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.packed import Packed, packed, packed_parts
from components.systems.user_sequence.scorer import Scorer
from components.systems.user_sequence.tokens import History

__all__ = ["CAUSES", "LeaveOneOut"]

CAUSES = 3  # named for a recommendation
READ = 50  # newest distinct items that are left out, one after the other


@dataclass(frozen=True)
class LeaveOneOut:
    """The end of a history as far as it is read, and what is left of it without all actions on one of its items.

    keep_XL: the actions of each part, the first of which is the whole.
    """

    scorer: Scorer
    read: History
    item_J: np.ndarray
    keep_XL: np.ndarray

    @classmethod
    def of(cls, scorer: Scorer, read: History) -> "LeaveOneOut":
        """read: the part of a history that the transformer reads, and not empty."""
        read = read.part(slice(-max(scorer.max_length, scorer.graph.last), None))
        item_J = _newest_distinct(read.item_L)[:READ]
        # without the only item there is no history to score
        return cls(scorer, read, item_J, _without(read.item_L, item_J if len(item_J) > 1 else item_J[:0]))

    def packed(self) -> Packed:
        """What the transformer is to read of all parts."""
        if len(self.read) <= self.scorer.max_length:
            return packed_parts(self.read, self.keep_XL)
        # what is left out lets older actions in, so that nothing begins alike
        return packed([self.read.part(keep_L) for keep_L in self.keep_XL], self.scorer.max_length)

    def causes(
        self, query_XD: np.ndarray, whole: History, now_s: int | None, row_K: np.ndarray
    ) -> list[list[tuple[int, float]]]:
        """For each recommendation the items that moved it up most, as (item row, share of all that moved it up).

        The drop in score is exact: the history is scored again without the item.
        query_XD: what the transformer says of the parts. whole: the history before it was cut to what that reads.
        """
        if len(self.item_J) < 2:
            return [[(int(self.item_J[0]), 1.0)] for _ in row_K]
        scorer = self.scorer
        score_XK = query_XD @ scorer.vector_ND[row_K].T
        if scorer.blend.graph:
            graph_XK = scorer.graph.scores_of_parts(self.read.item_L, self.keep_XL, row_K)
            score_XK += np.float32(scorer.blend.graph) * graph_XK
        if scorer.profile is not None:
            keep_XL = _without(whole.item_L, self.item_J)
            score_XK += scorer.profile.scores_of_parts(whole, keep_XL, now_s, row_K)
        drop_JK = score_XK[0] - score_XK[1:]
        raised_JK = np.maximum(drop_JK, 0)
        share_JK = raised_JK / np.maximum(raised_JK.sum(axis=0), 1e-9)
        order_CK = np.argsort(-drop_JK, axis=0, kind="stable")[:CAUSES]
        item_KC, share_KC = self.item_J[order_CK].T, np.take_along_axis(share_JK, order_CK, axis=0).T
        return [
            [(item, share) for item, share in zip(items, shares, strict=True) if share > 0]
            for items, shares in zip(item_KC.tolist(), share_KC.tolist(), strict=True)
        ]


def _without(item_L: np.ndarray, item_J: np.ndarray) -> np.ndarray:
    """bool (X, L): everything, then all but the actions on each item."""
    return np.concatenate([np.ones((1, len(item_L)), bool), item_L != item_J[:, None]])


def _newest_distinct(item_L: np.ndarray) -> np.ndarray:
    newest_first = item_L[::-1]
    _, first = np.unique(newest_first, return_index=True)
    return newest_first[np.sort(first)]
