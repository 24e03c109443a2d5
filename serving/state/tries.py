"""Retries of background work: a failure is logged once, and the pauses grow while it lasts."""

import logging

__all__ = ["Tries"]

LONGEST_S = 2.0  # also how long it takes to notice that a store is back


class Tries:
    """The pause before the next try. every_s: the pause while all is well; each failure doubles it."""

    def __init__(self, every_s: float, log: logging.Logger) -> None:
        self.wait_s = self._every_s = every_s
        self._log = log
        self._logged = ""

    def failed(self, text: str, error: Exception, trace: bool = False) -> None:
        """Log a failure, unless it repeats the last one. text: has `%s` for the error. trace: log the traceback."""
        message = text % error
        if message != self._logged:
            self._log.warning(text, error, exc_info=trace)
        self._logged = message
        self.wait_s = min(2 * self.wait_s, max(LONGEST_S, self._every_s))

    def worked(self, text: str) -> None:
        """Log `text` if the try before failed."""
        if self._logged:
            self._log.warning(text)
        self._logged, self.wait_s = "", self._every_s
