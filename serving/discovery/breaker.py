"""A circuit breaker: whoever failed several times in a row is left alone for a moment."""

import time
from collections.abc import Callable

__all__ = ["Breaker"]

FAILURES = 3  # in a row
REST_S = 2.0


class Breaker:
    """Closed: requests go through. Open: none does. Half open, after a rest: one caller tries."""

    def __init__(
        self, failures: int = FAILURES, rest_s: float = REST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest_s, self._clock = failures, rest_s, clock
        self._failed = 0
        self._again_s = 0.0

    @property
    def is_open(self) -> bool:
        return self._failed >= self._most

    def may_ask(self) -> bool:
        """Whether a request may go out now; after a rest one may, and the others wait for its outcome."""
        if not self.is_open:
            return True
        now_s = self._clock()
        if now_s < self._again_s:
            return False
        self._again_s = now_s + self._rest_s
        return True

    def succeeded(self) -> None:
        self._failed = 0

    def failed(self) -> None:
        self._failed += 1
        self._again_s = self._clock() + self._rest_s
