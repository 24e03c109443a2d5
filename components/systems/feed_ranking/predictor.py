"""The opened bundle: candidates in, a page out. Counts follow what the predictor is told.

Legend: N candidates, E entities, H half-lives, O outcomes, D dimensions, K places of a page.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.features.counters import Columns, Counters
from components.features.facts import Facts
from components.features.stream import Event, Stream
from components.message import Message, one_by_one
from components.reranking.page import Drawn, Rules, compose
from components.systems.feed_ranking.config import SHOWN, Config
from components.systems.feed_ranking.heads import Heads
from components.systems.feed_ranking.items import Items
from components.systems.feed_ranking.recent import Codes, Latest, Recent
from components.systems.feed_ranking.signals import SignalMaker
from components.systems.feed_ranking.types import Action, Request, Response, Shown
from data.errors import UserError

__all__ = ["COUNTS", "ITEMS", "PEOPLE", "RECENT", "SETTINGS", "FeedPredictor", "open_bundle"]

COUNTS, ITEMS, PEOPLE, RECENT, SETTINGS = "counts.npz", "items.json", "people.npz", "recent.npz", "settings.json"
KIND, HIDE = ("user_id", "category"), "hide"
QUICK = 20  # candidates that are ordered in less time than a thread needs to start


class FeedPredictor:
    """Safe to call from several threads: counts are read and written under a lock."""

    def __init__(
        self, config: Config, maker: SignalMaker, heads: Heads, counters: Counters, recent: Recent, codes: Codes
    ) -> None:
        self.config, self.maker, self.heads, self.recent, self.codes = config, maker, heads, recent, codes
        self.stream = Stream(counters)
        self._trained_ms = counters.latest_ms  # the end of the log
        definition = maker.definition
        self._own_E = np.array(["user_id" in entity for entity in definition.entities])
        own = tuple(entity for entity in definition.entities if "user_id" in entity)
        self._of_person = definition.model_copy(update={"entities": own})
        self._lock = threading.Lock()

    @classmethod
    def open(cls, bundle: Path, threads: int = 1) -> "FeedPredictor":
        """Open `bundle`; raises `UserError` if files are missing or damaged."""
        try:
            settings = json.loads((bundle / SETTINGS).read_text(encoding="utf-8"))
            config = Config.model_validate(settings["config"])
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle} has no settings ({error}); make or fetch the bundle again") from None
        definition = config.definition()
        items, people = Items.load(bundle / ITEMS), Facts.load(bundle / PEOPLE)
        maker = SignalMaker(definition, config.features.prior, items, people, settings["surfaces"])
        counters = Counters.load(bundle / COUNTS, definition)
        return cls(config, maker, Heads.open(bundle, threads), counters, *Recent.load(bundle / RECENT))

    def put(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Know items of which training knew nothing, see `Items.put`."""
        if items:
            with self._lock:
                self.maker.items.put(items)

    def observe(self, event_id: str, user_id: str, item_id: str, outcomes: Sequence[str], time_ms: int) -> bool:
        """Count what happened; False for an event that came before or is too late, see `Stream.put`."""
        with self._lock:
            return self.stream.put(self._event(event_id, user_id, item_id, outcomes, time_ms))

    def counts(self, user_id: str, item_ids: Sequence[str], now_ms: int) -> NDArray[np.float64]:
        """The counts (N, E, H, O) that answers read."""
        with self._lock:
            return self.stream.read(self.maker.items.columns([user_id] * len(item_ids), item_ids), now_ms)

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """Answer each request, see `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self.answer(request.fields)))

    def is_quick(self, request: Message) -> bool:
        return len(request.fields.candidates) + len(request.fields.sources) <= QUICK

    def answer(self, request: Request) -> Response:
        """The page of a request; candidates that are not known count by their id alone."""
        source_of = {one.item_id: one.source for one in request.candidates} | request.sources
        if not source_of:
            return Response(items=())
        items, names = self.maker.items, list(source_of)
        self.put([one.model_dump() for one in request.candidates if one.category and one.item_id not in items.keys])
        columns = items.columns([request.user_id] * len(names), names)
        request = request.model_copy(update={"actions": self._new(request)})
        count_NEHO = self._counts(request, columns)
        probabilities = self._probabilities(request, columns, count_NEHO)
        weights = self.config.feed.utility if request.utility is None else request.utility
        utility_N = sum(
            (weights.get(head, 0.0) * chance_N for head, chance_N in probabilities.items()),
            start=self._unwanted(count_NEHO, weights),
        )
        item_place = ("item_id",)
        entities = self.maker.definition.entities
        shown_N = count_NEHO[:, entities.index(item_place), -1, 0] if item_place in entities else None
        feed, sources = self.config.feed, np.array(list(source_of.values()))
        diversity = feed.diversity if request.diversity is None else request.diversity
        rules = Rules(diversity, feed.source_share, feed.explore_every, feed.explore_among)
        page: list[Drawn] = []
        left_L = np.arange(len(names))
        for number in range(request.pages):
            if not len(left_L):
                break
            drawn = compose(
                utility_N[left_L],
                lambda pool: items.vectors([names[row] for row in left_L[pool].tolist()]),  # noqa: B023 - now
                sources[left_L].tolist(),
                shown_N[left_L] if request.explore and shown_N is not None else None,
                request.k,
                rules,
                _seed(request) + number,
            )
            page += [Drawn(int(left_L[one.row]), one.propensity) for one in drawn]
            left_L = np.delete(left_L, [one.row for one in drawn])
        return Response(
            items=tuple(
                Shown(
                    item_id=names[drawn.row],
                    source=source_of[names[drawn.row]],
                    utility=float(utility_N[drawn.row]),
                    probabilities={head: float(chance_N[drawn.row]) for head, chance_N in probabilities.items()},
                    propensity=drawn.propensity,
                )
                for drawn in page
            )
        )

    def _counts(self, request: Request, columns: Columns) -> NDArray[np.float64]:
        """Counts as of the request. What it says was done is counted for the person alone, whose it is."""
        now_ms = request.time_s * 1000
        with self._lock:
            count_NEHO = self.stream.read(columns, now_ms)
            recent = [
                self._event(str(place), request.user_id, one.item_id, (one.action,), one.time_s * 1000)
                for place, one in enumerate(request.actions)
            ]
        if recent:
            told = Counters(self._of_person)
            told.begin(
                [event.keys for event in recent],
                np.stack([event.outcome_O for event in recent]),
                np.array([event.time_ms for event in recent]),
            )
            count_NEHO[:, self._own_E] += told.read(columns, now_ms)
        return count_NEHO

    def _unwanted(self, count_NEHO: NDArray[np.float64], utility: Mapping[str, float]) -> NDArray[np.float64]:
        """What a candidate loses because the person hid more of its kind than they wished for.

        The heads do not learn it: whoever hides many of a kind is somebody to whom many of it were shown, and logs of
        people who go on hiding are rare. One hide more than wishes says nothing of the kind.
        """
        definition = self.maker.definition
        if KIND not in definition.entities or HIDE not in definition.outcomes:
            return np.zeros(len(count_NEHO))
        count_NO = count_NEHO[:, definition.entities.index(KIND), -1]
        wished = [place for place, name in enumerate(definition.outcomes) if utility.get(name, 0.0) > 0]
        excess_N = np.maximum(count_NO[:, definition.outcomes.index(HIDE)] - count_NO[:, wished].sum(axis=1) - 1, 0)
        return np.asarray(utility.get(HIDE, 0.0) * excess_N / (excess_N + self.maker.prior))

    def _probabilities(
        self, request: Request, columns: Columns, count_NEHO: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        first = np.zeros(1)  # as if each stood first: what a place adds is none of the item's doing
        moment = np.array([request.time_s])
        signals_NX = self.maker.signals(
            count_NEHO, [request.user_id], columns["item_id"], [request.surface], moment, first
        )
        item_NF = self.codes.of(self.maker.items, columns)
        return self.heads.probabilities(signals_NX, item_NF, self._latest(request), [request.surface])

    def _latest(self, request: Request) -> Latest:
        """What the person did last, in training and by what the request says."""
        done: dict[str, tuple[int, set[str]]] = {}
        for one in request.actions:
            time_s, outcomes = done.get(one.item_id, (0, set()))
            done[one.item_id] = max(time_s, one.time_s), outcomes | {one.action}
        told = Recent.of(
            [request.user_id] * len(done),
            self.codes.of(self.maker.items, self.maker.items.columns(list(done), list(done))),
            np.array([[head in own for head in self.heads.names] for _, own in done.values()]).reshape(
                len(done), len(self.heads.names)
            ),
            [time_s * 1000 for time_s, _ in done.values()],
        )
        now_ms = np.array([request.time_s * 1000])
        own = self.recent.person(request.user_id).plus(told)
        count = self.heads.places(self.config.network.actions, len(own.time_ms_A))
        return own.latest([request.user_id], now_ms, now_ms, count)

    def _new(self, request: Request) -> tuple[Action, ...]:
        """Actions up to the request that training has not counted.

        Up to its end it counted what was shown, and what the person did with the items of the log. What they did
        elsewhere, as in a search, it knows nothing of. Before the actions that the bundle keeps all may be counted.
        """
        done = [one for one in request.actions if one.time_s <= request.time_s]
        early = [one.item_id for one in done if one.time_s * 1000 <= self._trained_ms]
        if not early:
            return tuple(done)
        own = self.recent.person(request.user_id)
        first_ms = own.time_ms_A.min() if len(own.time_ms_A) >= self.config.network.actions else 0
        known = {tuple(item_F) for item_F in own.item_AF.tolist()}
        codes_AF = self.codes.of(self.maker.items, self.maker.items.columns(early, early)).tolist()
        counted = {item for item, item_F in zip(early, codes_AF, strict=True) if tuple(item_F) in known}
        return tuple(
            one
            for one in done
            if one.time_s * 1000 > self._trained_ms
            or (one.action != SHOWN and one.item_id not in counted and one.time_s * 1000 >= first_ms)
        )

    def _event(self, event_id: str, user_id: str, item_id: str, outcomes: Sequence[str], time_ms: int) -> Event:
        outcome_O = np.array([float(name in outcomes) for name in self.maker.definition.outcomes])
        return Event(event_id, time_ms, self.maker.items.keys_of(user_id, item_id), outcome_O)


def _seed(request: Request) -> int:
    """Equal requests draw equally."""
    digest = hashlib.sha256(f"{request.user_id}\n{request.time_s}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def open_bundle(bundle: Path, threads: int = 1) -> FeedPredictor:
    """The predictor that serves `bundle`; see `FeedPredictor.open`."""
    return FeedPredictor.open(bundle, threads)
