"""Exact and filtered vector search."""

from components.index.metadata import Metadata, Where
from components.index.vector_index import VectorIndex

__all__ = ["Metadata", "VectorIndex", "Where"]
