"""The BentoML services of the composed Bento: one a champion, and the entry that asks them; thin rims."""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bentoml
from bentoml.models import BentoModel
from starlette.types import ASGIApp

from components.index.claims import drop_unclaimed
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.visual_search.predictor import VisualSearchPredictor
from data.project import home
from serving.app import health_of, threads
from serving.discovery import sequence_system
from serving.discovery.app import make_app
from serving.discovery.catalogue import INDEX, Catalogue
from serving.discovery.context import SEARCH, Context
from serving.discovery.keys import open_doors
from serving.discovery.page import headers_of
from serving.discovery.search_service import make_search_app
from serving.discovery.search_system import LiveSearch, index_name
from serving.discovery.sequence_service import make_sequence_app
from serving.guard import Guard
from serving.heap import settle
from serving.logs import log_as_json
from serving.metrics import RequestMetrics
from serving.service import declare
from serving.state import open_items, open_state

__all__ = ["make_entry", "make_search", "make_sequence"]

MOST_SEQUENCE_WORKERS = 4  # an answer is a millisecond, of Python for the most part
RUNNERS = "BENTOML_RUNNER_MAP"  # service to address, which BentoML gives to every process

logger = logging.getLogger(__name__)


def make_search(model_tag: str, version: str, catalogue_tag: str) -> Any:
    """Visual search over the catalogue and the items that came since."""
    name = SEARCH.replace("-", "_")
    request_metrics = RequestMetrics(name, version)
    app = make_search_app(request_metrics)

    @bentoml.asgi_app(app, path="/")
    class Searching:
        """Answers with one version of visual search."""

        model = BentoModel(model_tag)
        catalogue = BentoModel(catalogue_tag)

        def __init__(self) -> None:
            log_as_json(SEARCH)
            bundle = Path(self.model.path)
            health = health_of(bundle, version)
            indexes = home() / "state" / "index"
            items = open_items()
            folder = indexes / index_name(health.bundle_hash, catalogue_tag, items)
            predictor = VisualSearchPredictor.open(bundle)
            base = Path(self.catalogue.path) / INDEX
            app.state.predictor = LiveSearch(predictor, health.bundle_hash, items, base, folder)
            app.state.health = health
            for former in drop_unclaimed(indexes):
                logger.info("deleted the index of a former champion, %s", former.name)
            settle()

    return _guarded(Searching, name, request_metrics, app)


def make_sequence(model_tag: str, version: str) -> Any:
    """User sequences, in the words of the service's events."""
    system = model_tag.partition(":")[0]
    name = system.replace("-", "_")
    request_metrics = RequestMetrics(name, version)
    workers = min(threads(), MOST_SEQUENCE_WORKERS)
    app = make_sequence_app(request_metrics, threads() // workers)

    @bentoml.asgi_app(app, path="/")
    class Following:
        """Answers with one version of user sequences."""

        model = BentoModel(model_tag)

        def __init__(self) -> None:
            log_as_json(system)
            bundle = Path(self.model.path)
            app.state.health = health_of(bundle, version)
            app.state.predictor = sequence_system.KnownWords(UserSequencePredictor.open(bundle))
            settle()

    return _guarded(Following, name, request_metrics, app, workers)


def make_entry(
    services: Mapping[str, Any], catalogue_tag: str, left_out: Mapping[str, str], version: str, revision: str
) -> Any:
    """The service that callers talk to. services: of the systems that are there. left_out: why others are not."""
    request_metrics = RequestMetrics("discovery", version)

    def opened() -> Context:
        runners: dict[str, str] = json.loads(os.environ.get(RUNNERS, "{}"))
        addresses = {system: runners[service.name] for system, service in services.items() if service.name in runners}
        catalogue = Catalogue(Path(BentoModel(catalogue_tag).resolve().path))
        state, doors = open_state(), open_doors()
        context = Context.opened(catalogue, state, addresses, left_out, request_metrics, doors, revision)
        settle()
        return context

    app = make_app(opened)

    @bentoml.asgi_app(app, path="/")
    class Discovery:
        """Search, related items, recommendations, items, events and boards."""

        catalogue = BentoModel(catalogue_tag)

        def __init__(self) -> None:
            log_as_json("discovery")

    for service in services.values():
        # Only so that BentoML starts them: what goes between is HTTP and JSON, never its pickled calls.
        setattr(Discovery, service.name, bentoml.depends(service))
    entry = declare("discovery", runner_probe={"enabled": False})(Discovery)
    entry.add_asgi_middleware(Guard, metrics=request_metrics, headers_of=headers_of, log_requests=True, served=app)
    return entry


def _guarded(declared: Any, name: str, metrics: RequestMetrics, served: ASGIApp, workers: int = 1) -> Any:
    service = declare(name, workers)(declared)
    service.add_asgi_middleware(Guard, metrics=metrics, served=served)
    return service
