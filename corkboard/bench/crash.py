"""Acknowledged item writes that are lost when every process of the service is killed in the middle of 1,000.

There is no peer: the bar, which is none at all, stands beside the count.
"""

import contextlib
import os
import random
import signal
import tempfile
import threading

from corkboard.bench._row import Row

__all__ = ["run"]

WRITES, KILLED_AFTER = 1_000, 500
DELETE_EVERY = 5


def run(tag: str | None = None) -> list[Row]:
    """Package what is released (or take the Bento `tag`), write, kill, start again on the same state, and count.

    Raises:
        UserError: the system that searches is not released, or the service does not start.
    """
    from corkboard.discovery import packaged
    from serving.process import alone, free_port, running, serve_command
    from serving.ready import ready

    tag, picture = tag or packaged(), _picture()
    with tempfile.TemporaryDirectory() as home:
        port = free_port()
        with running(serve_command(tag, "127.0.0.1", port), port, alone(home)) as address:
            ready(address)
            there, deleted = _written(address, picture)
        port = free_port()
        with running(serve_command(tag, "127.0.0.1", port), port, alone(home)) as address:
            ready(address)
            lost, back = _counted(address, there, deleted)
    return [
        Row(f"writes lost of {len(there) + len(deleted)} acknowledged, killed amid {WRITES}", lost, 0, "items"),
        Row(f"items back of {len(deleted)} deleted", back, 0, "items"),
    ]


def _picture() -> bytes:
    """A JPEG of 320 x 240 px in which something is to be seen."""
    import numpy as np
    import simplejpeg

    coarse_HWC = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(coarse_HWC.repeat(20, 0).repeat(20, 1))))


def _written(address: str, picture: bytes) -> tuple[set[str], set[str]]:
    """Items whose write, and items whose deletion, was acknowledged before the processes were gone."""
    import httpx

    there: set[str] = set()
    deleted: set[str] = set()
    chance = random.Random(0)
    killer = threading.Timer(0, _kill_all)
    under_way = ""
    with httpx.Client(base_url=address, timeout=30) as client, contextlib.suppress(httpx.TransportError):
        for number in range(WRITES):
            under_way = f"bench-{number}"
            client.put(f"/v1/items/{under_way}", files={"picture": picture}).raise_for_status()
            there.add(under_way)
            if number % DELETE_EVERY == DELETE_EVERY - 1:
                under_way = chance.choice(sorted(there))
                client.delete(f"/v1/items/{under_way}").raise_for_status()
                there.remove(under_way)
                deleted.add(under_way)
            under_way = ""
            if number == KILLED_AFTER:
                killer.start()
    killer.join()
    there.discard(under_way)  # nobody said whether that one was written, or deleted
    return there, deleted


def _kill_all() -> None:
    """Every process below this one at once, as a loss of the machine's memory would."""
    import psutil

    for process in psutil.Process(os.getpid()).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _counted(address: str, there: set[str], deleted: set[str]) -> tuple[int, int]:
    """Items that are not there or not found by a search for them, and deleted ones that are."""
    import httpx

    with httpx.Client(base_url=address, timeout=30) as client:

        def is_there(item_id: str) -> bool:
            is_stored = client.get(f"/v1/items/{item_id}").status_code == 200
            return is_stored and client.post("/v1/search", json={"item_id": item_id, "k": 1}).status_code == 200

        return sum(not is_there(item_id) for item_id in there), sum(is_there(item_id) for item_id in deleted)
