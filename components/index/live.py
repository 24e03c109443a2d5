"""An index that changes while it is served: an immutable base, newer rows beside it, and deleted ones struck out.

Readers take a snapshot and wait for nobody; one writer at a time makes the next one. Legend: N rows, D dimensions,
Q queries, W bytes of a bitmap.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.index.base import Base, FlatBase
from components.index.delta import DeltaRows
from components.index.generations import Generation, Generations
from components.index.merge import EXACT_ROWS, load_base, merge
from components.index.snapshot import Hit, Snapshot
from components.index.vector_index import VectorIndex
from components.metadata import Where

__all__ = ["Change", "Compaction", "LiveIndex"]

DELTA_ROWS = 20_000  # searched row by row, which costs two milliseconds at 256 dimensions
DEAD_SHARE = 0.2
LARGEST = 60_000.0  # largest component of a vector: half precision ends at 65,504

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """An item as it is from change number `seq` on; no vector: it is deleted.

    vector_D: float32 (D,). metadata: columns to filter by. texts: columns to show.
    """

    seq: int
    item_id: str
    vector_D: np.ndarray | None = None
    metadata: Mapping[str, str] | None = None
    texts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Compaction:
    """A base that was made. seq: the last change that it holds."""

    rows: int
    kind: str
    seq: int
    seconds: float


class LiveIndex:
    """Vectors, ids and metadata that can be searched, added to, replaced and deleted from several threads.

    Changes are numbered, so that they can be applied again: those up to `seq` are passed over. What is here is not
    durable before a compaction; the log that the changes come from is, and is followed from `seq` after a start.
    """

    def __init__(
        self, folder: Path, base: VectorIndex | Callable[[], VectorIndex], exact_rows: int = EXACT_ROWS
    ) -> None:
        """Open the newest generation below `folder`; where there is none, `base` as it is, at change 0.

        folder: one a base, since its rows are merged with this base; its name should hold the bundle's hash.
        base: the champion's index, or a function that loads it, which is called only where there is no generation.
        exact_rows: up to this many rows a search compares every row; above, the base is an inverted file.

        Raises:
            UserError: the generation on disk is damaged.
        """
        self._generations = Generations(folder)
        self._exact_rows = exact_rows
        self._lock = threading.Lock()
        self._since: dict[str, tuple[int, int | None]] = {}  # item to its last change: number, row of the delta
        newest = self._generations.newest()
        self._number = newest.number if newest else 0
        opened: Base
        if newest:
            opened = load_base(newest.folder, newest.kind)
        else:
            opened = FlatBase(base if isinstance(base, VectorIndex) else base())
        self._delta = DeltaRows(opened.dim)
        self._snapshot = Snapshot(opened, None, len(opened), self._delta.view(), newest.seq if newest else 0)

    @property
    def seq(self) -> int:
        """The last change that searches see."""
        return self._snapshot.seq

    @property
    def folder(self) -> Path:
        """Where its generations lie."""
        return self._generations.folder

    @property
    def dim(self) -> int:
        return self._snapshot.base.dim

    @property
    def kind(self) -> str:
        """Of the base: `flat` or `ivf`."""
        return self._snapshot.base.kind

    @property
    def pending(self) -> int:
        """Changes that no generation holds yet."""
        return len(self._since)

    def __len__(self) -> int:
        return len(self._snapshot)

    def snapshot(self) -> Snapshot:
        """The state as it is now, for several questions that have to agree."""
        return self._snapshot

    def search(
        self, query_QD: np.ndarray, k: int | Sequence[int], where: Where | None = None, exclude: Collection[str] = ()
    ) -> list[list[Hit]]:
        """The best items of each query; see `Snapshot.search`."""
        return self._snapshot.search(query_QD, k, where, exclude)

    def vector(self, item_id: str) -> np.ndarray | None:
        """The item's vector, float32 (D,); None if it is not there."""
        return self._snapshot.vector(item_id)

    def apply(self, changes: Iterable[Change]) -> int:
        """Make changes visible, all at once and in the given order; the number of those that were new.

        Raises:
            ValueError: a vector of another dimension or with values that are not finite or too large; nothing changed.
        """
        with self._lock:
            fresh, seq = [], self._snapshot.seq
            for change in changes:
                if change.seq > seq:
                    fresh.append(self._checked(change))
                    seq = change.seq
            if fresh:
                self._snapshot = self._changed(self._snapshot, fresh)
            return len(fresh)

    @property
    def needs_compaction(self) -> bool:
        """Whether searches would gain by `compact`: many newer rows, many dead ones, or too many to compare each."""
        now = self._snapshot
        dead = len(now.base) - now.alive
        too_many = now.base.kind == FlatBase.kind and len(now) > self._exact_rows
        return bool(len(now)) and (
            too_many or len(now.delta) > DELTA_ROWS or dead > max(DELTA_ROWS, DEAD_SHARE * len(now.base))
        )

    def compact(self) -> Compaction | None:
        """Merge what is there into a new base on disk and search that; None if another process is at it, or if empty.

        Searches and changes go on meanwhile. Killed at any moment, it leaves the former generation in force.
        """
        started = time.perf_counter()
        with self._generations.writing() as folder:
            merged = self._snapshot
            if folder is None or not len(merged):
                return None
            merge(merged, folder, self._exact_rows)
            kind = "flat" if len(merged) <= self._exact_rows else "ivf"
            base = load_base(folder, kind)
            self._adopt(base, self._generations.commit(folder, merged.seq, kind))
        done = Compaction(len(base), kind, merged.seq, time.perf_counter() - started)
        log.info("compacted %d items up to change %d in %.1f s", done.rows, done.seq, done.seconds)
        return done

    def refresh(self) -> bool:
        """Search the newest generation, which another process may have made; False if it is in force already."""
        newest = self._generations.newest()
        if newest is None or newest.number <= self._number:
            return False
        self._adopt(load_base(newest.folder, newest.kind), newest)
        return True

    def _adopt(self, base: Base, generation: Generation) -> None:
        """Search `base`, and beside it what came after it."""
        with self._lock:
            if generation.number <= self._number:
                return
            now, since = self._snapshot, self._since
            later = sorted((seq, item_id, row) for item_id, (seq, row) in since.items() if seq > generation.seq)
            self._delta, self._since = DeltaRows(base.dim), {}
            fresh = Snapshot(base, None, len(base), self._delta.view(), generation.seq)
            changes = [
                Change(seq, item_id)
                if row is None
                else Change(seq, item_id, now.delta.vectors_MD[row], now.delta.metadata[row], now.delta.texts[row])
                for seq, item_id, row in later
            ]
            self._snapshot, self._number = self._changed(fresh, changes), generation.number

    def _changed(self, now: Snapshot, changes: list[Change]) -> Snapshot:
        """The snapshot after `changes`; the caller holds the lock."""
        bits_W, alive = now.bits_W, now.alive
        copied = False
        for change in changes:
            row = now.base.find(change.item_id)
            if row is not None and (bits_W is None or bits_W[row >> 3] >> (row & 7) & 1):
                if not copied:
                    bits_W, copied = _all_alive(len(now.base)) if bits_W is None else bits_W.copy(), True
                assert bits_W is not None
                bits_W[row >> 3] &= 255 ^ (1 << (row & 7))
                alive -= 1
            if change.vector_D is None:
                self._delta.remove(change.item_id)
                self._since[change.item_id] = change.seq, None
            else:
                self._since[change.item_id] = change.seq, len(self._delta)
                self._delta.append(change.item_id, change.vector_D, change.metadata or {}, change.texts or {})
        seq = max([now.seq, *(change.seq for change in changes)])
        return Snapshot(now.base, bits_W, alive, self._delta.view(), seq)

    def _checked(self, change: Change) -> Change:
        vector_D = change.vector_D
        if vector_D is not None:
            if vector_D.shape != (self.dim,):
                raise ValueError(
                    f"the vector of {change.item_id!r} has shape {vector_D.shape}; ({self.dim},) is needed"
                )
            if not (np.abs(vector_D) <= LARGEST).all():
                raise ValueError(f"the vector of {change.item_id!r} holds values that are not finite or too large")
        return change


def _all_alive(rows: int) -> np.ndarray:
    return np.packbits(np.ones(rows, bool), bitorder="little")
