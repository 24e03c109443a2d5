"""The names of the actions in a log; `params.yaml` maps a log's own names to these."""

from typing import Literal, get_args

__all__ = ["ACTIONS", "Action"]

Action = Literal["view", "click", "like", "save", "comment", "share", "follow", "review", "purchase", "hide"]
ACTIONS: tuple[Action, ...] = get_args(Action)
