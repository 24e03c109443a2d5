"""The parts of the composed service as ASGI applications, and one process in which they listen.

The packaged service starts them by BentoML, each in a process of its own; see `serving.discovery.service`.
"""

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.visual_search.predictor import VisualSearchPredictor
from serving.app import health_of
from serving.discovery import sequence_system
from serving.discovery.app import make_app
from serving.discovery.catalogue import INDEX, Catalogue
from serving.discovery.context import Context
from serving.discovery.keys import Doors, KeyFile
from serving.discovery.page import headers_of
from serving.discovery.search_service import make_search_app
from serving.discovery.search_system import LiveSearch
from serving.discovery.sequence_service import make_sequence_app
from serving.guard import Guard
from serving.metrics import RequestMetrics
from serving.state import open_items, open_state

__all__ = ["entry_part", "listening", "search_part", "sequence_part"]

POLL_S = 0.01


def search_part(bundle: Path, version: str, catalogue: Path, state_url: str, folder: Path) -> Any:
    """Visual search over a catalogue and what is in the state. folder: for compacted indexes."""
    metrics = RequestMetrics("visual_search", version)
    app = make_search_app(metrics)
    app.state.health = health_of(bundle, version)
    predictor, items = VisualSearchPredictor.open(bundle), open_items(state_url)
    app.state.predictor = LiveSearch(predictor, app.state.health.bundle_hash, items, catalogue / INDEX, folder)
    return Guard(app, metrics)


def sequence_part(bundle: Path, version: str) -> Any:
    """User sequences."""
    metrics = RequestMetrics("user_sequence", version)
    app = make_sequence_app(metrics)
    app.state.health = health_of(bundle, version)
    app.state.predictor = sequence_system.KnownWords(UserSequencePredictor.open(bundle))
    return Guard(app, metrics)


def entry_part(
    catalogue: Path,
    state_url: str,
    addresses: Mapping[str, str],
    left_out: Mapping[str, str] | None = None,
    keys: KeyFile | None = None,
) -> Any:
    """What callers talk to. addresses: of the systems that are there. left_out: why others are not."""
    metrics = RequestMetrics("discovery", "here")

    def opened() -> Context:
        doors = Doors(keys or KeyFile())
        return Context.opened(
            Catalogue(catalogue), open_state(state_url), addresses, left_out or {}, metrics, doors, "here"
        )

    return Guard(make_app(opened), metrics, headers_of, log_requests=True)


@contextmanager
def listening(app: Any, port: int | None = None) -> Iterator[tuple[str, Any]]:
    """Serve `app` from a thread, on a unix socket or a port of loopback; its address, and uvicorn's server."""
    import uvicorn

    with tempfile.TemporaryDirectory() as folder:  # a short path: a socket's has to be
        path = f"{folder}/s"
        place: dict[str, Any] = {"uds": path} if port is None else {"host": "127.0.0.1", "port": port}
        server = uvicorn.Server(uvicorn.Config(app, **place, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(POLL_S)
        try:
            yield f"unix://{path}" if port is None else f"http://127.0.0.1:{port}", server
        finally:
            server.should_exit = True
            thread.join()
