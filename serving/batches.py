"""Batches of requests: the quick ones that arrive together, and those that wait while all threads are busy."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

__all__ = ["Batches"]

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class Batches(Generic[Request, Answer]):
    """Batches requests without delaying any: one that arrives while a thread is free is answered alone.

    Use it from one event loop.

    answers: answers several requests; an error in its list belongs to one request.
    is_quick: whether answering takes less time than handing the request to a thread and back. Quick requests are
    answered on the event loop, together with those that arrived in the same turn of it.
    most: requests in one call, so that none waits for all others.
    """

    def __init__(
        self,
        answers: Callable[[Sequence[Request]], Sequence[Answer | Exception]],
        threads: int,
        is_quick: Callable[[Request], bool] = lambda _: False,
        most: int = 8,
    ) -> None:
        self._most = most
        self._answers, self._free, self._is_quick = answers, threads, is_quick
        self._pool = ThreadPoolExecutor(threads, "answer")
        self._waiting: deque[tuple[Request, asyncio.Future[Answer]]] = deque()
        self._quick: list[tuple[Request, asyncio.Future[Answer]]] = []

    async def ask(self, request: Request) -> Answer:
        """The answer to one request; raises the error that `answers` returned for it or raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if self._is_quick(request):
            if not self._quick:
                loop.call_soon(self._answer_quick)
            self._quick.append((request, future))
        else:
            self._waiting.append((request, future))
            self._begin()
        return await future

    def _answer_quick(self) -> None:
        batch, self._quick = self._quick[: self._most], self._quick[self._most :]
        if self._quick:
            asyncio.get_running_loop().call_soon(self._answer_quick)
        try:
            answers = self._answers([request for request, _ in batch])
        except Exception as error:  # as from a thread: the callers get it
            answers = [error] * len(batch)
        _resolve([future for _, future in batch], answers)

    def _begin(self) -> None:
        while self._free and self._waiting:
            # shared among the free threads, in the order in which they came
            count = min(self._most, -(-len(self._waiting) // self._free))
            batch = [self._waiting.popleft() for _ in range(count)]
            self._free -= 1
            work = asyncio.get_running_loop().run_in_executor(
                self._pool, self._answers, [request for request, _ in batch]
            )
            work.add_done_callback(partial(self._ended, [future for _, future in batch]))

    def _ended(
        self, futures: Sequence[asyncio.Future[Answer]], done: asyncio.Future[Sequence[Answer | Exception]]
    ) -> None:
        self._free += 1
        error = done.exception()
        _resolve(futures, done.result() if error is None else [error] * len(futures))
        self._begin()


def _resolve(futures: Sequence[asyncio.Future[Answer]], answers: Sequence[Answer | BaseException]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():  # the caller has gone
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
