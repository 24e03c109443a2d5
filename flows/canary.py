"""The flow `canary`: looks at every challenger, stops those that are worse and promotes those that a policy may."""

from typing import Any

from prefect import artifacts, flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from components.canary.judge import act
from data.environment import set_environment
from flows.events import champion_changed

__all__ = ["canary"]


@flow(name="canary", flow_run_name="challengers")
async def canary() -> "State[Any]":
    """Compare every challenger with its champion by their experiment; act where it decides."""
    set_environment()
    found = act()
    rows = []
    for one in found:
        decision = one.report.decision if one.report else f"open: {one.open}"
        get_run_logger().info("%s version %d: %s", one.canary.system, one.canary.version, decision)
        rows.append({"system": one.canary.system, "version": one.canary.version, "decision": decision})
        if one.advice == "promote" and one.canary.by_policy:
            champion_changed(one.canary.system, one.canary.version)
    if rows:
        await artifacts.acreate_table_artifact(rows, key="challengers", description="By their experiments.")
    return Completed(message="; ".join(f"{row['system']}: {row['decision']}" for row in rows) or "no challenger")
