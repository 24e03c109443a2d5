"""What every handler works with: the items, the state, the systems, and the threads for what blocks."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from serving.discovery.catalogue import Catalogue
from serving.discovery.crowd import Crowd
from serving.discovery.keys import Doors
from serving.discovery.metrics import PeerMetrics
from serving.discovery.peers import Peer
from serving.discovery.stock import Stock
from serving.metrics import RequestMetrics
from serving.state import State

__all__ = ["SEARCH", "SEQUENCE", "SYSTEMS", "Context"]

SEARCH, SEQUENCE = "visual-search", "user-sequence"
SYSTEMS = (SEARCH, SEQUENCE)
LIMITS_S = {SEARCH: 3.0, SEQUENCE: 1.5}
THREADS = 8
DECODING = 2  # uploads at once: a transparent picture of the most pixels takes 0.9 GB until it is made smaller
Result = TypeVar("Result")


@dataclass
class Context:
    """Made once a process.

    revision: of the source. clock: seconds since 1970. gone: the most items of one answer of user sequences that were
    deleted meanwhile. writing: one change of an item at a time.
    """

    catalogue: Catalogue
    stock: Stock
    state: State
    peers: Mapping[str, Peer]
    metrics: RequestMetrics
    doors: Doors
    crowd: Crowd
    revision: str = ""
    clock: Callable[[], float] = time.time
    gone: int = 0
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "state"))
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    following: asyncio.Lock = field(default_factory=asyncio.Lock)
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DECODING))

    @classmethod
    def opened(
        cls,
        catalogue: Catalogue,
        state: State,
        addresses: Mapping[str, str],
        left_out: Mapping[str, str],
        metrics: RequestMetrics,
        doors: Doors,
        revision: str = "",
    ) -> "Context":
        """addresses: of the systems that are there. left_out: why others are not."""
        measured = PeerMetrics(metrics.registry)
        peers = {
            system: Peer(
                system, addresses.get(system), LIMITS_S[system], measured, left_out.get(system, "not released")
            )
            for system in SYSTEMS
        }
        crowd = Crowd(peers[SEQUENCE], state.events)
        return cls(catalogue, Stock(catalogue), state, peers, metrics, doors, crowd, revision)

    async def blocking(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """Call in a thread what would keep others waiting."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, call, *arguments)

    async def catch_up(self) -> None:
        """Take over the changes of items that are stored by now. Raises `Unavailable`."""
        async with self.following:
            while changes := await self.blocking(self.state.items.changes_since, self.stock.seq):
                self.stock.apply(changes)

    async def close(self) -> None:
        for peer in self.peers.values():
            await peer.close()
        self.pool.shutdown()
        self.state.close()
