"""A small discovery: a data set, a champion of each system made in a moment, and the parts of the service."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from components.bundle import seal
from components.golden import save_goldens
from components.index import VectorIndex
from components.systems import user_sequence, visual_search
from components.systems.user_sequence import Config, fit, golden_requests
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.goldens import golden_requests as search_goldens
from data.dataset import Dataset
from data.images import square
from serving.app import health_of
from serving.app import make_app as make_system_app
from serving.discovery import sequence_system
from serving.discovery.app import make_app
from serving.discovery.build_catalogue import build_catalogue
from serving.discovery.catalogue import INDEX, Catalogue
from serving.discovery.context import Context
from serving.discovery.keys import Doors, KeyFile
from serving.discovery.page import headers_of
from serving.discovery.search_service import make_search_app
from serving.discovery.search_system import LiveSearch
from serving.guard import Guard
from serving.metrics import RequestMetrics
from serving.state import open_state
from tests.grid import SIZE_PX, write_network
from tests.pictures import CATEGORIES, small_dataset

__all__ = ["Parts", "entry_app", "listening", "make_catalogue", "make_parts", "search_app", "sequence_app"]

SEQUENCE = {
    "network": {"dim": 8, "heads": 1, "layers": 1, "max_length": 6},
    "training": {"epochs": 1, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "patience": 1},
}


class Parts:
    """A data set and the bundles that were made from it."""

    def __init__(self, dataset: Dataset, search: Path, sequence: Path) -> None:
        self.dataset, self.search, self.sequence = dataset, search, sequence


def make_parts(folder: Path) -> Parts:
    """24 items in training, 12 in validation and 12 in test; 30 people."""
    dataset = small_dataset(folder / "data", 8, 4)
    search, sequence, work = (folder / name for name in ("search", "sequence", "work"))
    for path in (search, sequence, work):
        path.mkdir()
    _search(dataset, search)
    fit(dataset, Config.model_validate(SEQUENCE), work, sequence, lambda *_: None)
    save_goldens(sequence, golden_requests(sequence, dataset))
    _sealed(sequence, "user-sequence", dataset)
    return Parts(dataset, search, sequence)


def _search(dataset: Dataset, bundle: Path) -> None:
    """As training leaves it: the gallery is the training split."""
    write_network(bundle, CATEGORIES)
    rows = [row for row in dataset.table("items").to_pylist() if row["split"] == "train"]
    squares = [square(dataset.file(row["image"]).read_bytes(), SIZE_PX) for row in rows]
    vectors_ND, _ = Embedder.open(bundle).embed(np.stack(squares))
    columns = {
        "category": [row["category"] for row in rows],
        "colour": [dict(row["attributes"])["colour"] for row in rows],
    }
    titles = {"title": [row["title"] for row in rows]}
    VectorIndex.build(vectors_ND, [row["item_id"] for row in rows], columns, titles).save(bundle / "index")
    save_goldens(bundle, search_goldens(bundle, dataset))
    _sealed(bundle, "visual-search", dataset)


def _sealed(bundle: Path, system: str, dataset: Dataset) -> None:
    facts = {"config": {}, "seed": 0, "code": "code-1", "git_revision": "", "libraries": {}}
    seal(bundle, system=system, dataset=dataset.name, data_version=dataset.version, simulated=True, **facts)


def make_catalogue(parts: Parts, folder: Path) -> Path:
    build_catalogue(parts.dataset, parts.search, True, folder, lambda *_: None)
    return folder


def search_app(parts: Parts, catalogue: Path, state: Path) -> Any:
    """The service of visual search, with its state in `state`."""
    metrics = RequestMetrics("visual_search", "1")
    app = make_search_app(metrics)
    health = health_of(parts.search, "1")
    items = open_state(f"sqlite:///{state}").items
    predictor = visual_search.open_bundle(parts.search)
    app.state.health = health
    app.state.predictor = LiveSearch(predictor, health.bundle_hash, items, catalogue / INDEX, state / "index")
    return Guard(app, metrics)


def sequence_app(parts: Parts) -> Any:
    metrics = RequestMetrics("user_sequence", "1")
    app = make_system_app(sequence_system, metrics)
    app.state.health = health_of(parts.sequence, "1")
    app.state.predictor = sequence_system.KnownWords(user_sequence.open_bundle(parts.sequence))
    return Guard(app, metrics)


def entry_app(catalogue: Path, state: Path, addresses: dict[str, str], keys: KeyFile | None = None) -> Any:
    """The service that callers talk to."""
    metrics = RequestMetrics("discovery", "test")

    def opened() -> Context:
        return Context.opened(
            Catalogue(catalogue),
            open_state(f"sqlite:///{state}"),
            addresses,
            {},
            metrics,
            Doors(keys or KeyFile()),
            "rev",
        )

    app = make_app(opened)
    return Guard(app, metrics, headers_of, log_requests=True)


@contextmanager
def listening(app: Any, port: int | None = None) -> Iterator[tuple[str, Any]]:
    """Serve `app` from a thread, on a unix socket or a port of loopback; its address, and the server."""
    import uvicorn

    with tempfile.TemporaryDirectory() as folder:  # a short path: a socket's has to be
        path = f"{folder}/s"
        place: dict[str, Any] = {"uds": path} if port is None else {"host": "127.0.0.1", "port": port}
        server = uvicorn.Server(uvicorn.Config(app, **place, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield f"unix://{path}" if port is None else f"http://127.0.0.1:{port}", server
        finally:
            server.should_exit = True
            thread.join()
