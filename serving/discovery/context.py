"""What every handler works with: the items, the state, the systems, and the threads for what blocks."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from components.roles import RECOMMEND, ROLES, Role
from serving.discovery.ahead import Ahead
from serving.discovery.catalogue import Catalogue
from serving.discovery.countries import Countries
from serving.discovery.crowd import Crowd
from serving.discovery.exposure import Exposure
from serving.discovery.hours import Hours
from serving.discovery.keys import Doors
from serving.discovery.member import Member
from serving.discovery.metrics import PeerMetrics
from serving.discovery.peers import Peer
from serving.discovery.stock import Stock
from serving.errors import RequestError
from serving.metrics import RequestMetrics
from serving.state import State
from serving.traffic import Traffic

__all__ = ["Context"]

NEVER_S = 0.1  # no request is sent
THREADS = 8
DECODING = 2  # uploads at once: a transparent picture of the most pixels takes 0.9 GB until it is made smaller
Result = TypeVar("Result")


@dataclass
class Context:
    """Made once a process.

    peers: by role. revision: of the source. clock: seconds since 1970. gone: the most items of one answer of
    recommendations that were deleted meanwhile. writing: one change of an item at a time. traffic: where requests are
    logged; None: nowhere. in_shadow: nobody sees the answers, so that nothing may be changed.
    """

    catalogue: Catalogue
    stock: Stock
    state: State
    peers: Mapping[str, Peer]
    metrics: RequestMetrics
    doors: Doors
    crowd: Crowd
    countries: Countries
    hours: Hours
    exposure: Exposure = field(default_factory=Exposure)
    traffic: Traffic | None = None
    in_shadow: bool = False
    revision: str = ""
    clock: Callable[[], float] = time.time
    gone: int = 0
    ahead: Ahead = field(default_factory=Ahead)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "state"))
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    following: asyncio.Lock = field(default_factory=asyncio.Lock)
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DECODING))

    @classmethod
    def opened(
        cls,
        catalogue: Catalogue,
        state: State,
        members: Sequence[Member],
        addresses: Mapping[str, str],
        metrics: RequestMetrics,
        doors: Doors,
        exposure: Exposure,
        revision: str = "",
        traffic: Traffic | None = None,
    ) -> "Context":
        """members: of the roles that a system has. addresses: of the systems that are there."""
        measured = PeerMetrics(metrics.registry)
        known = {member.role: member for member in members}
        filled = [known.get(role) or Member(role, role, NEVER_S, missing="no system has this role") for role in ROLES]
        peers = {
            member.role: Peer(
                member.system, member.role, addresses.get(member.system), member.limit_s, measured, member.missing
            )
            for member in filled
        }
        crowd = Crowd(peers[RECOMMEND], state.events)
        countries, hours = Countries(state.events), Hours(state.campaigns)
        if traffic is not None:
            traffic.register(metrics.registry)
        stock = Stock(catalogue)
        return cls(
            catalogue,
            stock,
            state,
            peers,
            metrics,
            doors,
            crowd,
            countries,
            hours,
            exposure,
            traffic,
            revision=revision,
        )

    def optional(self, role: Role) -> Peer:
        """The system of a role that the service can do without.

        Raises:
            RequestError: 404, no system has it here.
        """
        peer = self.peers[role]
        if not peer.is_there:
            raise RequestError(404, f"this service has no system of role {role!r} ({peer.system}: {peer.missing})")
        return peer

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
        self.countries.stop()
        self.pool.shutdown()
        if self.traffic is not None:
            self.traffic.close()
        self.state.close()
