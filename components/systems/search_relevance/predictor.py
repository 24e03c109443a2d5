"""The opened bundle: words or a picture in, items out. Its shelf starts with the items of the training data.

Legend: N rows, C candidates, X signals, D dimensions.
"""

import copy
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from components.finding.networks import Networks
from components.finding.ranker import GRADE, ORDER, Ranker
from components.finding.shelf import Entry, Shelf, Stored, load_stored
from components.finding.signals import SIGNALS, ReadQuery, signals
from components.keywords import words_of
from components.keywords.analysis import STOP_WORDS, stem
from components.keywords.suggestions import Suggestions
from components.message import PICTURE, Message, one_by_one
from components.ranking.clicks import ClickRates
from components.reading.reader import SURE, Reader
from components.roles import Document
from components.systems.search_relevance.types import MOST_RESULTS, Request, Response, Scored
from data.errors import UserError

__all__ = ["PEOPLE", "SHELF", "SearchPredictor", "open_bundle", "open_empty"]

SHELF = "shelf"
PEOPLE = "people"  # folder of the order that people's grades taught, where a teacher's taught the one that is served
COMPOSED = {"looks": 1.0, "understood": 0.5}  # weights, of a picture with what a text adds
PERHAPS = 0.4  # probability from which on what a text may name counts in the order
ALIKE = 0.5  # cosine of meaning from which on an item answers words that nobody here uses
IDEAS = 5
BATCH = 256  # documents that are read at once
STALE_ROWS = 4096  # of documents that are gone, from which on a shelf is made anew


