"""BM25 over words (Robertson and Zaragoza 2009, k1 1.2, b .75) by tantivy, in memory; rows come and go."""

import threading
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import tantivy

__all__ = ["KeywordIndex"]

ROW, WORDS, FACETS = "row", "words", "facets"
HEAP_BYTES = 1 << 27


class KeywordIndex:
    """Rows with their words and facets. Safe to call from several threads at once.

    A facet is any text that a row has or has not, such as `colour=red`.
    """

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field(ROW, indexed=True, fast=True)
        builder.add_text_field(WORDS, tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field(FACETS, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(HEAP_BYTES, 1)
        self._writing = threading.Lock()

    def put(self, rows: Iterable[tuple[int, Sequence[str], Sequence[str]]]) -> None:
        """Add rows that were not there: of each its number, words and facets. They are found once this returns."""
        with self._writing:
            for row, words, facets in rows:
                document = tantivy.Document()
                document.add_unsigned(ROW, row)
                document.add_text(WORDS, " ".join(words))
                for facet in facets:
                    document.add_text(FACETS, facet)
                self._writer.add_document(document)
            self._commit()

    def drop(self, rows: Iterable[int]) -> None:
        """Take rows out; none is found once this returns."""
        with self._writing:
            for row in rows:
                self._writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, ROW, row))
            self._commit()

    def search(
        self, words: Mapping[str, float], k: int, facets: Sequence[Sequence[str]] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best rows (K,) that have any of the words, and their scores (K,), the best first.

        words: with the weight of each. facets: of each group a row has to have one.
        """
        if not words:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        should = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(WORDS, word), weight))
            for word, weight in words.items()
        ]
        query = tantivy.Query.boolean_query(should)
        if facets:
            groups = [tantivy.Query.boolean_query([self._should(facet) for facet in group]) for group in facets]
            needed = [(tantivy.Occur.Must, tantivy.Query.const_score_query(group, 0.0)) for group in groups]
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *needed])
        searcher = self._index.searcher()
        hits = searcher.search(query, k, count=False).hits
        rows_K = np.array(searcher.fast_field_values(ROW, [address for _, address in hits]), np.int64)
        scores_K = np.array([score for score, _ in hits], np.float32)
        order_K = np.lexsort((rows_K, -scores_K))  # rows of one score in one order, however they lie in segments
        return rows_K[order_K], scores_K[order_K]

    def _commit(self) -> None:
        self._writer.commit()
        self._index.reload()

    def _term(self, field: str, text: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, text, index_option="freq")

    def _should(self, facet: str) -> tuple[tantivy.Occur, tantivy.Query]:
        return tantivy.Occur.Should, tantivy.Query.term_query(self._schema, FACETS, facet, index_option="basic")
