"""The opened bundle: a picture or a look in, matching items and what completes it out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.message import PICTURE, Message, Part, answer_one, one_by_one
from components.system import Inputs, Predictor, load_system
from components.systems.shop_the_look.completer import DESCRIPTION, Completer
from components.systems.shop_the_look.types import MOST_PIECES, Region, Scored, SearchedRegion
from data.errors import UserError
from data.images import LEAST_BOX_PX
from data.params import Strict

__all__ = ["PARSING", "SEARCH", "LookPredictor", "found", "open_bundle", "search_request"]

SEARCH, PARSING = "visual-search", "scene-parsing"
POOL = 100  # items of a region that are looked at again, by colour


class LookPredictor:
    """Safe to call from several threads at once. searchable: the categories that items of the gallery have."""

    def __init__(self, completer: Completer, searchable: Sequence[str], searcher: Predictor, parser: Predictor) -> None:
        self.completer = completer
        self.searchable = frozenset(searchable)
        self._searcher, self._parser = searcher, parser
        self._parse_request = load_system(PARSING).Request()

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """One after the other: the networks below take pictures one by one."""
        return one_by_one(requests, self._answer)

    def is_quick(self, request: Message) -> bool:
        return PICTURE not in request.parts

    def _answer(self, message: Message) -> Message:
        picture, request = message.parts.get(PICTURE), message.fields
        if picture is not None and request.look is None:
            regions = self._parsed(picture) if request.regions is None else request.regions
            searched = tuple(self._searched(region, picture) for region in regions)
            request = request.model_copy(update={"regions": searched})
        return Message(self.completer.answer(request, picture))

    def _parsed(self, picture: Part) -> tuple[SearchedRegion, ...]:
        parsed = answer_one(self._parser.answers, Message(self._parse_request, {PICTURE: picture})).fields
        return tuple(_region(region.model_dump()) for region in parsed.regions[:MOST_PIECES])

    def _searched(self, region: SearchedRegion, picture: Part) -> SearchedRegion:
        if region.found is not None:
            return region
        return region.model_copy(update={"found": found(self._searcher, region, picture, self.searchable)})


def found(searcher: Predictor, region: Region, picture: Part, searchable: frozenset[str]) -> tuple[Scored, ...]:
    """The items that look most like a region, of its category where items have that."""
    x0, y0, x1, y1 = region.box
    if min(x1 - x0, y1 - y0) < LEAST_BOX_PX:  # too small to look like anything
        return ()
    filters = {"category": region.label} if region.label in searchable else {}
    request = search_request(box=region.box, k=POOL, filters=filters)
    hits = answer_one(searcher.answers, Message(request, {PICTURE: picture})).fields.hits
    return tuple(Scored(item_id=hit.item_id, score=hit.score) for hit in hits)


def search_request(**fields: Any) -> Strict:
    """A request to the predictor that searches."""
    return load_system(SEARCH).Request.model_validate(fields)


def _region(parsed: dict[str, Any]) -> SearchedRegion:
    return SearchedRegion.model_validate({name: parsed[name] for name in Region.model_fields})


def open_bundle(bundle: Path, threads: int, inputs: Inputs) -> LookPredictor:
    """The predictor that serves `bundle`.

    Raises:
        UserError: files of it, or of the bundles that it builds on, are missing or damaged.
    """
    completer = Completer.open(bundle)
    searchable = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))["searchable"]
    return LookPredictor(completer, searchable, inputs[SEARCH].open(threads), inputs[PARSING].open(threads))
