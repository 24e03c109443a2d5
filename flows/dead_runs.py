"""Marks runs as crashed that were killed on this machine while Prefect still shows them as running."""

from datetime import datetime
from uuid import UUID

from prefect import get_client, get_run_logger, runtime
from prefect.client.schemas.filters import FlowRunFilter, WorkPoolFilter
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed

from components.lifecycle.lease import place
from data.database import database_url
from flows.server import POOL

__all__ = ["mark_dead_runs", "mark_left_runs"]

LEFT = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


async def mark_dead_runs(name: str, dataset: str) -> None:
    """Tag this run with name, data set and state folder, and mark older running ones of name and folder as crashed.

    name: of a system, or of what else runs alone. Call it while holding its lock, which proves that none is alive.
    """
    marks = [name, f"home:{place()}"]
    own = UUID(str(runtime.flow_run.id))
    running = FlowRunFilter.model_validate(
        {"tags": {"all_": marks}, "state": {"type": {"any_": [StateType.RUNNING, StateType.CANCELLING]}}}
    )
    async with get_client() as client:
        await client.update_flow_run(own, tags={*runtime.flow_run.tags, *marks, dataset})
        for dead in await client.read_flow_runs(flow_run_filter=running):
            if dead.id != own:
                get_run_logger().warning("the process of %s is gone; it is marked as crashed", dead.name)
                await client.set_flow_run_state(dead.id, Crashed(message="Its process is gone."), force=True)


async def mark_left_runs(before: datetime) -> None:
    """Mark the runs as crashed that a worker of this machine had begun `before` a moment at which none of it was alive.

    They would look as if they ran for ever, and hold the place of the next run of their deployment. A run without a
    tag of its machine is taken for one of this one, but not where several machines share a database.
    """
    here, is_shared = f"home:{place()}", database_url() is not None
    begun = FlowRunFilter.model_validate({"state": {"type": {"any_": LEFT}}})
    pool = WorkPoolFilter.model_validate({"name": {"any_": [POOL]}})
    async with get_client() as client:
        for left in await client.read_flow_runs(flow_run_filter=begun, work_pool_filter=pool):
            machines = [tag for tag in left.tags if tag.startswith("home:")]
            is_ours = here in machines or (not machines and not is_shared)
            if left.state and left.state.timestamp < before and is_ours:
                why = "It was stopped together with its worker."
                await client.set_flow_run_state(left.id, Crashed(message=why), force=True)
