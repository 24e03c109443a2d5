"""The flow `all-systems`: the deployments of all systems, one after the other in the order of their inputs."""

from collections.abc import Awaitable
from typing import Any, cast

from prefect import artifacts, flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.deployments import run_deployment
from prefect.states import Completed, Failed

from components.inputs import all_in_order
from components.lifecycle.inputs import missing_inputs
from components.settings import system_names
from data.environment import set_environment

__all__ = ["all_systems"]

DONE = ("Released", "Refused")


@flow(name="all-systems", flow_run_name="all systems")
async def all_systems() -> "State[Any]":
    """Run the lifecycle of every system on its default data set, after the systems that it builds on.

    Each is a run of its deployment, in a process of its own. One that fails does not stop the others, but those that
    need a champion of it are left out if it has none. Ends as Completed if every run was released or refused.
    """
    set_environment()
    ended: dict[str, tuple[str, str]] = {}
    for system in all_in_order(system_names()):
        missing = missing_inputs(system)
        if missing:
            ended[system] = ("Left out", f"{missing[0]} has no champion")
        else:
            made = await cast("Awaitable[Any]", run_deployment(f"lifecycle/{system}", poll_interval=2))
            ended[system] = (made.state.name, made.state.message or "")
        get_run_logger().info("%s: %s: %s", system, *ended[system])
    rows = [{"system": system, "state": state, "why": why} for system, (state, why) in ended.items()]
    await artifacts.acreate_table_artifact(rows, key="all-systems", description="In the order of their inputs.")
    others = [f"{system} {state.lower()}" for system, (state, _) in ended.items() if state not in DONE]
    if others:
        return Failed(message=", ".join(others))
    return Completed(message=f"{sum(state == DONE[0] for state, _ in ended.values())} of {len(ended)} released")
