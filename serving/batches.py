"""Requests that came while all threads were busy, answered together by the next one that is free."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

__all__ = ["Batches"]

MOST = 8  # in one call, so that nobody waits for all others

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Batches(Generic[Asked, Answer]):
    """Nobody is made to wait for company: who comes while a thread is free is answered alone. Used from one event loop.

    answers: of several requests, in a thread; an error among them is of that request alone.
    """

    def __init__(self, answers: Callable[[Sequence[Asked]], Sequence[Answer | Exception]], threads: int) -> None:
        self._answers, self._free = answers, threads
        self._pool = ThreadPoolExecutor(threads, "answer")
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()

    async def ask(self, asked: Asked) -> Answer:
        """The answer; raises what `answers` gave or raised instead."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        self._begin()
        return await future

    def _begin(self) -> None:
        while self._free and self._waiting:
            # shared among the free threads, in the order in which they came
            count = min(MOST, -(-len(self._waiting) // self._free))
            batch = [self._waiting.popleft() for _ in range(count)]
            self._free -= 1
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._answers, [asked for asked, _ in batch])
            work.add_done_callback(partial(self._ended, [future for _, future in batch]))

    def _ended(
        self, futures: Sequence[asyncio.Future[Answer]], done: asyncio.Future[Sequence[Answer | Exception]]
    ) -> None:
        self._free += 1
        error = done.exception()
        answers = [error] * len(futures) if error is not None else done.result()
        for future, answer in zip(futures, answers, strict=True):
            if future.done():  # given up by who asked
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        self._begin()
