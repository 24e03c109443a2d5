"""`corkboard serve`: serves the champion's Bento, or discovery, the one of all champions."""

from typing import Annotated

import typer

__all__ = ["released_bento", "serve"]


def serve(
    system: Annotated[str, typer.Argument(help="A system, or discovery: all champions behind one service and a page.")],
    host: Annotated[
        str, typer.Option(help="Interface to listen on; only discovery checks API keys (CORKBOARD_KEYS).")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
    version: Annotated[int | None, typer.Option(min=1, help="A released version; by default the champion.")] = None,
) -> None:
    """Serve the champion until Ctrl-C; its address, documentation and metrics are printed first."""
    import sys

    from components.settings import system_names
    from corkboard.discovery import DISCOVERY, packaged
    from corkboard.ports import check_port
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
    if system == DISCOVERY:
        bento, there = packaged(), "the page at /, the API at /v1/openapi.json, metrics at /metrics"
    else:
        bento, there = released_bento(system, version), "documentation at /, metrics at /metrics"
    bento_folder(bento)
    print(f"{bento} at http://{host}:{port} ({there})", file=sys.stderr)  # noqa: T201
    become(bento, host, port)  # this process becomes BentoML's, so that signals and exit codes are BentoML's own


def released_bento(system: str, version: int | None) -> str:
    """The proven Bento of `version`; by default the champion's, or its predecessor's while the champion is unproven."""
    from components.lifecycle.registry import champion_of, find, predecessor, releases
    from data.errors import UserError

    versions = releases(system)
    release = champion_of(versions) if version is None else find(versions, system, version)
    if release is None:
        raise UserError(f"{system} has no champion yet; run `corkboard run {system}` first")
    if version is None and release.bento is None:
        before = predecessor(versions, release)
        release = release if before is None else find(versions, system, before)
    if release.bento is None:
        raise UserError(
            f"version {release.version} of {system} is not proven; `corkboard promote {system} {release.version}` "
            f"proves it, `corkboard models {system}` lists the others"
        )
    return release.bento


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