class SearchPredictor:
    """A `components.roles.Finder`. Safe to call from several threads at once."""

    def __init__(
        self,
        networks: Networks,
        reader: Reader | None,
        ranker: Ranker,
        suggestions: Suggestions,
        clicks: ClickRates,
        stored: Stored | None,
    ) -> None:
        """stored: vectors of documents that need not be read again; reader: None while there is none to open yet."""
        self.networks, self.reader, self.ranker, self.suggestions = networks, reader, ranker, suggestions
        self.clicks, self._stored = clicks, stored
        self._place = {} if stored is None else {one.document.item_id: at for at, one in enumerate(stored.entries)}
        self.shelf = Shelf(networks.dims, networks.tokens.encode, suggestions.words())

    def fill(self) -> "SearchPredictor":
        """Put everything on the shelf that is stored; returns itself."""
        if self._stored is not None:
            self.shelf.put(self._stored.entries, self._stored.vectors)
        return self

    def emptied(self) -> "SearchPredictor":
        """The same with an empty shelf of its own."""
        return SearchPredictor(self.networks, self.reader, self.ranker, self.suggestions, self.clicks, self._stored)

    def with_ranker(self, ranker: Ranker) -> "SearchPredictor":
        """The same shelf in another order."""
        other = copy.copy(self)
        other.ranker = ranker
        return other

    def known(self) -> list[Document]:
        """As `components.roles.Finder`."""
        return [] if self._stored is None else [entry.document for entry in self._stored.entries]

    def put(self, documents: Sequence[Document]) -> None:
        """As `components.roles.Finder`."""
        for start in range(0, len(documents), BATCH):
            self._put(documents[start : start + BATCH])
        self._compact()

    def drop(self, item_ids: Collection[str]) -> None:
        """As `components.roles.Finder`."""
        self.shelf.drop(item_ids)
        self._compact()

    def suggest(self, prefix: str, k: int) -> Sequence[str]:
        """As `components.roles.Finder`."""
        return self.suggestions.beginning(prefix, k)

    def answers(self, requests: Sequence[Message]) -> list[Message | UserError]:
        """One after the other, see `components.system.Predictor`."""
        still = copy.copy(self)  # rows are of one shelf, also where another takes its place meanwhile
        return one_by_one(requests, still._answer)

    def is_quick(self, request: Message) -> bool:  # noqa: ARG002 - a query takes milliseconds
        return False

    def read_query(self, text: str, seen_D: np.ndarray | None = None) -> ReadQuery:
        """A query, its spelling corrected, with its vectors.

        seen_D: of a picture, for which is looked with what the text adds to it.
        """
        corrected = self._corrected(text)
        meant = corrected or text
        words = [word.text for word in words_of(meant)]
        stems = [stem(word) for word in words if word not in STOP_WORDS] or [stem(word) for word in words]
        (meaning_D,) = self.networks.meaning([meant]) if words else (np.zeros(self.networks.dims[0], np.float32),)
        (looks_D,) = self.networks.described([meant]) if words else (np.zeros(self.networks.dims[1], np.float32),)
        if seen_D is not None:
            both_D = seen_D + looks_D
            looks_D = both_D / max(float(np.linalg.norm(both_D)), 1e-9)
        named = [] if self.reader is None else self.reader.understood(meant, PERHAPS)
        (tokens_D,) = self.networks.tokens.encode([meant])
        vectors = (meaning_D, looks_D, tokens_D)
        return ReadQuery(text, list(dict.fromkeys(stems)), vectors, named, self.clicks, seen_D is not None, corrected)

    def likeliest(self, message: Message) -> dict[str, str]:
        """The likeliest value of each attribute, as a text, or else a picture, is read; however unsure."""
        if self.reader is None:
            return {}
        part = message.parts.get(PICTURE)
        if part is not None:
            named = self.reader.shown(self.networks.looked_at(part.content)[1], 0.0)
        else:
            named = self.reader.understood(message.fields.text, 0.0)
        return {one.name: one.value for one in named}

    def candidates(self, query: ReadQuery, filters: dict[str, str | Sequence[str]]) -> np.ndarray:
        """Rows (C,) that are best by words, meaning, looks, clicks or what the text names, each once, by number."""
        kept_N = self.shelf.matching(filters)
        if not query.seen and not self._is_answered(query, kept_N):
            return np.zeros(0, np.int64)
        said = self.shelf.search(dict.fromkeys(query.stems, 1.0), self.ranker.pool, filters)
        said = said[said < len(kept_N)]
        rows = [said[kept_N[said]]]  # of one moment: of an item that is put meanwhile not its old row and its new one
        for which, query_D in enumerate(query.vectors[:2]):
            if query_D.any():
                rows.append(self.shelf.nearest(which, query_D, kept_N, self.ranker.pool))
        liked = [self.shelf.row_of.get(item_id, -1) for item_id in self.clicks.liked(query.text, self.ranker.pool)]
        rows.append(np.array([row for row in liked if 0 <= row < len(kept_N) and kept_N[row]], np.int64))
        rows.append(self.shelf.agreeing(query.understood, kept_N, self.ranker.pool))
        return np.unique(np.concatenate(rows))

    def order(
        self, query: ReadQuery, rows: np.ndarray, chosen: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """The order of candidates (C,), their scores, and grades where the bundle learned any, from texts alone.

        chosen: whether somebody else found the candidates; then the grade is their score. What trees cannot tell apart
        is in the order of its words (BM25).
        """
        signals_CX = signals(self.shelf, query, rows)
        if query.seen:
            score_C = self.ranker.fused(_columns(signals_CX, COMPOSED), COMPOSED)
            return np.lexsort((rows, -score_C)), score_C, None
        grade_C = self.ranker.predicted(GRADE, query.text, signals_CX)
        learned = grade_C if chosen else self.ranker.predicted(ORDER, query.text, signals_CX)
        score_C = self.fused(signals_CX) if learned is None else learned
        return np.lexsort((rows, -signals_CX[:, SIGNALS.index("words_bm25")], -score_C)), score_C, grade_C

    def fused(self, signals_CX: np.ndarray) -> np.ndarray:
        """Reciprocal ranks by words, meaning and looks (C,)."""
        return self.ranker.fused(_columns(signals_CX, self.ranker.weights), self.ranker.weights)

    def _compact(self) -> None:
        if len(self.shelf.entries) > 2 * len(self.shelf) + STALE_ROWS:
            self.shelf = self.shelf.compacted()

    def _put(self, documents: Sequence[Document]) -> None:
        entries = [Entry.of(document) for document in documents]
        vectors = [np.zeros((len(entries), dim), np.float16) for dim in self.networks.dims]
        unknown = []
        for row, entry in enumerate(entries):
            place = self._place.get(entry.document.item_id)
            if self._stored is not None and place is not None and self._stored.entries[place] == entry:
                for own_ND, known_ND in zip(vectors, self._stored.vectors, strict=True):
                    own_ND[row] = known_ND[place]
            else:
                unknown.append(row)
        if unknown:  # rounded as a bundle keeps them: an item scores the same whether it was read from there or put
            some = [entries[row].document for row in unknown]
            vectors[0][unknown] = self.networks.meaning([one.title or one.description for one in some])
            vectors[1][unknown] = self.networks.looks([documents[row].picture for row in unknown])
            vectors[2][unknown] = self.networks.tokens.encode([f"{one.title} {one.description}" for one in some])
        self.shelf.put(entries, vectors)

    def _answer(self, message: Message) -> Message:
        part = message.parts.get(PICTURE)
        return Message(self.answer(message.fields, None if part is None else part.content))

    def answer(self, request: Request, picture: bytes | None = None) -> Response:
        """What answers a request best.

        Raises:
            UserError: there is neither text nor picture, or an item of `among` is unknown.
            PictureError: the picture cannot be used.
        """
        text = " ".join(request.text.split())
        if not text and picture is None:
            raise UserError("there is nothing to search for; give a text, a picture, or both")
        seen_D, logit_L = (None, None) if picture is None else self.networks.looked_at(picture)
        query = self.read_query(text, seen_D)
        rows = self._among(request.among) if request.among else self.candidates(query, dict(request.filters))
        order_C, score_C, grade_C = self.order(query, rows, bool(request.among))
        last = len(rows) if request.among else min(request.offset + request.k, MOST_RESULTS)
        items = tuple(
            Scored(
                item_id=self.shelf.entries[rows[at]].document.item_id,
                score=float(score_C[at]),
                grade=None if grade_C is None else float(np.clip(grade_C[at], 0, 3)),
            )
            for at in order_C[request.offset : last].tolist()
        )
        ideas = () if len(rows) else tuple(self.suggestions.like(text, IDEAS) or self.suggestions.beginning("", IDEAS))
        named = [one for one in query.named if one.probability >= SURE]
        if logit_L is not None and self.reader is not None and not text:
            named = self.reader.shown(logit_L)
        return Response(items=items, understood=tuple(named), corrected=query.corrected, ideas=ideas)

    def _is_answered(self, query: ReadQuery, kept_N: np.ndarray) -> bool:
        """Whether any word is known here, or something means about the same."""
        if any(self._is_known(stem) or self.shelf.has(stem) for stem in query.stems):
            return True
        best = self.shelf.nearest(0, query.vectors[0], kept_N, 1)
        return bool((self.shelf.vectors[0][best] @ query.vectors[0] >= ALIKE).any())

    def _among(self, item_ids: Sequence[str]) -> np.ndarray:
        rows = [self.shelf.row_of.get(item_id, -1) for item_id in item_ids]
        if -1 in rows:
            raise UserError(f"among: there is no item {item_ids[rows.index(-1)]!r}; give items that are there")
        return np.unique(np.array(rows, np.int64))

    def _corrected(self, text: str) -> str | None:
        """The text with words that neither an item nor a query has replaced by those that are meant."""
        parts, end = [], 0
        for word in words_of(text):
            meant = None if self._is_known(stem(word.text)) else self.shelf.spelling.corrected(word.text)
            if meant is not None:
                parts += [text[end : word.start], meant]
                end = word.stop
        return "".join([*parts, text[end:]]) if parts else None

    def _is_known(self, stemmed: str) -> bool:
        return self.reader is not None and stemmed in self.reader.vocabulary


def _columns(signals_CX: np.ndarray, names: Iterable[str]) -> dict[str, np.ndarray]:
    return {name: signals_CX[:, SIGNALS.index(name)] for name in names}


def open_bundle(bundle: Path, threads: int = 1) -> SearchPredictor:
    """The predictor that serves `bundle`, with the items that it learned from.

    Raises:
        UserError: files are missing or damaged.
    """
    return open_empty(bundle, threads).fill()


def open_empty(bundle: Path, threads: int = 1) -> SearchPredictor:
    """The predictor that serves `bundle`, with nothing on its shelf."""
    stored = load_stored(bundle / SHELF)
    networks = Networks.open(bundle, threads)
    ranker, clicks = Ranker.open(bundle), ClickRates.load(bundle)
    return SearchPredictor(networks, Reader.load(bundle), ranker, Suggestions.load(bundle), clicks, stored)
