"""The opened bundle: a picture or a look in, matching items and what completes it out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.message import PICTURE, Message, Part, answer_one, one_by_one
from components.system import Inputs, Predictor, load_system
from components.systems.shop_the_look.completer import DESCRIPTION, Completer
from components.systems.shop_the_look.types import (
    MOST_PIECES,
    Match,
    MatchedRegion,
    Piece,
    Region,
    Request,
    Response,
)
from data.errors import UserError
from data.images import LEAST_BOX_PX, picture_size
from data.params import Strict

__all__ = ["PARSING", "SEARCH", "LookPredictor", "open_bundle", "search_request"]

SEARCH, PARSING = "visual-search", "scene-parsing"


class LookPredictor:
    """Safe to call from several threads at once. searchable: the categories that items of the gallery have."""

    def __init__(self, completer: Completer, searchable: Sequence[str], searcher: Predictor, parser: Predictor) -> None:
        self.completer = completer
        self.searchable = frozenset(searchable)
        self._searcher, self._parser = searcher, parser
        self._parse_request = load_system(PARSING).Request()

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """One after the other: the networks below take pictures one by one."""
        return one_by_one(requests, lambda request: Message(self._answer(request.fields, request.parts.get(PICTURE))))

    def is_quick(self, request: Message) -> bool:
        return PICTURE not in request.parts

    def _answer(self, request: Request, picture: Part | None) -> Response:
        if (picture is None) == (request.look is None):
            raise UserError("give either a picture or a look" + ("" if picture is None else ", not both"))
        shown: dict[str, Any] = {}
        look = request.look
        if picture is None and request.regions is not None:
            raise UserError("regions lie in a picture; send it, or give a look instead")
        if picture is not None:
            shown = self._shown(picture, request)
            look = tuple(_piece(region) for region in shown["regions"])
        assert look is not None
        return Response(
            goes_with=self.completer.complete(look, request.categories, request.k),
            candidates=self.completer.scores(look, request.candidates),
            **shown,
        )

    def _shown(self, picture: Part, request: Request) -> dict[str, Any]:
        """The size of a picture, and its regions with the items that they may show."""
        width_px, height_px = picture_size(picture.content)
        regions = request.regions
        if regions is None:
            parsed = answer_one(self._parser.answers, Message(self._parse_request, {PICTURE: picture})).fields
            regions = tuple(_region(region.model_dump()) for region in parsed.regions[:MOST_PIECES])
        matched = tuple(
            MatchedRegion(**region.model_dump(), items=self._matches(region, picture, request.k)) for region in regions
        )
        return {"width_px": width_px, "height_px": height_px, "regions": matched}

    def _matches(self, region: Region, picture: Part, k: int) -> tuple[Match, ...]:
        x0, y0, x1, y1 = region.box
        if not k or min(x1 - x0, y1 - y0) < LEAST_BOX_PX:  # too small to look like anything
            return ()
        filters = {"category": region.label} if region.label in self.searchable else {}
        asked = search_request(box=region.box, k=k, filters=filters)
        hits = answer_one(self._searcher.answers, Message(asked, {PICTURE: picture})).fields.hits
        return tuple(
            Match(item_id=hit.item_id, score=hit.score, category=hit.category, title=hit.title) for hit in hits
        )


def search_request(**fields: Any) -> Strict:
    """A request to the predictor that searches."""
    return load_system(SEARCH).Request.model_validate(fields)


def _region(parsed: dict[str, Any]) -> Region:
    return Region(**{name: parsed[name] for name in Region.model_fields})


def _piece(region: MatchedRegion) -> Piece:
    """A region as a thing of the look: the item that it looks most like stands for it."""
    return Piece(category=region.label, item_id=region.items[0].item_id if region.items else None)


def open_bundle(bundle: Path, threads: int, inputs: Inputs) -> LookPredictor:
    """The predictor that serves `bundle`.

    Raises:
        UserError: files of it, or of the bundles that it builds on, are missing or damaged.
    """
    completer = Completer.open(bundle)
    searchable = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))["searchable"]
    return LookPredictor(completer, searchable, inputs[SEARCH].open(threads), inputs[PARSING].open(threads))
