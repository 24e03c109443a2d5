"""Signals of impressions: rates of clicks by hashed values, numbers, and flags of frequent values.

Legend: N rows, L values of a list, M values of all lists, E rates, B buckets, X signals.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.arrays import opened_arrays
from components.systems.ads.config import SignalConfig
from data.files import atomic

__all__ = ["Columns", "Read", "Signals", "frequent", "of_lists", "of_singles", "whole"]

Columns = Mapping[str, Sequence[str]]  # of each name N values, or one for all rows; "" where none is given
Codes = NDArray[np.uint64]
NONE = np.uint64(0)  # code of a value that is not given
ODD, BITS = 0x9E3779B97F4A7C15, (1 << 64) - 1
UNKNOWN = -1.0
ONE = np.int32(1)  # a number of another type takes NumPy a thousand times as long to add


@dataclass(frozen=True)
class Read:
    """Rows before any rate is looked up. buckets: of each rate (N, L). plain_NX: numbers and flags.

    What is the same for all rows is there once.
    """

    buckets: list[NDArray[np.int64]]
    plain_NX: NDArray[np.float32]
    count: int

    def where(self, rows: NDArray[np.int64]) -> "Read":
        """Of some of the rows."""
        kept = [bucket_NL if len(bucket_NL) == 1 else bucket_NL[rows] for bucket_NL in self.buckets]
        return Read(kept, self.plain_NX if len(self.plain_NX) == 1 else self.plain_NX[rows], len(rows))


class Signals:
    """Counts by bucket (B,) of what was shown and clicked; unseen values have everybody's rate."""

    def __init__(self, config: SignalConfig, rate: float = 0.5, flags: Sequence[tuple[str, str]] = ()) -> None:
        self.config, self.rate, self.flags = config, rate, tuple(map(tuple, flags))
        self.shown_B = np.zeros(1 << config.bits, np.float32)
        self.clicked_B = np.zeros(1 << config.bits, np.float32)
        self.listed = [any(name in config.lists for name in rate) for rate in config.rates]
        self._flag_codes: dict[str, Codes] = {}
        for name in config.flags:
            own = [_code(name, value) for column, value in self.flags if column == name]
            self._flag_codes[name] = np.array(own, np.uint64)

    @classmethod
    def learn(
        cls, config: SignalConfig, columns: Columns, click_N: NDArray[np.bool_], flags: Sequence[tuple[str, str]] = ()
    ) -> tuple["Signals", Read, tuple[int, int]]:
        """Count all rows; with them as they were read, how many different values share a bucket with another, and how
        many there are. flags: see `frequent`.
        """
        signals, hashed = cls(config, float(click_N.mean()), flags), _hashed(config, columns)
        read = Read(signals._buckets(hashed), signals._plain(columns), len(click_N))
        counts_2B = np.zeros((2, len(signals.shown_B)), np.int32)  # as float32 they would stop at 16,777,216
        for bucket_NL in read.buckets:
            _count(bucket_NL, click_N, counts_2B)
        signals.shown_B[:], signals.clicked_B[:] = counts_2B
        values = np.sort(np.concatenate([code_NL[code_NL != NONE] for code_NL in hashed]))
        (bucket,) = signals._buckets([values[np.diff(values, prepend=NONE) != 0]])
        counts = np.bincount(bucket)
        return signals, read, (int(counts[counts > 1].sum()), len(bucket))

    def _buckets(self, hashed: Sequence[Codes]) -> list[NDArray[np.int64]]:
        """-1: no value."""
        shift = np.uint64(64 - self.config.bits)
        return [np.where(code == NONE, -1, (code >> shift).astype(np.int64)) for code in hashed]

    def read(self, columns: Columns, count: int) -> Read:
        """Rows as all signals read them that have the same settings and flags."""
        return Read(self._buckets(_hashed(self.config, columns)), self._plain(columns), count)

    def of(self, read: Read) -> NDArray[np.float32]:
        """Signals (N, X), by the rates of all that was learned from."""
        parts, prior = [], self.config.prior
        for bucket_NL, listed in zip(read.buckets, self.listed, strict=True):
            if listed:
                row_M, place_M = np.nonzero(bucket_NL >= 0)
                bucket_M = bucket_NL[row_M, place_M]
                shown_M, clicked_M = self.shown_B[bucket_M], self.clicked_B[bucket_M]
                parts += of_lists(row_M, shown_M, clicked_M, self.rate, prior, len(bucket_NL))
            else:
                there_N, bucket_N = bucket_NL[:, 0] >= 0, bucket_NL[:, 0]
                shown_N = np.where(there_N, self.shown_B[bucket_N], 0)
                parts += of_singles(shown_N, np.where(there_N, self.clicked_B[bucket_N], 0), self.rate, prior)
        return whole(parts, read.plain_NX, read.count)

    def save(self, path: Path) -> None:
        used = np.flatnonzero(self.shown_B)
        words = json.dumps({"config": self.config.model_dump(mode="json"), "rate": self.rate, "flags": self.flags})
        with atomic(path) as file:
            np.savez_compressed(file, words=words, used=used, shown=self.shown_B[used], clicked=self.clicked_B[used])

    @classmethod
    def load(cls, path: Path) -> "Signals":
        """Raises `UserError` where the file is missing or damaged."""
        with opened_arrays(path, "holds no signals") as arrays:
            words = json.loads(str(arrays["words"]))
            signals = cls(SignalConfig.model_validate(words["config"]), words["rate"], words["flags"])
            signals.shown_B[arrays["used"]] = arrays["shown"]
            signals.clicked_B[arrays["used"]] = arrays["clicked"]
        return signals

    def _plain(self, columns: Columns) -> NDArray[np.float32]:
        """Numbers and flags (N, X)."""
        parts = []
        for name in self.config.numbers:
            parts.append(np.array([_number(value) for value in columns.get(name, ("",))], np.float32)[:, None])
        for name, flag_F in self._flag_codes.items():
            code_NL = _codes(name, columns.get(name, ("",)), name in self.config.lists)
            flags_NF = np.zeros((len(code_NL), len(flag_F)), np.float32)
            order_F = np.argsort(flag_F)
            place_NL = np.searchsorted(flag_F, code_NL, sorter=order_F)
            row_M, column_M = np.nonzero(place_NL < len(flag_F))
            flag_M = order_F[place_NL[row_M, column_M]]
            is_M = flag_F[flag_M] == code_NL[row_M, column_M]
            flags_NF[row_M[is_M], flag_M[is_M]] = 1
            parts.append(flags_NF)
        count = max(map(len, parts), default=1)
        return (
            np.concatenate([np.broadcast_to(part, (count, part.shape[1])) for part in parts], axis=1)
            if parts
            else (np.zeros((1, 0), np.float32))
        )


