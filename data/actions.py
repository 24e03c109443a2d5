"""The names of the actions in a log; `params.yaml` maps a log's own names to these."""

from typing import Literal, get_args

__all__ = ["ACTIONS", "OUTCOMES", "Action"]

Action = Literal["view", "click", "like", "save", "comment", "share", "follow", "review", "purchase", "hide"]
ACTIONS: tuple[Action, ...] = get_args(Action)
# of an impression, as the table `impressions` names them
OUTCOMES = ("click", "long_view", "like", "save", "profile", "comment", "follow", "share", "hide")
