"""`corkboard mcp`: the platform as tools of the Model Context Protocol, for agents."""

from typing import Annotated

import typer

__all__ = ["mcp"]

HOST = "127.0.0.1"  # there is no authentication


def mcp(
    write: Annotated[
        bool, typer.Option("--write", help="Also offer tools that change something: runs, promotion, rollback.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Answer by HTTP on this loopback port, not on stdin and stdout."),
    ] = None,
) -> None:
    """Answer agents by the Model Context Protocol until stdin ends, or Ctrl-C. What it started is cancelled then."""
    import signal
    import sys
    from contextlib import closing, nullcontext
    from importlib.util import find_spec

    from data.environment import set_environment
    from data.errors import UserError

    if find_spec("mcp") is None:
        raise UserError("the package mcp is not installed; install corkboard[mcp]")
    set_environment()
    from corkboard.agents.jobs import Jobs
    from corkboard.agents.server import make_server
    from corkboard.ports import check_port

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with closing(Jobs()) if write else nullcontext() as jobs:
        server = make_server(jobs)
        if port is None:
            server.run("stdio")
            return
        check_port(HOST, port, "mcp", "--port")
        print(f"corkboard at http://{HOST}:{port}/mcp", file=sys.stderr)  # noqa: T201
        server.run("streamable-http", host=HOST, port=port)
