"""User sequences in the composed service: role `recommend`, the champion's predictor in the words of its events."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.message import Message
from components.roles import ACTIONS
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.types import Action, Request, Response
from data.errors import UserError

__all__ = ["KnownWords", "open_role"]

WANTED = frozenset({"click", "save"})  # for a model that knows no such word they count as what it knows best


class KnownWords:
    """A `components.roles.Recommender`: asks a predictor for what its training knew, words and values to filter by.

    A view or a hide that the model has no word for is passed over: taking it for a wish would turn it round.
    """

    def __init__(self, predictor: UserSequencePredictor) -> None:
        self._predictor = predictor
        self.item_ids = predictor.item_ids

    def trend(self) -> dict[str, Any] | None:
        """Which events of everybody the bundle counts, and how long; None: it does not weigh them."""
        blend = self._predictor.scorer.blend
        if not blend.trend:
            return None
        worded = {action: self._worded(Action(item_id="any", action=action)) for action in ACTIONS}
        counted = [
            action
            for action, known in worded.items()
            if known is not None and (known.action or self._predictor.usual_action) in self._predictor.counted
        ]
        newcomers = self._predictor.scorer.neighbours is not None
        return {"half_life_days": blend.half_life_days, "actions": counted, "newcomers": newcomers}

    def is_quick(self, request: Message) -> bool:
        return self._predictor.is_quick(request)

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As the predictor's. Where a filter has no known value nothing is found, and what looks alike is shown."""
        known = [self._known(message.fields) for message in requests]
        nothing = Message(Response(items=(), personal=False))
        answers = iter(self._predictor.answers([Message(request) for request in known if request is not None]))
        return [nothing if request is None else next(answers) for request in known]

    def _known(self, request: Request) -> Request | None:
        actions = tuple(known for action in request.actions if (known := self._worded(action)) is not None)
        filters = self._filters(request.filters)
        changed: dict[str, Any] = {"actions": actions, "filters": filters}
        return None if filters is None else request.model_copy(update=changed)

    def _worded(self, action: Action) -> Action | None:
        if action.action is None or action.action in self._predictor.actions:
            return action
        return action.model_copy(update={"action": None}) if action.action in WANTED else None

    def _filters(self, filters: dict[str, Any]) -> dict[str, list[str]] | None:
        """Those values that occurred in training, since newer items may have others; None if nothing is left of one."""
        known = {}
        vocabulary = self._predictor.index.metadata.vocabulary
        for column, values in filters.items():
            given = [values] if isinstance(values, str) else values
            known[column] = [value for value in given if value in vocabulary.get(column, ())]
            if not known[column]:
                return None
        return known


def open_role(bundle: Path, threads: int = 1) -> KnownWords:
    """What the composed service calls of `bundle`; see `UserSequencePredictor.open`."""
    return KnownWords(UserSequencePredictor.open(bundle, threads))
