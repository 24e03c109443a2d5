"""The BentoML services of the composed Bento: the entry, and those of the systems that it calls; a thin rim."""

import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import bentoml
from bentoml.models import BentoModel
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.declare import declare
from serving.discovery.by_system import BySystem
from serving.discovery.member import Member
from serving.discovery.page import headers_of
from serving.discovery.processes import processes
from serving.guard import Guard
from serving.heap import settle
from serving.limits import threads
from serving.logs import log_as_json
from serving.metrics import RequestMetrics
from serving.traffic import open_traffic

__all__ = ["make_service"]

NAME = "discovery"
RUNNERS = "BENTOML_RUNNER_MAP"  # service to address, which BentoML gives to every process


def make_service(members: Sequence[Member], catalogue: str, version: str, revision: str) -> Any:
    """The entry, which starts the systems of `members` that are there. catalogue: its BentoML model."""
    services: dict[str, Any] = {}
    for name, those in processes([member for member in members if member.version]).items():
        service = _make_systems(name, those, catalogue)
        services |= {member.system: service for member in those}
    return _make_entry(members, services, catalogue, version, revision)


def _make_systems(name: str, members: Sequence[Member], catalogue: str) -> Any:
    """Some systems that share a process, or as many processes as the only one of them wants."""
    workers = min(threads(), min(member.workers for member in members))
    apps: dict[str, ASGIApp] = {}

    class Systems:
        """Answers with a version of each."""

        def __init__(self) -> None:
            from serving.discovery.assembly import member_app  # here, since the process that starts all needs none

            log_as_json(name)
            for member in members:
                bundle, *below = map(_folder, (member.model, *member.below))
                apps[member.system] = member_app(
                    member, bundle, below, _folder(catalogue), at_once=threads() // workers
                )
            settle()

    tags = dict.fromkeys(tag for member in members for tag in (member.model, *member.below))
    for number, tag in enumerate((*tags, catalogue)):
        setattr(Systems, f"model_{number}", BentoModel(tag))  # so that BentoML takes them into the Bento
    service = declare(name, workers)(Systems)
    service.add_asgi_middleware(BySystem, apps=apps)
    return service


def _make_entry(
    members: Sequence[Member], services: Mapping[str, Any], catalogue: str, version: str, revision: str
) -> Any:
    """The service that callers talk to. services: by system."""

    metrics = RequestMetrics(NAME, version)

    @asynccontextmanager
    async def opened(app: Starlette) -> AsyncIterator[None]:
        from serving.discovery.assembly import entry_app  # here, since no other process needs it

        runners: dict[str, str] = json.loads(os.environ.get(RUNNERS, "{}"))
        addresses = {system: runners[service.name] for system, service in services.items() if service.name in runners}
        log = partial(open_traffic, version)
        entry = entry_app(members, _folder(catalogue), addresses, metrics, revision, traffic=log)
        async with entry.router.lifespan_context(entry):
            app.state.entry = entry
            settle()
            yield

    app = Starlette(lifespan=opened)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await app.state.entry(scope, receive, send)

    @bentoml.asgi_app(app, path="/")
    class Discovery:
        """Search, related items, recommendations, items, events and boards."""

        catalogue_model = BentoModel(catalogue)

        def __init__(self) -> None:
            log_as_json(NAME)

    for service in services.values():
        # Only so that BentoML starts them: what goes between is HTTP and JSON, never its pickled calls.
        setattr(Discovery, service.name, bentoml.depends(service))
    declared = declare(NAME, runner_probe={"enabled": False})(Discovery)
    declared.add_asgi_middleware(Guard, metrics=metrics, headers_of=headers_of, log_requests=True, served=served)
    return declared


def _folder(tag: str) -> Path:
    return Path(BentoModel(tag).resolve().path)
