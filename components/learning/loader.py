"""Batches in an order that depends on the seed and the epoch alone, so that a resumed training sees the same."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader

__all__ = ["EpochOrder", "batches"]


class EpochOrder:
    """A permutation of `count` rows for each epoch, as (epoch, row). Lightning calls `set_epoch` before each."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[int, int]]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        return ((self.epoch, row) for row in torch.randperm(self.count, generator=generator).tolist())


def _as_fetched(batch: Any) -> Any:
    return batch


def batches(pictures: Any, batch_size: int, seed: int | None = None) -> DataLoader[Any]:
    """A loader over `pictures`, whose `__getitems__` makes whole batches of rows, or of (epoch, row) if seeded.

    seed: of the order; None keeps the rows' order and the last, smaller batch. The pictures are decoded already, so
    that fetching in the training process costs less than handing arrays from workers.
    """
    order = None if seed is None else EpochOrder(len(pictures), seed)
    return DataLoader(
        pictures,
        batch_size=min(batch_size, len(pictures)),
        sampler=order,
        drop_last=seed is not None,
        collate_fn=_as_fetched,
        generator=torch.Generator(),  # what the loader draws for its workers stays out of the training's own numbers
    )
