"""Shop the look in the composed service: role `complete`, whose pictures come with regions that were searched."""

from collections.abc import Sequence
from pathlib import Path

from components.message import PICTURE, Message, one_by_one
from components.system import Inputs
from components.systems.shop_the_look.completer import Completer
from data.errors import UserError

__all__ = ["Completing", "open_role"]


class Completing:
    """A `components.roles.Completer`. Safe from several threads."""

    def __init__(self, completer: Completer) -> None:
        self._completer = completer
        self.item_ids = completer.item_ids

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """As `components.system.Predictor`."""
        return one_by_one(
            requests, lambda request: Message(self._completer.answer(request.fields, request.parts.get(PICTURE)))
        )

    def is_quick(self, request: Message) -> bool:
        return PICTURE not in request.parts


def open_role(bundle: Path, threads: int, inputs: Inputs) -> Completing:  # noqa: ARG001 - the networks stay closed
    """What the composed service asks of `bundle`; see `Completer.open`."""
    return Completing(Completer.open(bundle))
