"""Patience with the systems of discovery, for tests that are not about slowness."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from serving.discovery import context, health
from serving.discovery.peers import Peer

__all__ = ["patient"]

PATIENCE_S = 20.0


@contextmanager
def patient() -> Iterator[None]:
    """Services that are opened in this process meanwhile wait for their systems, however busy the machine is."""

    def peer(system: str, role: str, address: str | None, limit_s: float, *given: Any) -> Peer:
        return Peer(system, role, address, max(limit_s, PATIENCE_S), *given)

    with patch.object(context, "Peer", peer), patch.object(health, "LIMIT_S", PATIENCE_S):
        yield
