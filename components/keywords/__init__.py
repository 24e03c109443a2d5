"""Search by the words of a text: what its words are, an index of them that changes while it answers, and spelling."""

from components.keywords.analysis import Word, stem, words_of
from components.keywords.index import KeywordIndex
from components.keywords.spelling import Spelling

__all__ = ["KeywordIndex", "Spelling", "Word", "stem", "words_of"]
