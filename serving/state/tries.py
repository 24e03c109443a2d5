"""What is tried again and again in the background: told once when it begins to fail, and less often meanwhile."""

import logging

__all__ = ["Tries"]

LONGEST_S = 2.0  # also how late a store that is back is noticed


class Tries:
    """How long to wait before the next try. every_s: as long as it works; each failure doubles it."""

    def __init__(self, every_s: float, log: logging.Logger) -> None:
        self.wait_s = self._every_s = every_s
        self._log = log
        self._told = ""

    def failed(self, text: str, error: Exception, trace: bool = False) -> None:
        """Log a failure, unless it is the one before. text: with `%s` for the error. trace: where it was raised."""
        told = text % error
        if told != self._told:
            self._log.warning(text, error, exc_info=trace)
        self._told = told
        self.wait_s = min(2 * self.wait_s, max(LONGEST_S, self._every_s))

    def worked(self, text: str) -> None:
        """Log `text` if it failed before."""
        if self._told:
            self._log.warning(text)
        self._told, self.wait_s = "", self._every_s
