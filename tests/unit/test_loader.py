"""The order of batches."""

import numpy as np
import pytest

from components.learning.loader import BucketedOrder, EpochOrder

LENGTHS = np.array([3, 9, 1, 1, 4, 50, 2, 2, 8, 3, 3, 1])


def _epoch(order: BucketedOrder, epoch: int) -> list[list[int]]:
    order.set_epoch(epoch)
    return [rows.tolist() for _, rows in order]


def test_every_row_comes_once_an_epoch_and_batches_stay_within_their_tokens() -> None:
    order = BucketedOrder(LENGTHS, 12, seed=1)
    for epoch in range(3):
        found = _epoch(order, epoch)
        assert len(found) == len(order)
        assert sorted(row for rows in found for row in rows) == list(range(len(LENGTHS)))
        for rows in found:
            padded = len(rows) * LENGTHS[rows].max()
            assert padded <= 12 or len(rows) == 1  # a row longer than that has a batch of its own


def test_rows_of_like_length_are_together() -> None:
    generator = np.random.default_rng(0)
    length_N = generator.integers(1, 50, 2000)
    order = BucketedOrder(length_N, 500, seed=0)
    padded = sum(len(rows) * length_N[rows].max() for rows in _epoch(order, 0))
    assert padded < 1.05 * length_N.sum()


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    first, second = BucketedOrder(LENGTHS, 12, seed=1), BucketedOrder(LENGTHS, 12, seed=1)
    _epoch(first, 0)
    assert _epoch(first, 5) == _epoch(second, 5)
    assert _epoch(first, 5) != _epoch(first, 6)
    assert _epoch(first, 5) != _epoch(BucketedOrder(LENGTHS, 12, seed=2), 5)


def test_processes_share_an_epoch_without_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", "3")
        order = EpochOrder(20, seed=1)
        taken.append([row for _, row in order])
        assert len(taken[-1]) == len(order) == 6
    assert len({row for rows in taken for row in rows}) == 18
