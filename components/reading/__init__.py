"""Reading which values of attributes a text names."""

from components.reading.config import ReadingConfig
from components.reading.understood import Understood

__all__ = ["ReadingConfig", "Understood"]
