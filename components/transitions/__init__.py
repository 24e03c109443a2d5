"""Which items people go on to from an item: a sparse graph counted from histories, without any training."""

from components.transitions.config import TransitionConfig
from components.transitions.graph import TransitionGraph

__all__ = ["TransitionConfig", "TransitionGraph"]
