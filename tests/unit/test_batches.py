"""Requests answered together: in order, each with its own answer or error, and never made to wait for company."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from serving.batches import Batches


class Work:
    """Answers with the double, odd numbers with an error; the first batch waits until it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def answers(self, batch: Sequence[int]) -> list[int | Exception]:
        self.sizes.append(len(batch))
        if len(self.sizes) == 1:
            self.begun.set()
            assert self.go.wait(30)
        return [ValueError(f"odd {number}") if number % 2 else number * 2 for number in batch]


def test_who_comes_first_is_answered_alone_and_who_waits_together() -> None:
    work = Work()

    async def asked() -> list[int | BaseException]:
        batches = Batches[int, int](work.answers, 1)
        tasks = [asyncio.create_task(batches.ask(0))]
        await asyncio.to_thread(work.begun.wait, 30)
        tasks += [asyncio.create_task(batches.ask(number)) for number in range(1, 12)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        work.go.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    found = asyncio.run(asked())
    assert work.sizes == [1, 8, 3]
    for number, answer in enumerate(found):
        if number == 2:
            assert isinstance(answer, asyncio.CancelledError)
        elif number % 2:
            assert str(answer) == f"odd {number}"
        else:
            assert answer == number * 2


def test_an_error_of_the_call_is_told_to_all_and_ends_nothing() -> None:
    calls: list[int] = []

    def answers(batch: Sequence[int]) -> list[int | Exception]:
        calls.append(len(batch))
        if len(calls) == 1:
            raise RuntimeError("broken")
        return list(batch)

    async def asked() -> int:
        batches = Batches[int, int](answers, 2)
        with pytest.raises(RuntimeError, match="broken"):
            await batches.ask(1)
        return await batches.ask(2)

    assert asyncio.run(asked()) == 2


def test_quick_ones_of_the_same_turn_are_answered_on_the_spot() -> None:
    calls: list[tuple[list[int], bool]] = []

    def answers(batch: Sequence[int]) -> list[int | Exception]:
        calls.append((list(batch), threading.current_thread() is threading.main_thread()))
        if 6 in batch:
            raise RuntimeError("broken")
        return list(batch)

    async def asked() -> None:
        batches = Batches[int, int](answers, 1, is_quick=lambda number: number > 1)
        assert await asyncio.gather(*map(batches.ask, (1, 2, 3))) == [1, 2, 3]
        with pytest.raises(RuntimeError, match="broken"):
            await batches.ask(6)
        assert await batches.ask(4) == 4

    asyncio.run(asked())
    assert sorted(calls) == [([1], False), ([2, 3], True), ([4], True), ([6], True)]
