"""Documents that can be found, in memory: their words, vectors and facets. They come and go while others search.

Legend: N rows, C candidates, D dimensions, W words of all candidates.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.keywords import KeywordIndex, Spelling, stem, words_of
from components.roles import Document
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["FILES", "VECTORS", "Entry", "Field", "Shelf", "Stored", "load_stored"]

DOCUMENTS, VECTORS = "documents.json", ("meaning", "looks", "tokens")
FILES = (DOCUMENTS, *VECTORS)
CATEGORY = "category"
LEAST_ROWS = 1024
BOOLEAN = ("true", "false", "True", "False")
FIELDS = ("title", "prose", "words")  # prose: title and description; words: all


@dataclass(frozen=True, slots=True)
class Entry:
    """A document without its picture, of which it has the hash, or nothing."""

    document: Document
    picture: str

    @classmethod
    def of(cls, document: Document) -> "Entry":
        digest = hashlib.sha256(document.picture).hexdigest()[:32] if document.picture else ""
        bare = Document(
            document.item_id,
            document.title,
            document.description,
            document.category,
            dict(document.attributes),
            document.created_s,
        )
        return cls(bare, digest)

    def facets(self) -> dict[str, str]:
        """Category and attributes by name."""
        found = {name: value for name, value in self.document.attributes.items() if value}
        return found | ({CATEGORY: self.document.category} if self.document.category else {})

    def read(self) -> dict[str, list[str]]:
        """The words of each of `FIELDS`."""
        document = self.document
        texts = (document.title, f"{document.title} {document.description}", self.text())
        return {name: [word.text for word in words_of(text)] for name, text in zip(FIELDS, texts, strict=True)}

    def text(self) -> str:
        """All words of the document; of its values those that are words, and no number, `true` or `false`."""
        document = self.document
        named = [
            value for value in document.attributes.values() if any(map(str.isalpha, value)) and value not in BOOLEAN
        ]
        return " ".join((document.title, document.category, document.description, *named))


@dataclass(frozen=True)
class Stored:
    """Entries with vectors that are there already: float16 (N, D) of each of `VECTORS`."""

    entries: Sequence[Entry]
    vectors: Sequence[np.ndarray]


class Field:
    """Stems of a part of each document, as numbers."""

    def __init__(self) -> None:
        self.stems: list[np.ndarray] = []
        self.length_sum = 0

    def gathered(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The stems of candidates one after the other (W,), and the length of each (C,)."""
        parts = [self.stems[row] for row in rows.tolist()]
        lengths = np.fromiter(map(len, parts), np.int64, len(parts))
        return (np.concatenate(parts) if parts else np.zeros(0, np.int32)), lengths


