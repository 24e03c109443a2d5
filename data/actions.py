"""What people do, in our words; a log's own words are mapped to these."""

from typing import Literal, get_args

__all__ = ["ACTIONS", "Action"]

Action = Literal["view", "click", "like", "save", "comment", "share", "follow", "review", "purchase", "hide"]
ACTIONS: tuple[Action, ...] = get_args(Action)
