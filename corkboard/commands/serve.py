"""`corkboard serve`: serves the champion's Bento, or discovery, the one of all champions."""

from typing import Annotated

import typer

__all__ = ["serve"]


def serve(
    system: Annotated[str, typer.Argument(help="A system, or discovery: all champions behind one service and a page.")],
    host: Annotated[
        str, typer.Option(help="Interface to listen on; only discovery checks API keys (CORKBOARD_KEYS).")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
    version: Annotated[int | None, typer.Option(min=1, help="A released version; by default the champion.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Change to another champion without losing a request; see docs/serving.md.")
    ] = False,
) -> None:
    """Serve the champion until Ctrl-C; its address, documentation and metrics are printed first."""
    import sys

    from components.settings import system_names
    from corkboard.discovery import DISCOVERY, packaged
    from corkboard.ports import check_port
    from corkboard.releases import released_bento
    from data.environment import set_environment
    from data.errors import unknown
    from serving.serve import serve as become
    from serving.store import bento_folder

    set_environment()
    known = system_names()
    if system not in (*known, DISCOVERY):
        raise unknown("system", system, [*known, DISCOVERY])
    if system == DISCOVERY:
        _check_settings(host, version)
    check_port(host, port, system, "--port")
    if follow:
        _follow(system, host, port, version)
        return
    if system == DISCOVERY:
        bento, there = packaged(), "the page at /, the API at /v1/openapi.json, metrics at /metrics"
    else:
        bento, there = released_bento(system, version), "documentation at /, metrics at /metrics"
    bento_folder(bento)
    print(f"{bento} at http://{host}:{port} ({there})", file=sys.stderr)  # noqa: T201
    become(bento, host, port)  # this process becomes BentoML's, so that signals and exit codes are BentoML's own


def _follow(system: str, host: str, port: int, version: int | None) -> None:
    import asyncio
    import contextlib
    import sys

    import uvloop

    from corkboard.following import follow
    from corkboard.wanted import bento_now, challenger_now
    from data.errors import UserError

    if version is not None:
        raise UserError("--follow serves the present champion; leave --version out")
    print(f"the champion of {system} at http://{host}:{port}", file=sys.stderr)  # noqa: T201
    with contextlib.suppress(asyncio.CancelledError):  # by SIGTERM
        uvloop.run(follow(bento_now(system), host, port, challenger_now(system)))


def _check_settings(host: str, version: int | None) -> None:
    """Say at the start what every caller, or a process of the service, would be told later."""
    import os

    from data.errors import UserError
    from serving.discovery.keys import KEYS, LOCAL_NAMES, open_doors
    from serving.discovery.processes import sharing

    if version is not None:
        raise UserError("discovery serves the present champions; leave --version out")
    open_doors()
    sharing()
    if host not in LOCAL_NAMES and not os.environ.get(KEYS):
        raise UserError(
            f"on {host} every caller needs an API key and there are none; name a file of keys by {KEYS} "
            "(see docs/discovery.md)"
        )
