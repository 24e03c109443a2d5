"""Batches in an order that depends on the seed and the epoch alone, so that a resumed training sees the same."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader

__all__ = ["EpochOrder", "batches"]


class EpochOrder:
    """A permutation of `count` rows for each epoch. Lightning calls `set_epoch` as on any distributed sampler."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        return iter(torch.randperm(self.count, generator=generator).tolist())


def _as_fetched(batch: Any) -> Any:
    return batch


def batches(pictures: Any, batch_size: int, seed: int | None = None) -> DataLoader[Any]:
    """A loader over `pictures`, whose `__getitems__` makes whole batches.

    seed: of the order; None keeps the rows' order and the last, smaller batch. The pictures are decoded already, so
    that fetching in the training process costs less than handing arrays from workers.
    """
    order = None if seed is None else EpochOrder(len(pictures), seed)
    return DataLoader(
        pictures, batch_size=batch_size, sampler=order, drop_last=seed is not None, collate_fn=_as_fetched
    )
