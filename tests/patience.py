"""Patience with the systems of discovery, for tests that are not about slowness."""

from collections.abc import Iterator
from contextlib import contextmanager

from serving.discovery import health
from serving.discovery.context import LIMITS_S

__all__ = ["patient"]

PATIENCE_S = 20.0


@contextmanager
def patient() -> Iterator[None]:
    """Services that are opened in this process meanwhile wait for their systems, however busy the machine is."""
    limits_s, limit_s = dict(LIMITS_S), health.LIMIT_S
    LIMITS_S.update(dict.fromkeys(LIMITS_S, PATIENCE_S))
    health.LIMIT_S = PATIENCE_S
    try:
        yield
    finally:
        LIMITS_S.update(limits_s)
        health.LIMIT_S = limit_s
