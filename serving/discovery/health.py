"""Whether each system and the state answer, and what they serve."""

import asyncio
import time
from typing import Any

from serving.discovery.call import Call
from serving.discovery.context import Context
from serving.discovery.peers import Peer, PeerFailed
from serving.state import Unavailable

__all__ = ["health"]

LIMIT_S = 1.0


async def health(context: Context, call: Call) -> dict[str, Any]:
    """Asks every system now, one that is left alone after failures too, and without a say in that."""
    del call
    answers = await asyncio.gather(*map(_system, context.peers.values()))
    systems = {peer.system: answer for peer, answer in zip(context.peers.values(), answers, strict=True)}
    state = {"status": "ok", "items": len(context.stock), "changes": context.stock.seq}
    try:
        state["changes"] = await context.blocking(context.state.items.last_seq)
    except Unavailable:
        state["status"] = "failing"
    whole = all(part["status"] == "ok" for part in (*systems.values(), state))
    return {
        "status": "ok" if whole else "degraded",
        "systems": systems,
        "state": state,
        "revision": context.revision,
    }


async def _system(peer: Peer) -> dict[str, Any]:
    facts: dict[str, Any] = dict.fromkeys(("version", "bundle_hash", "dataset", "data_version", "reason"), "")
    role = {"role": peer.role}
    started = time.perf_counter()
    try:
        answer = await peer.probe("/v1/health", LIMIT_S)
    except PeerFailed as failure:
        status = "failing" if peer.is_there else "missing"
        return facts | role | {"status": status, "latency_ms": None, "reason": failure.degraded.reason}
    latency_ms = round((time.perf_counter() - started) * 1e3, 2)
    known = {name: answer[name] for name in facts if name in answer}
    return facts | role | known | {"status": "ok", "latency_ms": latency_ms}
