"""The Prefect automation that marks flow runs as crashed whose process died together with its worker."""

from datetime import timedelta

from corkboard.stack.services import POOL

__all__ = ["install"]

NAME = "Crash flow runs that stopped beating"
SILENCE_S = 120  # several heartbeats of a run; data/environment.py sets their interval
# Any final state ends the wait; `Refused`, `Released` and `Invalid` are the lifecycle's own.
FINAL = ("Completed", "Released", "Refused", "Failed", "Invalid", "Cancelled", "Crashed", "TimedOut")


async def install() -> None:
    """Create the work pool and the automation on the server that `PREFECT_API_URL` names, unless they are there."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    beat = "prefect.flow-run.heartbeat"
    automation = AutomationCore(
        name=NAME,
        description=f"A run that was beating and has been silent for {SILENCE_S} s is dead: mark it as crashed.",
        trigger=EventTrigger(
            after={beat},
            expect={beat, *(f"prefect.flow-run.{name}" for name in FINAL)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=SILENCE_S),
        ),
        actions=[
            ChangeFlowRunState(
                name=None, state=StateType.CRASHED, message=f"No sign of life for {SILENCE_S} s.", force=False
            )
        ],
    )
    async with get_client() as client:
        if POOL not in {pool.name for pool in await client.read_work_pools()}:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        if not await client.read_automations_by_name(NAME):
            await client.create_automation(automation)
