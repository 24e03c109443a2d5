"""Requests answered together: the quick ones that came at once, and those that came while all threads were busy."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

__all__ = ["Batches"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Batches(Generic[Asked, Answer]):
    """Nobody is made to wait for company: who comes while a thread is free is answered alone. Used from one event loop.

    answers: of several requests; an error among them is of that request alone.
    is_quick: of a request whose answer takes less time than handing it to a thread and back. It is given on the spot,
    with those that arrived in the same turn of the loop.
    most: requests in one call, so that nobody waits for all others.
    """

    def __init__(
        self,
        answers: Callable[[Sequence[Asked]], Sequence[Answer | Exception]],
        threads: int,
        is_quick: Callable[[Asked], bool] = lambda _: False,
        most: int = 8,
    ) -> None:
        self._most = most
        self._answers, self._free, self._is_quick = answers, threads, is_quick
        self._pool = ThreadPoolExecutor(threads, "answer")
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._quick: list[tuple[Asked, asyncio.Future[Answer]]] = []

    async def ask(self, asked: Asked) -> Answer:
        """The answer; raises what `answers` gave or raised instead."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if self._is_quick(asked):
            if not self._quick:
                loop.call_soon(self._answer_quick)
            self._quick.append((asked, future))
        else:
            self._waiting.append((asked, future))
            self._begin()
        return await future

    def _answer_quick(self) -> None:
        batch, self._quick = self._quick[: self._most], self._quick[self._most :]
        if self._quick:
            asyncio.get_running_loop().call_soon(self._answer_quick)
        try:
            answers = self._answers([asked for asked, _ in batch])
        except Exception as error:  # as from a thread: whoever asked is told
            answers = [error] * len(batch)
        _tell([future for _, future in batch], answers)

    def _begin(self) -> None:
        while self._free and self._waiting:
            # shared among the free threads, in the order in which they came
            count = min(self._most, -(-len(self._waiting) // self._free))
            batch = [self._waiting.popleft() for _ in range(count)]
            self._free -= 1
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._answers, [asked for asked, _ in batch])
            work.add_done_callback(partial(self._ended, [future for _, future in batch]))

    def _ended(
        self, futures: Sequence[asyncio.Future[Answer]], done: asyncio.Future[Sequence[Answer | Exception]]
    ) -> None:
        self._free += 1
        error = done.exception()
        _tell(futures, done.result() if error is None else [error] * len(futures))
        self._begin()


def _tell(futures: Sequence[asyncio.Future[Answer]], answers: Sequence[Answer | BaseException]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():  # given up by who asked
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
