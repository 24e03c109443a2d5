"""The items that people go on to from an item: a sparse graph counted from histories, without training."""

from components.transitions.config import TransitionConfig
from components.transitions.graph import TransitionGraph

__all__ = ["TransitionConfig", "TransitionGraph"]
