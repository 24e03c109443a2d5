"""The champions' services, called over HTTP on a unix socket or on loopback, within a limit of time.

Never BentoML's own client, which pickles.
"""

import asyncio
import logging
import time
from typing import Any

from pydantic_core import from_json

from serving.current import request_id
from serving.discovery.breaker import Breaker
from serving.discovery.connections import Connections
from serving.discovery.metrics import PeerMetrics
from serving.discovery.types import Degraded
from serving.errors import RequestError

__all__ = ["Peer", "PeerFailed"]

REFUSALS = (400, 404, 413, 415, 422)  # of the request, not of the service

logger = logging.getLogger(__name__)


class PeerFailed(Exception):
    """A system that did not answer; the caller does without it and says so."""

    def __init__(self, system: str, role: str, reason: str, is_slow: bool = False) -> None:
        super().__init__(f"{system}: {reason}")
        self.is_slow = is_slow
        self.degraded = Degraded(system=system, role=role, reason=reason)


class Peer:
    """One system's service, in its role. Used from one event loop.

    address: `unix://path` or `tcp://host:port`, as BentoML's map of runners gives it; the system is below `/SYSTEM`
    there. None: it is not there, for the reason given. limit_s: how long an answer may take.
    """

    def __init__(
        self,
        system: str,
        role: str,
        address: str | None,
        limit_s: float,
        metrics: PeerMetrics,
        missing: str = "not released",
    ) -> None:
        self.system, self.role, self.missing = system, role, missing
        self._address, self._limit_s, self._metrics = address, limit_s, metrics
        self._breaker = Breaker()
        self._connections: Connections | None = None

    @property
    def is_there(self) -> bool:
        return self._address is not None

    async def post(self, path: str, body: bytes, content_type: str = "application/json") -> Any:
        """The JSON object that the service answers; raises as `get`."""
        return await self._answered("POST", path, body, content_type)

    async def get(self, path: str) -> Any:
        """The JSON object that the service answers.

        Raises:
            PeerFailed: it is missing, rests after failures, is too slow, or failed.
            RequestError: it refused the request, with its status and words.
        """
        return await self._answered("GET", path, b"", "")

    async def _answered(self, method: str, path: str, body: bytes, content_type: str) -> Any:
        if self._address is None:
            raise PeerFailed(self.system, self.role, self.missing)
        if not self._breaker.may_ask():
            self._metrics.count(self.system, "resting", 0.0)
            raise PeerFailed(self.system, self.role, "it failed several times and is left alone for a moment")
        started = time.perf_counter()
        try:
            status, content = await self._ask(method, path, body, content_type, self._limit_s)
        except PeerFailed as failure:
            raise self._failed(failure, "slow" if failure.is_slow else "unreachable", started) from None
        if status == 200:
            self._breaker.succeeded()
            self._metrics.count(self.system, "ok", time.perf_counter() - started, self._breaker.is_open)
            return from_json(content)
        if status in REFUSALS:
            self._breaker.succeeded()
            self._metrics.count(self.system, "refused", time.perf_counter() - started, self._breaker.is_open)
            raise RequestError(status, str(from_json(content)["error"]))
        if status == 429:  # busy, not broken
            self._metrics.count(self.system, "busy", time.perf_counter() - started, self._breaker.is_open)
            raise PeerFailed(self.system, self.role, "it has too much to do")
        raise self._failed(PeerFailed(self.system, self.role, f"it answered with status {status}"), "failed", started)

    async def probe(self, path: str, limit_s: float) -> Any:
        """The JSON object that the service answers to GET; neither counted nor kept from it while it is left alone.

        Raises:
            PeerFailed: it is missing, is too slow, or does not answer with 200.
        """
        if self._address is None:
            raise PeerFailed(self.system, self.role, self.missing)
        status, content = await self._ask("GET", path, b"", "", limit_s)
        if status != 200:
            raise PeerFailed(self.system, self.role, f"it answered with status {status}")
        return from_json(content)

    async def close(self) -> None:
        if self._connections is not None:
            self._connections.close()

    async def _ask(self, method: str, path: str, body: bytes, content_type: str, limit_s: float) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(limit_s):
                return await self._opened().ask(method, f"/{self.system}{path}", body, content_type, request_id() or "")
        except TimeoutError:
            raise PeerFailed(self.system, self.role, f"no answer within {limit_s:g} s", is_slow=True) from None
        except OSError as error:
            raise PeerFailed(self.system, self.role, f"not reachable ({type(error).__name__})") from None

    def _failed(self, failure: PeerFailed, outcome: str, started: float) -> PeerFailed:
        self._breaker.failed()
        self._metrics.count(self.system, outcome, time.perf_counter() - started, self._breaker.is_open)
        facts = {"system": self.system, "outcome": outcome}
        logger.warning("%s: %s", self.system, failure.degraded.reason, extra={"facts": facts})
        return failure

    def _opened(self) -> Connections:
        if self._connections is None:
            assert self._address
            self._connections = Connections(self._address)
        return self._connections
