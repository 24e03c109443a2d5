"""Batches in an order that depends on the seed and the epoch alone, so that a resumed training sees the same.

Of an epoch, each of the processes that train together takes its share, of smaller batches.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from components.learning.ranks import share, together

__all__ = ["BucketedOrder", "EpochOrder", "batches", "bucketed_batches"]


class EpochOrder:
    """A permutation of `count` rows for each epoch, as (epoch, row). Lightning calls `set_epoch` before each."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count // together()[1]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        return ((self.epoch, row) for row in share(torch.randperm(self.count, generator=generator).tolist()))


class BucketedOrder:
    """Batches of rows of like length for each epoch, as (epoch, rows), so that padding wastes little.

    A batch holds as many rows as fit into `tokens` when padded to its longest, and at least one. Rows of one length
    change batches from epoch to epoch, and so does the order of the batches; their number stays.
    """

    def __init__(self, length_N: np.ndarray, tokens: int, seed: int) -> None:
        self.length_N = length_N
        self.seed = seed
        self.epoch = 0
        self.bounds = _bounds(np.sort(length_N), tokens)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return (len(self.bounds) - 1) // together()[1]

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        generator = np.random.default_rng((self.seed, self.epoch))
        order_N = np.lexsort((generator.random(len(self.length_N)), self.length_N))
        for place in share(generator.permutation(len(self.bounds) - 1).tolist()):
            yield self.epoch, order_N[self.bounds[place] : self.bounds[place + 1]]


def _bounds(rising_N: np.ndarray, tokens: int) -> list[int]:
    """Where batches begin and end among rows of rising length."""
    bounds = [0]
    for row, length in enumerate(rising_N.tolist()):
        if row > bounds[-1] and (row + 1 - bounds[-1]) * length > tokens:
            bounds.append(row)
    return [*bounds, len(rising_N)]


def _as_fetched(batch: Any) -> Any:
    return batch


def batches(pictures: Any, batch_size: int, seed: int | None = None) -> DataLoader[Any]:
    """A loader over `pictures`, whose `__getitems__` makes whole batches of rows, or of (epoch, row) if seeded.

    seed: of the order; None keeps the rows' order and the last, smaller batch. The pictures are decoded already, so
    that fetching in the training process costs less than handing arrays from workers.
    """
    order = None if seed is None else EpochOrder(len(pictures), seed)
    size = min(batch_size, len(pictures))
    return DataLoader(
        pictures,
        batch_size=size if order is None else size // together()[1],
        sampler=order,
        drop_last=seed is not None,
        collate_fn=_as_fetched,
        generator=torch.Generator(),  # the loader's draws for its workers do not touch the training's random state
    )


def bucketed_batches(sequences: Any, length_N: np.ndarray, tokens: int, seed: int) -> DataLoader[Any]:
    """A loader over `sequences`, whose `__getitem__` makes a whole batch of (epoch, rows); see `BucketedOrder`.

    length_N: of every sequence.
    """
    return DataLoader(
        sequences,
        batch_size=None,
        sampler=BucketedOrder(length_N, tokens // together()[1], seed),
        collate_fn=_as_fetched,
        generator=torch.Generator(),
    )
