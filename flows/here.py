"""Runs a flow in this process, against a running Prefect server or a temporary one."""

import asyncio
import importlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from components.lifecycle.run import Watch
from flows.temporary import temporary_server
from flows.watch import watched

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

__all__ = ["run_here"]

QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the server keeps the log; the terminal has the live view
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # Prefect must not start a server of its own
}


def run_here(
    flow: Callable[[], Any],
    arguments: Mapping[str, Any],
    server: str | None,
    watch: Watch,
    needed_soon: Sequence[str],
) -> None:
    """Run a flow against the Prefect API `server`, or a temporary one. `watch.summary` is its result.

    flow: imports it, which has to wait until Prefect's address is known. needed_soon: modules that the steps import
    anyway, the likeliest first; meanwhile the server starts, which takes seconds on another core.

    Raises:
        Exception: an unexpected error, as the flow raised it.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with temporary_server() if server is None else nullcontext() as temporary:
        os.environ["PREFECT_API_URL"] = temporary.url if temporary else str(server)
        imported = flow()
        if temporary is not None:
            for module in needed_soon:
                if not temporary.ready():
                    importlib.import_module(module)
            temporary.wait()
        try:
            with watched(watch):
                state = asyncio.run(_interruptible(imported, arguments))
        finally:
            if temporary is not None:
                temporary.flush()
        if temporary is not None:
            temporary.settle(str(state.state_details.flow_run_id), len(watch.summary.seconds) if watch.summary else 0)
    fault = state.result(raise_on_failure=False)
    if isinstance(fault, BaseException):
        raise fault


async def _interruptible(flow: Any, arguments: Mapping[str, Any]) -> "State[Any]":
    """Let Ctrl-C interrupt the step at once; asyncio would wait for its end, since a step does not yield."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    state: State[Any] = await flow(**arguments, return_state=True)
    return state
