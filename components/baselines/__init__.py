"""Simple recommenders that a learned one has to beat. Each turns histories into scores of every item."""

from components.baselines.interactions import Interactions, Recommender
from components.baselines.popularity import popularity, recent_popularity
from components.baselines.transitions import transitions

__all__ = ["Interactions", "Recommender", "popularity", "recent_popularity", "transitions"]
