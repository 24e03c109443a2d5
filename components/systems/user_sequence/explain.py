"""Why an item is recommended: how much lower it would score had an item of the history not been there.

Legend: L actions of the history, J distinct items of it, X parts: the whole, and what is left without each item,
N items of the catalogue, D dimensions, K recommendations, C causes of each.
"""

from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.packed import Packed, packed_parts
from components.systems.user_sequence.scorer import Scorer
from components.systems.user_sequence.tokens import History

__all__ = ["CAUSES", "LeaveOneOut"]

CAUSES = 3  # named for a recommendation
READ = 50  # newest distinct items that are left out, one after the other


@dataclass(frozen=True)
class LeaveOneOut:
    """A history and what is left of it without all actions on one of its items (leave one out).

    Actions too old for the transformer do not move up where others are left out. read: what transformer and graph read
    of the history, and older actions that the graph reads where others are left out. item_J (J,): the newest distinct
    items of what the transformer reads. Where there is but one, nothing would be left, and there are no parts.
    """

    scorer: Scorer
    read: History
    item_J: np.ndarray

    @classmethod
    def of(cls, scorer: Scorer, read: History) -> "LeaveOneOut":
        """read: the actions of a history that the transformer reads, any number but none."""
        read = read.part(slice(-scorer.max_length - scorer.graph.last, None))
        return cls(scorer, read, _newest_distinct(read.item_L[-scorer.max_length :])[:READ])

    def parts(self) -> Packed:
        """What the transformer is to read of the whole and of all parts."""
        newest = self.read.part(slice(-self.scorer.max_length - 1, None))
        before = int(len(newest) > self.scorer.max_length)
        return packed_parts(newest, self._keep(newest.item_L[before:]), before)

    def causes(
        self, query_XD: np.ndarray, whole: History, now_s: int | None, row_K: np.ndarray
    ) -> list[list[tuple[int, float]]]:
        """For each recommendation the items that moved it up most, as (item row, share of all that moved it up).

        query_XD: what the transformer says of the parts. whole: the history with what the transformer does not read.
        """
        if len(self.item_J) == 1:
            return [[(int(self.item_J[0]), 1.0)] for _ in row_K]
        scorer = self.scorer
        score_XK = query_XD @ scorer.vector_ND[row_K].T
        if scorer.blend.graph:
            graph_XK = scorer.graph.scores_of_parts(self.read.item_L, self._keep(self.read.item_L), row_K)
            score_XK += np.float32(scorer.blend.graph) * graph_XK
        if scorer.profile is not None:
            score_XK += scorer.profile.scores_of_parts(whole, self._keep(whole.item_L), now_s, row_K)
        drop_JK = score_XK[0] - score_XK[1:]
        raised_JK = np.maximum(drop_JK, 0)
        share_JK = raised_JK / np.maximum(raised_JK.sum(axis=0), 1e-9)
        order_CK = np.argsort(-drop_JK, axis=0, kind="stable")[:CAUSES]
        item_KC, share_KC = self.item_J[order_CK].T, np.take_along_axis(share_JK, order_CK, axis=0).T
        return [
            [(item, share) for item, share in zip(items, shares, strict=True) if share > 0]
            for items, shares in zip(item_KC.tolist(), share_KC.tolist(), strict=True)
        ]

    def _keep(self, item_L: np.ndarray) -> np.ndarray:
        """bool (X, L): everything, then all but the actions on each item; everything alone if there is one item."""
        whole_1L = np.ones((1, len(item_L)), bool)
        return whole_1L if len(self.item_J) == 1 else np.concatenate([whole_1L, item_L != self.item_J[:, None]])


def _newest_distinct(item_L: np.ndarray) -> np.ndarray:
    newest_first = item_L[::-1]
    _, first = np.unique(newest_first, return_index=True)
    return newest_first[np.sort(first)]
