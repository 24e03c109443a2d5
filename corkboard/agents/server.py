"""The server: its tools, with their errors as sentences that a model can act on."""

import functools
from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from corkboard.agents.acting import Acting
from corkboard.agents.jobs import Jobs
from corkboard.agents.reading import READING
from corkboard.faults import sentence

__all__ = ["make_server"]

INSTRUCTIONS = (
    "Corkboard trains, judges, releases and serves the models of a visual discovery engine. Begin with systems() and "
    "documents(); a version's reasons say why the gate passed it, a run's why it was refused."
)
DESTRUCTIVE = ("cancel", "promote", "rollback")


def make_server(jobs: Jobs | None) -> "MCPServer[None]":
    """The server; only with `jobs` does it have tools that change something."""
    server: MCPServer[None] = MCPServer("corkboard", instructions=INSTRUCTIONS, log_level="WARNING")
    for function in READING:
        server.add_tool(_told(function), annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    for function in Acting(jobs).tools() if jobs else ():
        hints = ToolAnnotations(
            read_only_hint=function.__name__ in ("jobs", "job"),
            destructive_hint=function.__name__ in DESTRUCTIVE,
            open_world_hint=False,
        )
        server.add_tool(_told(function), annotations=hints)
    return server


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with an error as one sentence."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:
            raise ToolError(sentence(error)) from error

    return call
