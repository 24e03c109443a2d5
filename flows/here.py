"""Run the flow here and now: against a server that is there, or one for the length of the run."""

import asyncio
import importlib
import os
import signal
from collections.abc import Mapping
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
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # never a second server behind our back
}
# What steps import anyway, by the likelihood that they do. The server takes seconds to start, on another core.
NEEDED_SOON = ("mlflow", "torch")


def run_here(
    system: str, dataset: str | None, overrides: Mapping[str, Any] | None, server: str | None, watch: Watch
) -> None:
    """Run the flow against the Prefect API `server`, or a temporary one. `watch.summary` is how it ended.

    Raises:
        Exception: what nobody foresaw, as the flow raised it.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with temporary_server() if server is None else nullcontext() as temporary:
        os.environ["PREFECT_API_URL"] = temporary.url if temporary else str(server)
        from flows.lifecycle import lifecycle

        if temporary is not None:
            for module in NEEDED_SOON:
                if not temporary.ready():
                    importlib.import_module(module)
            temporary.wait()
        try:
            with watched(watch):
                state = asyncio.run(_interruptible(lifecycle, system, dataset, dict(overrides or {})))
        finally:
            if temporary is not None:
                temporary.hear_out()
        if temporary is not None:
            temporary.settle(str(state.state_details.flow_run_id), len(watch.summary.seconds) if watch.summary else 0)
    fault = state.result(raise_on_failure=False)
    if isinstance(fault, BaseException):
        raise fault


async def _interruptible(flow: Any, system: str, dataset: str | None, overrides: dict[str, Any]) -> "State[Any]":
    """Ctrl-C raises where the work is; asyncio would wait for the step, which does not yield, to end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    state: State[Any] = await flow(system=system, dataset=dataset, overrides=overrides, return_state=True)
    return state
