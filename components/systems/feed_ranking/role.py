"""Feed ranking in the composed service: role `rank`, the champion's predictor in the words of the service's events."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from components.features.served_counts import Counted
from components.message import Message
from components.roles import Document
from components.systems.feed_ranking.config import SHOWN
from components.systems.feed_ranking.predictor import FeedPredictor
from components.systems.feed_ranking.types import Request
from data.actions import ACTIONS
from data.errors import UserError

__all__ = ["WordedRanker", "open_role"]

NOBODY = ""  # what a person did comes with the request
WORDS = {"view": SHOWN}  # of the service to those of the table of impressions; all others are the same


class WordedRanker:
    """A `components.roles.Ranker`."""

    def __init__(self, predictor: FeedPredictor) -> None:
        self._predictor = predictor
        self._trained = frozenset(predictor.maker.items.keys)

    def put(self, documents: Sequence[Document]) -> None:
        """As `components.roles.Ranker`."""
        self._predictor.put([asdict(document) for document in documents if document.item_id not in self._trained])

    def observe(self, event_id: str, item_id: str, action: str, time_s: float) -> bool:
        """Count what somebody did, for all answers from a minute later on; False if it came before or is too late."""
        return self._predictor.observe(event_id, NOBODY, item_id, (WORDS.get(action, action),), int(time_s * 1000))

    def counted_until_s(self) -> float:
        return self._predictor.stream.counters.latest_ms / 1000

    def counts(self, item_ids: Sequence[str], time_s: float) -> Counted:
        """As `components.roles.Ranker`."""
        definition, time_ms = self._predictor.maker.definition, int(time_s * 1000)
        places = [place for place, names in enumerate(definition.entities) if set(names) <= {"item_id"}]
        entities = tuple(definition.entities[place] for place in places)
        return Counted(
            definition=definition.model_copy(update={"entities": entities}),
            outcome_of={word: WORDS.get(word, word) for word in ACTIONS},
            time_ms=time_ms,
            count_NEHO=self._predictor.counts(NOBODY, item_ids, time_ms)[:, places].tolist(),
        )

    def is_quick(self, request: Message) -> bool:
        return self._predictor.is_quick(request)

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As the predictor's."""
        return self._predictor.answers([Message(_worded(request.fields)) for request in requests])


def _worded(request: Request) -> Request:
    actions = tuple(
        one.model_copy(update={"action": WORDS[one.action]}) if one.action in WORDS else one for one in request.actions
    )
    return request.model_copy(update={"actions": actions})


def open_role(bundle: Path, threads: int = 1) -> WordedRanker:
    """What the composed service calls of `bundle`; see `FeedPredictor.open`."""
    return WordedRanker(FeedPredictor.open(bundle, threads))
