"""What completes a look: its categories, and their items. Without a picture, and without the networks that see one.

Legend: B items of a look, C categories, N items.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from components.systems.shop_the_look.companions import Companions
from components.systems.shop_the_look.goods import Goods
from components.systems.shop_the_look.types import Companion, Piece
from components.systems.shop_the_look.types import Companions as ShownCompanions
from data.errors import UserError

__all__ = ["DESCRIPTION", "Completer"]

DESCRIPTION = "look.json"


class Completer:
    """Safe to call from several threads. goods: None where no item is known, only which categories go together."""

    def __init__(self, categories: Sequence[str], companions: Companions, goods: Goods | None) -> None:
        self.categories = tuple(categories)
        self.companions = companions
        self.goods = goods
        self._code = {category: code for code, category in enumerate(self.categories)}

    @classmethod
    def open(cls, bundle: Path) -> "Completer":
        """Raises `UserError` if files of the bundle are missing or damaged."""
        try:
            described = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of shop-the-look") from None
        return cls(described["categories"], Companions.load(bundle), Goods.load(bundle))

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items that it can name."""
        return () if self.goods is None else tuple(self.goods.gallery.item_ids.tolist())

    def complete(self, look: Sequence[Piece], categories: int, k: int) -> tuple[ShownCompanions, ...]:
        """The most probable categories of one more thing, and the items of each that go best; none from the look."""
        log_C = self._log_probability(look)
        there_B = self._rows(look)
        best = np.argsort(-log_C, kind="stable")[:categories].tolist()
        return tuple(
            ShownCompanions(
                category=self.categories[code],
                probability=float(np.exp(log_C[code])),
                items=self._best(self.categories[code], there_B, k) if k else (),
            )
            for code in best
        )

    def scores(self, look: Sequence[Piece], candidates: Sequence[Piece]) -> tuple[float, ...]:
        """How much likelier the look makes each candidate than it is anywhere, in nats; of an unknown category 0."""
        lift_C = self.companions.lift(self._log_probability(look)[None])[0]
        there_B, scores = self._rows(look), []
        for piece in candidates:
            code = self._category(piece)
            score = 0.0 if code is None else float(lift_C[code])
            row = None if self.goods is None else self.goods.row(piece.item_id)
            if self.goods is not None and row is not None:
                score += float(self.goods.fit(there_B, np.array([row]))[0])
            scores.append(score)
        return tuple(scores)

    def _log_probability(self, look: Sequence[Piece]) -> np.ndarray:
        counts_C = np.zeros(len(self.categories), np.float32)
        for piece in look:
            code = self._category(piece)
            if code is not None:
                counts_C[code] += 1
        return self.companions.log_probability(counts_C[None])[0]

    def _best(self, category: str, there_B: np.ndarray, k: int) -> tuple[Companion, ...]:
        if self.goods is None:
            return ()
        rows_N = self.goods.rows_of.get(category, np.empty(0, np.int64))
        rows_N = rows_N[~np.isin(rows_N, there_B)]
        fit_N = self.goods.fit(there_B, rows_N)
        best_K = np.argsort(-fit_N, kind="stable")[:k]
        ids = self.goods.gallery.item_ids[rows_N[best_K]].tolist()
        return tuple(
            Companion(item_id=item_id, score=score) for item_id, score in zip(ids, fit_N[best_K].tolist(), strict=True)
        )

    def _category(self, piece: Piece) -> int | None:
        category = piece.category
        if category is None and self.goods is not None:
            row = self.goods.row(piece.item_id)
            category = None if row is None else self.goods.category(row)
        return None if category is None else self._code.get(category)

    def _rows(self, look: Sequence[Piece]) -> np.ndarray:
        if self.goods is None:
            return np.empty(0, np.int64)
        rows = [self.goods.row(piece.item_id) for piece in look]
        return np.array([row for row in rows if row is not None], np.int64)
