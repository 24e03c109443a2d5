"""Strings of many rows in little memory, and the row of an id.

Legend: N rows, B bytes of all strings.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

__all__ = ["Ids", "Strings"]

CHUNK = 50_000  # rows that are gathered at once


class Strings:
    """Immutable strings, packed as UTF-8: 8 bytes a row beyond their own, where a Python string takes 50 and more."""

    def __init__(self, packed_B: np.ndarray, ends_N: np.ndarray) -> None:
        if (len(ends_N) and int(ends_N[-1]) != len(packed_B)) or (not len(ends_N) and len(packed_B)):
            raise ValueError("packed strings and their ends do not belong together")
        self.packed_B, self.ends_N = packed_B, ends_N

    @classmethod
    def pack(cls, values: Iterable[str]) -> "Strings":
        packed, ends = bytearray(), []
        for value in values:
            packed += value.encode()
            ends.append(len(packed))
        return cls(np.frombuffer(bytes(packed), np.uint8), np.array(ends, np.int64))

    def __len__(self) -> int:
        return len(self.ends_N)

    def __getitem__(self, row: int) -> str:
        return self.encoded(row).decode()

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    def encoded(self, row: int) -> bytes:
        start = int(self.ends_N[row - 1]) if row else 0
        return self.packed_B[start : int(self.ends_N[row])].tobytes()

    def joined(self, other: "Strings") -> "Strings":
        """These, then the rows of `other`."""
        ends_N = np.concatenate([self.ends_N, other.ends_N + len(self.packed_B)])
        return Strings(np.concatenate([self.packed_B, other.packed_B]), ends_N)

    def take(self, rows_N: np.ndarray) -> "Strings":
        """The strings of `rows_N`, in that order."""
        starts_N = np.concatenate([[0], self.ends_N[:-1]]).astype(np.int64) if len(self) else self.ends_N
        lengths_N = (self.ends_N - starts_N)[rows_N]
        ends_N = np.cumsum(lengths_N, dtype=np.int64)
        packed_B = np.empty(int(ends_N[-1]) if len(ends_N) else 0, np.uint8)
        for at in range(0, len(rows_N), CHUNK):
            lengths, ends = lengths_N[at : at + CHUNK], ends_N[at : at + CHUNK]
            first = int(ends[0] - lengths[0])
            from_start = starts_N[rows_N[at : at + CHUNK]] - (ends - lengths)
            bytes_at = np.repeat(from_start, lengths) + np.arange(first, int(ends[-1]))
            packed_B[first : int(ends[-1])] = self.packed_B[bytes_at]
        return Strings(packed_B, ends_N)


class Ids:
    """Unique strings and the row of each, found through sorted 64-bit hashes: 12 bytes a row beyond `Strings`."""

    def __init__(self, strings: Strings, hashes_N: np.ndarray, rows_N: np.ndarray) -> None:
        self.strings, self.hashes_N, self.rows_N = strings, hashes_N, rows_N

    @classmethod
    def of(cls, strings: Strings) -> "Ids":
        packed, hashes_N, start = strings.packed_B.tobytes(), np.empty(len(strings), np.uint64), 0
        for at in range(0, len(strings), CHUNK):
            ends = strings.ends_N[at : at + CHUNK].tolist()
            digests = b"".join(_digest(packed[first:end]) for first, end in pairwise([start, *ends]))
            hashes_N[at : at + CHUNK], start = np.frombuffer(digests, "<u8"), ends[-1]
        rows_N = np.argsort(hashes_N, kind="stable").astype(np.int32)
        return cls(strings, hashes_N[rows_N], rows_N)

    def __len__(self) -> int:
        return len(self.strings)

    def __getitem__(self, row: int) -> str:
        return self.strings[row]

    def find(self, item_id: str) -> int | None:
        """The row of `item_id`; None if there is none."""
        wanted = item_id.encode()
        hashed = np.frombuffer(_digest(wanted), "<u8")[0]
        at = int(np.searchsorted(self.hashes_N, hashed))
        while at < len(self.hashes_N) and self.hashes_N[at] == hashed:
            row = int(self.rows_N[at])
            if self.strings.encoded(row) == wanted:
                return row
            at += 1
        return None


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=8).digest()
