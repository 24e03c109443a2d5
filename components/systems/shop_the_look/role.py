"""Shop the look in the composed service: role `complete`, which is asked for looks, never for pictures."""

from collections.abc import Sequence
from pathlib import Path

from components.message import Message, one_by_one
from components.system import Inputs
from components.systems.shop_the_look.completer import Completer
from components.systems.shop_the_look.types import Request, Response
from data.errors import UserError

__all__ = ["Completing", "open_role"]


class Completing:
    """A `components.roles.Completer`. Safe from several threads."""

    def __init__(self, completer: Completer) -> None:
        self._completer = completer
        self.item_ids = completer.item_ids

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `components.system.Predictor`."""
        return one_by_one(requests, lambda request: Message(self._answer(request.fields)))

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - a few small products of matrices
        return True

    def _answer(self, request: Request) -> Response:
        if request.look is None:
            raise UserError("give the things of a look")
        return Response(goes_with=self._completer.complete(request.look, request.categories, request.k))


def open_role(bundle: Path, threads: int, inputs: Inputs) -> Completing:  # noqa: ARG001 - the networks stay closed
    """What the composed service asks of `bundle`; see `Completer.open`."""
    return Completing(Completer.open(bundle))
