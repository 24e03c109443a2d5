"""Keeps something at the state of a store, whichever process changes it."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from serving.state.stores import Unavailable
from serving.state.tries import Tries

__all__ = ["Changes", "Following"]

EVERY_S = 0.1
log = logging.getLogger(__name__)
Change = TypeVar("Change")
Given = TypeVar("Given", covariant=True)


class Changes(Protocol[Given]):
    """A store whose changes are numbered."""

    def changes_since(self, seq: int, /) -> Sequence[Given]:
        """Changes after number `seq`, in order; none where there are no more."""


class Following(Generic[Change]):
    """Applies the changes of `store`, in the background and on demand, in one thread at a time.

    seq: the number of the last change that was applied. apply: takes changes in order, moves that number on, and
    returns how many there were; it must not raise over one change, since no later change would come through. tend: what
    else is done in the background, now and then.
    """

    def __init__(
        self,
        store: Changes[Change],
        seq: Callable[[], int],
        apply: Callable[[Sequence[Change]], int],
        tend: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._seq, self._apply, self._tend = store, seq, apply, tend
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def catch_up(self) -> int:
        """Apply new changes, until `stop`; returns how many. What is read afterwards knows every write that returned.

        Raises:
            Unavailable: the store cannot be reached.
        """
        applied = 0
        with self._lock:
            while not self._stop.is_set() and (changes := self._store.changes_since(self._seq())):
                applied += self._apply(changes)
        return applied

    def start(self) -> None:
        """Follow in the background, until `stop`. Catches up first. Raises `Unavailable`."""
        self.catch_up()
        self.begin()

    def begin(self) -> None:
        """The same without waiting until it has caught up."""
        for name, work in (("follow", self._follow), ("tend", self._tend)):
            if work is not None:
                thread = threading.Thread(target=self._repeat, args=(work,), name=f"state_{name}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def stop(self) -> None:
        """End the background work; what has begun is waited for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _follow(self) -> None:
        self.catch_up()

    def _repeat(self, work: Callable[[], None]) -> None:
        tries = Tries(EVERY_S, log)
        while not self._stop.wait(tries.wait_s):
            try:
                work()
            except Unavailable as error:
                tries.failed("what is stored cannot be followed: %s", error)
            except Exception as error:  # the next change may succeed; the index stays as it is
                tries.failed("what is stored could not be taken over: %s", error, trace=True)
            else:
                tries.worked("what is stored is followed again")
