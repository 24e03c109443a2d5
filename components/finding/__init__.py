"""Finding documents by words, vectors and what people judged: a shelf of them, signals, their order, judged queries."""

__all__ = ["MOST_LETTERS"]

MOST_LETTERS = 1000  # of a text that is asked
