"""Exact and filtered vector search."""

from components.index.vector_index import VectorIndex
from components.metadata import Metadata, Where

__all__ = ["Metadata", "VectorIndex", "Where"]