class Shelf:
    """Rows of documents; a row is never used again. Writers wait for one another; readers for nobody.

    dims: of the vectors of meaning (0), looks (1) and tokens (2). encode: unit vectors of single words.
    words: that are well spelt, whether or not a document has them.
    """

    def __init__(
        self, dims: Sequence[int], encode: Callable[[Sequence[str]], np.ndarray], words: Sequence[str] = ()
    ) -> None:
        self.entries: list[Entry] = []
        self.row_of: dict[str, int] = {}
        self.keywords = KeywordIndex()
        self.words = words
        self.spelling = Spelling()
        self.spelling.add(words)
        self.fields = {name: Field() for name in FIELDS}
        self.stem_ids: dict[str, int] = {}
        self.frequency = np.zeros(LEAST_ROWS, np.int64)  # documents that have a stem, by its number
        self.encode = encode
        self.stem_vectors = np.zeros((LEAST_ROWS, dims[2]), np.float16)  # by the number of a stem
        self.newest_s = 0  # when the newest document came
        self.alive = np.zeros(LEAST_ROWS, bool)
        self.vectors = tuple(np.zeros((LEAST_ROWS, dim), np.float32) for dim in dims)
        self._having: dict[str, list[int]] = {}  # rows by facet, and by the name of a facet, in order
        self._arrays: dict[str, np.ndarray] = {}  # the same, of facets that were asked for
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return len(self.row_of)

    def put(self, entries: Sequence[Entry], vectors: Sequence[np.ndarray]) -> None:
        """Add documents with their unit vectors (zero where there is none), in place of those of the same id."""
        latest = {entry.document.item_id: place for place, entry in enumerate(entries)}
        with self._writing:
            gone = [row for item_id in latest if (row := self.row_of.get(item_id)) is not None]
            self._reserve(len(self.entries) + len(latest))
            words = [entries[place].read() for place in latest.values()]
            self._know([stem(word) for read in words for word in read["words"]])
            added = []
            for (item_id, place), read in zip(latest.items(), words, strict=True):
                row = len(self.entries)
                for own_ND, given_ND in zip(self.vectors, vectors, strict=True):
                    own_ND[row] = given_ND[place]
                values = entries[place].facets()
                facets = [f"{name}={value}" for name, value in values.items()]
                added.append((row, self._taken(entries[place], read), facets))
                for facet in (*facets, *values):
                    self._having.setdefault(facet, []).append(row)
                self.row_of[item_id] = row
            self.keywords.put(added)
            new = [row for row, *_ in added]
            self.alive[new + gone] = [True] * len(new) + [False] * len(gone)  # at once: one of both is always there
            self._forget(gone)

    def drop(self, item_ids: Collection[str]) -> None:
        """Take documents out; unknown ids are passed over."""
        with self._writing:
            self._forget([row for item_id in set(item_ids) if (row := self.row_of.pop(item_id, None)) is not None])

    def compacted(self) -> "Shelf":
        """The same documents in a new shelf, without the rows of those that are gone."""
        with self._writing:
            rows = sorted(self.row_of.values())
            new = Shelf([vectors_ND.shape[1] for vectors_ND in self.vectors], self.encode, self.words)
            new.put([self.entries[row] for row in rows], [vectors_ND[rows] for vectors_ND in self.vectors])
        return new

    def matching(self, filters: Mapping[str, str | Sequence[str]]) -> np.ndarray:
        """Whether each row is there and has one of the wanted values of every name, bool (N,)."""
        count = len(self.entries)
        kept_N = self.alive[:count].copy()
        for name, values in _wanted(filters):
            having_N = np.zeros(count, bool)
            for value in values:
                having_N[self._rows_having(f"{name}={value}", count)] = True
            kept_N &= having_N
        return kept_N

    def having(self, facet: str, rows: np.ndarray) -> np.ndarray:
        """Whether each of some rows (C,) has a facet, such as `colour=red`, or a value of a name, such as `colour`."""
        known = self._rows_having(facet, len(self.entries))
        if not len(known):
            return np.zeros(len(rows), bool)
        return np.asarray(known[np.minimum(np.searchsorted(known, rows), len(known) - 1)] == rows)

    def values(self) -> Iterator[tuple[str, str]]:
        """Name and value of every facet."""
        return iter({pair for row in self.row_of.values() for pair in self.entries[row].facets().items()})

    def search(self, stems: Mapping[str, float], k: int, filters: Mapping[str, str | Sequence[str]]) -> np.ndarray:
        """The k best rows by keywords, the best first."""
        facets = [[f"{name}={value}" for value in values] for name, values in _wanted(filters)]
        rows, _ = self.keywords.search(stems, k, facets)
        return rows[self.alive[rows]]

    def nearest(self, which: int, query_D: np.ndarray, kept_N: np.ndarray, k: int) -> np.ndarray:
        """The k rows among `kept_N` whose vectors of meaning (0) or looks (1) are nearest, the best first."""
        cosine_N = self.vectors[which][: len(kept_N)] @ query_D
        cosine_N[~kept_N] = -2.0
        k = min(k, int(kept_N.sum()))
        if not k:
            return np.zeros(0, np.int64)
        best = np.argpartition(-cosine_N, k - 1)[:k]
        return best[np.lexsort((best, -cosine_N[best]))]

    def agreeing(self, named: Mapping[str, Mapping[str, float]], kept_N: np.ndarray, k: int) -> np.ndarray:
        """At most k rows among `kept_N` that have most of the values in `named`, each counted by its probability."""
        sure_N = np.zeros(len(kept_N))
        for name, values in named.items():
            for value, probability in values.items():
                sure_N[self._rows_having(f"{name}={value}", len(kept_N))] += probability
        rows = np.flatnonzero((sure_N > 0) & kept_N)
        if len(rows) <= k:
            return rows
        least = np.partition(sure_N[rows], -k)[-k]
        more = rows[sure_N[rows] > least]
        return np.concatenate([more, rows[sure_N[rows] == least][: k - len(more)]])

    def has(self, stemmed: str) -> bool:
        """Whether a document has a stem."""
        number = self.stem_ids.get(stemmed)
        return number is not None and bool(self.frequency[number])

    def idf(self, stem_id: int) -> float:
        """How rare a stem is, as BM25 counts it; of one that nobody wrote the most."""
        count = 0 if stem_id < 0 else int(self.frequency[stem_id])
        return float(np.log(1 + (len(self) - count + 0.5) / (count + 0.5)))

    def save(self, folder: Path) -> None:
        """Write documents and vectors below `folder`, in the order of their ids."""
        rows = [self.row_of[item_id] for item_id in sorted(self.row_of)]
        write_json(folder / DOCUMENTS, [_line(self.entries[row]) for row in rows])
        for name, vectors_ND in zip(VECTORS, self.vectors, strict=True):
            with atomic(folder / f"{name}.npy") as file:
                np.save(file, vectors_ND[rows].astype(np.float16), allow_pickle=False)

    def _rows_having(self, facet: str, count: int) -> np.ndarray:
        """Rows below `count` that have a facet."""
        having, known = self._having.get(facet, []), self._arrays.get(facet)
        if known is None or len(known) < len(having):
            known = self._arrays[facet] = np.array(having, np.int64)
        return known[: int(np.searchsorted(known, count))]

    def _taken(self, entry: Entry, read: Mapping[str, Sequence[str]]) -> list[str]:
        """Take in a document and its words, whose stems are known; returns all of these."""
        for name, words in read.items():
            ids = np.array([self.stem_ids[stem(word)] for word in words], np.int32)
            self.fields[name].stems.append(ids)
            self.fields[name].length_sum += len(ids)
        self.frequency[np.unique(self.fields["words"].stems[-1])] += 1
        self.spelling.add(read["words"])
        self.newest_s = max(self.newest_s, entry.document.created_s or 0)
        self.entries.append(entry)
        return [stem(word) for word in read["words"]]

    def _know(self, stems: Sequence[str]) -> None:
        """Number stems that are new; readers see a number once all that it counts in is there."""
        new = [one for one in dict.fromkeys(stems) if one not in self.stem_ids]
        if not new:
            return
        first, count = len(self.stem_ids), len(self.stem_ids) + len(new)
        if count > len(self.frequency):
            vectors_SD = np.zeros((2 * count, self.stem_vectors.shape[1]), np.float16)
            vectors_SD[:first] = self.stem_vectors[:first]
            self.stem_vectors = vectors_SD
            self.frequency = np.concatenate([self.frequency, np.zeros(2 * count - len(self.frequency), np.int64)])
        self.stem_vectors[first:count] = self.encode(new)
        self.stem_ids.update(zip(new, range(first, count), strict=True))

    def _forget(self, rows: Sequence[int]) -> None:
        if not rows:
            return
        self.alive[list(rows)] = False
        self.keywords.drop(rows)
        for row in rows:
            self.frequency[np.unique(self.fields["words"].stems[row])] -= 1
            for field in self.fields.values():
                field.length_sum -= len(field.stems[row])
            self.spelling.add(self.entries[row].read()["words"], -1)

    def _reserve(self, rows: int) -> None:
        if rows <= len(self.alive):
            return
        more = max(rows, 2 * len(self.alive)) - len(self.alive)
        self.vectors = tuple(
            np.concatenate([vectors_ND, np.zeros((more, vectors_ND.shape[1]), np.float32)])
            for vectors_ND in self.vectors
        )
        self.alive = np.concatenate([self.alive, np.zeros(more, bool)])


def load_stored(folder: Path) -> Stored:
    """What `Shelf.save` wrote. Raises `UserError` where it is missing or damaged."""
    try:
        entries = [_entry(line) for line in json.loads((folder / DOCUMENTS).read_text(encoding="utf-8"))]
        vectors = [np.load(folder / f"{name}.npy", allow_pickle=False) for name in VECTORS]
        if any(len(vectors_ND) != len(entries) for vectors_ND in vectors):
            raise ValueError("not as many vectors as documents")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{folder} holds no whole shelf ({reason}); make or fetch the bundle again") from None
    return Stored(entries, vectors)


def _line(entry: Entry) -> dict[str, object]:
    document = entry.document
    return {
        "item_id": document.item_id,
        "title": document.title,
        "description": document.description,
        "category": document.category,
        "attributes": dict(document.attributes),
        "created_s": document.created_s,
        "picture": entry.picture,
    }


def _entry(line: dict[str, object]) -> Entry:
    picture = str(line.pop("picture"))
    return Entry(Document(**line), picture)  # type: ignore[arg-type]


def _wanted(filters: Mapping[str, str | Sequence[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, values in filters.items():
        yield name, ((values,) if isinstance(values, str) else tuple(values))