def frequent(config: SignalConfig, columns: Columns) -> list[tuple[str, str]]:
    """The columns and values that are a flag."""
    flags = []
    for name in config.flags:
        code_NL = _codes(name, columns[name], name in config.lists)
        values = sorted({v for text in columns[name] for v in (text.split(",") if name in config.lists else [text])})
        found, counts = np.unique(code_NL, return_counts=True)
        often = set(found[counts >= config.flag_least].tolist())
        flags += [(name, value) for value in values if value and _code(name, value) in often]
    return flags


def _count(bucket_NL: NDArray[np.int64], click_N: NDArray[np.bool_], counts_2B: NDArray[np.int32]) -> None:
    """Add what was shown and what was clicked to the counts."""
    row_M, place_M = np.nonzero(np.broadcast_to(bucket_NL >= 0, (len(click_N), bucket_NL.shape[1])))
    bucket_M = bucket_NL[row_M % len(bucket_NL), place_M]
    np.add.at(counts_2B[0], bucket_M, ONE)
    np.add.at(counts_2B[1], bucket_M[click_N[row_M]], ONE)


def of_singles(
    shown_N: NDArray[np.float32], clicked_N: NDArray[np.float32], rate: float, prior: float
) -> list[NDArray[np.float32]]:
    """The smoothed rate of a value, and how often it was shown (N,)."""
    return [(clicked_N + prior * rate) / (shown_N + prior), np.log1p(shown_N)]


