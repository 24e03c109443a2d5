"""The one place that puts the composed service together, for its Bento, its golden requests, tests and benchmarks.

Each system that fills a role is an ASGI application made of its bundle; the entry sends them requests. Who starts
them, in how many processes, is another question: see `serving.discovery.service` and `listening`.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from components.roles import FIND, KEEP, MAKE, RANK, RECOMMEND, SEARCH, Parser
from data.project import home
from serving.discovery.app import make_app
from serving.discovery.by_system import BySystem
from serving.discovery.catalogue import Catalogue
from serving.discovery.context import Context
from serving.discovery.exposure import Exposure, open_exposure
from serving.discovery.keys import Doors, open_doors
from serving.discovery.member import Member
from serving.discovery.page import headers_of
from serving.guard import Guard
from serving.metrics import RequestMetrics
from serving.state import open_items, open_state
from serving.traffic import SHADOW, Traffic

if TYPE_CHECKING:
    from components.system import System
    from serving.answering import Answering

__all__ = ["entry_app", "guarded", "listening", "member_app", "open_member", "parse_of", "systems_app"]

POLL_S = 0.01


def open_member(member: Member, bundle: Path, below: Sequence[Path]) -> Any:
    """The system opened in its role, see `components.roles`. below: the bundles that it builds on."""
    from components.bundle import read_manifest
    from components.inputs import linked
    from components.system import load_system

    return load_system(member.system).open_role(bundle, inputs=linked(read_manifest(bundle), below))


def parse_of(member: Member, parser: Parser) -> Callable[[bytes], Any]:
    """What the system of role `parse` answers to a picture; raises `UserError` where it cannot be used."""
    from components.message import answer_one, pictured
    from components.system import load_system

    request = load_system(member.system).Request()
    return lambda picture: answer_one(parser.answers, pictured(request, picture)).fields


def member_app(
    member: Member,
    bundle: Path,
    below: Sequence[Path],
    catalogue: Path,
    state_url: str | None = None,
    indexes: Path | None = None,
    at_once: int | None = None,
) -> ASGIApp:
    """The application of a system in its role.

    below: the bundles that it builds on. catalogue: the folder of the release's items. state_url: of `open_state`.
    indexes: the folder of live indexes, by default in the state folder; what is counted is reported beside it.
    at_once: requests that it works on.

    Raises:
        UserError: a bundle is missing or damaged.
        Unavailable: the state cannot be reached.
    """
    # here, since the entry's process has no use for networks and indexes
    from components.system import load_system
    from serving.app import health_of, make_app

    health = health_of(bundle, member.version)
    opened = open_member(member, bundle, below)
    metrics = RequestMetrics(member.service, member.version)
    if member.role == SEARCH:
        from serving.discovery.search_role import make_search_app

        where = indexes or home() / "state" / "index"
        app = make_search_app(metrics, opened, health.bundle_hash, open_items(state_url), catalogue, where)
    elif member.role == FIND:
        from serving.discovery.find_role import make_find_app

        app = make_find_app(metrics, opened, load_system(member.system), open_items(state_url), catalogue)
    elif member.role == KEEP:
        from serving.discovery.keep_role import make_keep_app

        app = make_keep_app(metrics, opened, load_system(member.system), open_state(state_url), catalogue)
    elif member.role == MAKE:
        from serving.discovery.make_role import make_make_app
        from serving.limits import threads

        app = make_make_app(metrics, opened, load_system(member.system), at_once or threads())
    else:
        system = load_system(member.system)
        app = make_app(_answering(member, system), metrics, at_once)
        app.state.predictor = opened
        if member.role == RANK:
            from components.features.served_counts import place
            from serving.discovery.rank_role import LiveRanker
            from serving.traffic import logged_share

            reports = indexes.parent / "counts" if indexes else place() if logged_share() else None
            app.state.predictor = LiveRanker(opened, open_state(state_url), Catalogue(catalogue), reports)
        if member.role == RECOMMEND:
            from serving.discovery.recommend_role import tell_trend

            tell_trend(app, opened)
    app.state.health = health
    return Guard(app, metrics)


def _answering(member: Member, system: "System") -> "Answering":
    """The route of a role. The entry reads JSON: what an answer says beside that, its parts, it does not ask for."""
    from serving.answering import Answering

    return Answering(member.role, system.Request, system.Response, system.takes, batch=system.batch)


def systems_app(apps: Mapping[str, ASGIApp]) -> ASGIApp:
    """The applications of some systems behind one address, to which the entry sends its requests."""
    return BySystem(Starlette(), apps)


def entry_app(
    members: Sequence[Member],
    catalogue: Path,
    addresses: Mapping[str, str],
    metrics: RequestMetrics,
    revision: str = "here",
    state_url: str | None = None,
    doors: Callable[[], Doors] = open_doors,
    exposure: Callable[[], Exposure] = open_exposure,
    traffic: Callable[[], Traffic | None] = lambda: None,
) -> Starlette:
    """What callers talk to, without the guard around it. addresses: of the systems that are there.

    The state, the keys (`doors`), what is put in another order (`exposure`) and the log of requests (`traffic`) are
    opened when it starts.
    """

    def opened() -> Context:
        known, state = Catalogue(catalogue), open_state(state_url)
        context = Context.opened(known, state, members, addresses, metrics, doors(), exposure(), revision, traffic())
        if os.environ.get(SHADOW):  # ads are offered and messages shown by what is stored of them
            context.in_shadow, context.state = True, replace(state, campaigns=None, messages=None)
        return context

    return make_app(opened)


def guarded(app: ASGIApp, metrics: RequestMetrics, **settings: Any) -> Guard:
    """The entry with its guard, whose further settings are `settings`."""
    return Guard(app, metrics, headers_of, log_requests=True, **settings)


@contextmanager
def listening(app: ASGIApp, port: int | None = None) -> Iterator[tuple[str, Any]]:
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
