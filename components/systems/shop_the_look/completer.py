"""What completes a look, and which of the items found are most like a region; without the networks that see pictures.

Legend: B items of a look, C categories, N items, K words of colour.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from components.message import Part
from components.systems.shop_the_look.companions import Companions as Model
from components.systems.shop_the_look.goods import Goods
from components.systems.shop_the_look.palette import covered, palette_of
from components.systems.shop_the_look.types import (
    Companions,
    MatchedRegion,
    Piece,
    Region,
    Request,
    Response,
    Scored,
    SearchedRegion,
)
from data.errors import UserError
from data.images import decode, picture_size
from data.images.runs import inside_of

__all__ = ["DESCRIPTION", "LEAST_PX", "Completer", "region_palette"]

DESCRIPTION = "look.json"
LEAST_PX = 256  # shorter side of the picture that colours are read from


class Completer:
    """Safe to call from several threads. goods: None where no item is known, only which categories go together."""

    def __init__(self, categories: Sequence[str], model: Model, goods: Goods | None) -> None:
        self.categories = tuple(categories)
        self.model = model
        self.goods = goods
        self._code = {category: code for code, category in enumerate(self.categories)}

    @classmethod
    def open(cls, bundle: Path) -> "Completer":
        """Raises `UserError` if files of the bundle are missing or damaged."""
        try:
            described = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"{error.filename} is missing; {bundle} is no bundle of shop-the-look") from None
        return cls(described["categories"], Model.load(bundle), Goods.load(bundle))

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items that it can name."""
        return () if self.goods is None else tuple(self.goods.gallery.item_ids.tolist())

    def answer(self, request: Request, picture: Part | None) -> Response:
        """Answer a request with a look, or with a picture whose regions have been searched.

        Raises:
            UserError: neither or both are given.
        """
        if (picture is None) == (request.look is None):
            raise UserError("give either a picture or a look" + ("" if picture is None else ", not both"))
        if picture is None:
            if request.regions is not None:
                raise UserError("regions lie in a picture; send it, or give a look instead")
            assert request.look is not None
            return self._completed(request.look, request)
        regions = self.matched(picture, request.regions or (), request.k)
        look = [
            Piece(category=region.label, item_id=region.items[0].item_id if region.items else None)
            for region in regions
        ]
        width_px, height_px = picture_size(picture.content)
        whole = self._completed(look, request)
        return whole.model_copy(update={"width_px": width_px, "height_px": height_px, "regions": regions})

    def matched(self, picture: Part, regions: Sequence[SearchedRegion], k: int) -> tuple[MatchedRegion, ...]:
        """Each region with the `k` items found that are most like it: in looks, and in the colours under its mask."""
        image_HWC = decode(picture.content, LEAST_PX) if regions else None
        matched = []
        for region in regions:
            known = {name: getattr(region, name) for name in Region.model_fields}
            items = _best_of(region.found or (), k)
            if self.goods is not None and region.found:
                assert image_HWC is not None
                signs_N2 = self.goods.match_signs(region_palette(image_HWC, picture, region), region.found)
                scores = (signs_N2 @ self.goods.learned.match_2).tolist()
                pairs = zip(region.found, scores, strict=True)
                items = _best_of([Scored(item_id=item.item_id, score=score) for item, score in pairs], k)
            matched.append(MatchedRegion(**known, items=items))
        return tuple(matched)

    def _completed(self, look: Sequence[Piece], request: Request) -> Response:
        return Response(
            goes_with=self.complete(look, request.categories, request.k) if look else (),
            candidates=self.scores(look, request.candidates),
        )

    def complete(self, look: Sequence[Piece], categories: int, k: int) -> tuple[Companions, ...]:
        """The most probable categories of one more thing, and the items of each that go best; none from the look."""
        log_C = self._log_probability(look)
        there_B = self._rows(look)
        return tuple(
            Companions(
                category=self.categories[code],
                probability=float(np.exp(log_C[code])),
                items=self.__best_of(self.categories[code], there_B, k) if k else (),
            )
            for code in np.argsort(-log_C, kind="stable")[:categories].tolist()
        )

    def scores(self, look: Sequence[Piece], candidates: Sequence[Piece]) -> tuple[float, ...]:
        """How much likelier the look makes each candidate than it is anywhere, in nats; of an unknown category 0."""
        if not candidates:
            return ()
        lift_C = self.model.lift(self._log_probability(look)[None])[0]
        there_B = self._rows(look)
        scores = [0.0 if (code := self._category(piece)) is None else float(lift_C[code]) for piece in candidates]
        if self.goods is not None:
            rows = [self.goods.row(piece.item_id) for piece in candidates]
            known = [place for place, row in enumerate(rows) if row is not None]
            fit_N = self.goods.fit(there_B, np.array([rows[place] for place in known], np.int64))
            for place, fit in zip(known, fit_N.tolist(), strict=True):
                scores[place] += fit
        return tuple(scores)

    def _log_probability(self, look: Sequence[Piece]) -> np.ndarray:
        counts_C = np.zeros(len(self.categories), np.float32)
        for piece in look:
            code = self._category(piece)
            if code is not None:
                counts_C[code] += 1
        return self.model.log_probability(counts_C[None])[0]

    def __best_of(self, category: str, there_B: np.ndarray, k: int) -> tuple[Scored, ...]:
        if self.goods is None:
            return ()
        rows_N = self.goods.rows_of.get(category, np.empty(0, np.int64))
        rows_N = rows_N[~np.isin(rows_N, there_B)]
        ids, fit_N = self.goods.gallery.item_ids[rows_N].tolist(), self.goods.fit(there_B, rows_N)
        order = np.argsort(-fit_N, kind="stable")[:k].tolist()
        return tuple(Scored(item_id=ids[place], score=float(fit_N[place])) for place in order)

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


def region_palette(image_HWC: np.ndarray, picture: Part, region: Region) -> np.ndarray:
    """The palette of what a region shows, (K,). image_HWC: the picture decoded, perhaps smaller."""
    mask = None if region.mask is None else inside_of(region.mask.counts, *region.mask.size)
    box = np.array(region.box) / np.tile(picture_size(picture.content), 2)
    return palette_of(covered(image_HWC, mask, box.clip(0, 1).tolist()))


def _best_of(items: Sequence[Scored], k: int) -> tuple[Scored, ...]:
    """The `k` of the highest score, by falling score."""
    return tuple(sorted(items, key=lambda item: -item.score)[:k])