def of_lists(
    row_M: NDArray[np.int64],
    shown_M: NDArray[np.float32],
    clicked_M: NDArray[np.float32],
    rate: float,
    prior: float,
    count: int,
) -> list[NDArray[np.float32]]:
    """Least, mean and largest smoothed rate of each row's values (N,). row_M: rises."""
    rate_M = (clicked_M + prior * rate) / (shown_M + prior)
    first = np.flatnonzero(np.diff(row_M, prepend=-1))
    length = np.diff(first, append=len(row_M))
    found = [np.minimum.reduceat(rate_M, first), np.add.reduceat(rate_M, first) / length]
    parts = []
    for one in (*found, np.maximum.reduceat(rate_M, first)):
        part_N = np.full(count, rate, np.float32)
        part_N[row_M[first]] = one
        parts.append(part_N)
    return parts


def whole(rates: list[NDArray[np.float32]], plain_NX: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Signals (N, X). What is the same for all rows may be there once."""
    signals_NX = np.empty((count, len(rates) + plain_NX.shape[1]), np.float32)
    for place, rate_N in enumerate(rates):
        signals_NX[:, place] = rate_N
    signals_NX[:, len(rates) :] = plain_NX
    return signals_NX


def _hashed(config: SignalConfig, columns: Columns) -> list[Codes]:
    """Of each rate the codes of its rows (N, L), or (1, L) where they are the same for all."""
    made = []
    codes = {
        name: _codes(name, columns.get(name, ("",)), name in config.lists)
        for name in dict.fromkeys(name for rate in config.rates for name in rate)
    }
    for place, rate in enumerate(config.rates):
        mixed = np.full((1, 1), (place + 1) * ODD & BITS, np.uint64)
        for name in rate:
            mixed = _mixed(mixed ^ codes[name])
        for name in {*rate} & {*config.lists}:
            mixed = np.where(codes[name] == NONE, NONE, mixed)
        made.append(mixed)
    return made


def _codes(name: str, values: Sequence[str], listed: bool) -> Codes:
    """(N, L), with as many values as the longest list has."""
    all_values = ",".join(values).split(",") if listed else values
    codes = {value: _code(name, value) for value in set(all_values)}
    code_M = np.fromiter(map(codes.__getitem__, all_values), np.uint64, len(all_values))
    if not listed:
        return code_M[:, None]
    length_N = np.array([value.count(",") + 1 for value in values])
    there_NL = np.arange(length_N.max()) < length_N[:, None]
    code_NL = np.zeros(there_NL.shape, np.uint64)
    code_NL[there_NL] = code_M
    return code_NL


@lru_cache(maxsize=1 << 20)
def _code(name: str, value: str) -> int:
    """64 bits of a value; 0: it is not given."""
    if not value:
        return 0
    return int.from_bytes(hashlib.blake2b(f"{name}={value}".encode(), digest_size=8).digest(), "big")


def _mixed(code: Codes) -> Codes:
    """Bits that each depend on all of the code's. Source: Stafford's Mix13 of MurmurHash3's finaliser."""
    code = code ^ (code >> np.uint64(30))
    code *= np.uint64(0xBF58476D1CE4E5B9)
    code ^= code >> np.uint64(27)
    code *= np.uint64(0x94D049BB133111EB)
    code ^= code >> np.uint64(31)
    return code


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return UNKNOWN
    return number if np.isfinite(number) else UNKNOWN
