"""How a channel hands a message over, and how that can end."""

from collections.abc import Callable
from typing import Protocol

from serving.state import Message, Preferences

__all__ = ["Away", "Carrier", "Later", "Mark", "Refused", "Uncertain"]

Mark = Callable[[], bool]


class Refused(Exception):
    """It is not sent, now or later. stops: and nothing else need be tried on this channel."""

    def __init__(self, why: str, stops: bool = False) -> None:
        super().__init__(why)
        self.stops = stops


class Later(Exception):
    """Nothing was taken; trying again later may help."""


class Away(Later):
    """The server of the channel cannot be reached, so that no other message of the channel can be sent either."""


class Uncertain(Exception):
    """It was handed over and nobody said whether it was taken."""


class Carrier(Protocol):
    """Sends by one channel."""

    def send(self, message: Message, to: Preferences, mark: Mark) -> None:
        """Hand a message over; it was taken when this returns.

        mark: called right before the moment from which on it may arrive. Where it says no, nothing may be sent, and
        `Refused` is raised.

        Raises:
            Refused, Later, Away, Uncertain: it was not taken, or nobody knows.
        """
