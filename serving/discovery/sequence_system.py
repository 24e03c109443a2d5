"""User sequences before the champion's predictor, in the words of this service's events."""

from collections.abc import Sequence
from typing import Any

from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.types import Action, Request, Response
from data.errors import UserError

__all__ = ["KnownWords", "Request", "Response", "route", "takes_pictures"]

route = "recommend"
takes_pictures = False
WANTED = frozenset({"click", "save"})  # for a model that knows no such word they count as what it knows best


class KnownWords:
    """Asks a predictor only for what its training knew: words for actions, and values to filter by.

    A view or a hide that the model has no word for is passed over: taking it for a wish would turn it round.
    """

    def __init__(self, predictor: UserSequencePredictor) -> None:
        self._predictor = predictor

    def answer(self, request: Request, picture: bytes | None = None) -> Response:  # noqa: ARG002
        (found,) = self.answers([request])
        if isinstance(found, UserError):
            raise found
        return found

    def is_quick(self, request: Request) -> bool:
        return self._predictor.is_quick(request)

    def answers(self, requests: Sequence[Request]) -> list[Response | UserError]:
        """As `answer`, of several requests at once."""
        asked: list[Request | Response] = []
        for request in requests:
            actions = tuple(known for action in request.actions if (known := self._worded(action)) is not None)
            filters = self._filters(request.filters)
            changed: dict[str, Any] = {"actions": actions, "filters": filters}
            nothing = Response(items=(), personal=False)  # so that what looks alike is shown instead
            asked.append(nothing if filters is None else request.model_copy(update=changed))
        found = iter(self._predictor.answers([one for one in asked if isinstance(one, Request)]))
        return [next(found) if isinstance(one, Request) else one for one in asked]

    def _worded(self, action: Action) -> Action | None:
        if action.action is None or action.action in self._predictor.actions:
            return action
        return action.model_copy(update={"action": None}) if action.action in WANTED else None

    def _filters(self, filters: dict[str, Any]) -> dict[str, list[str]] | None:
        """Those values that occurred in training, since newer items may have others; None if nothing is left of one."""
        found = {}
        vocabulary = self._predictor.index.metadata.vocabulary
        for column, values in filters.items():
            given = [values] if isinstance(values, str) else values
            found[column] = [value for value in given if value in vocabulary.get(column, ())]
            if not found[column]:
                return None
        return found
