"""Requests and responses of the predictor."""

from typing import Literal

from pydantic import Field

from data.params import Strict

__all__ = ["ACTIONS", "KINDS", "MOST_LETTERS", "Action", "Finding", "Kind", "Request", "Response"]

Kind = Literal["hateful", "offensive", "sexual", "unread"]
Action = Literal["allow", "age", "hold", "block"]
KINDS: tuple[Kind, ...] = ("hateful", "offensive", "sexual", "unread")
ACTIONS: tuple[Action, ...] = ("allow", "age", "hold", "block")  # each more than the one before
MOST_LETTERS = 120_000


class Request(Strict):
    """Ask whether a text, a picture in the part `picture`, or both may be shown."""

    text: str = Field("", max_length=MOST_LETTERS, description="all that people would read, in any script")


class Finding(Strict):
    kind: Kind
    probability: float = Field(
        description="calibrated on texts of the training data; of pictures, as the network says; of what is unread, "
        "the share of letters in scripts that were not learned"
    )
    action: Action = Field(description="what the policy does at this probability")


class Response(Strict):
    action: Action = Field(description="the most that any finding asks for")
    findings: tuple[Finding, ...] = Field(description="one of each kind that was looked for, perhaps none")
