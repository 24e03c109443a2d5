"""The automations of Prefect's server: runs that died are marked as crashed, failed releases are told of.

The triggers by which a system follows those that it builds on belong to its deployment; see `flows/events.py`.
"""

import os
from datetime import timedelta

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound

from data.errors import UserError
from flows.server import POOL

__all__ = ["NOTIFY", "install"]

NOTIFY = "CORKBOARD_NOTIFY"
SILENCE_S = 120  # several heartbeats of a run; data/environment.py sets their interval
BEGIN_S = 300  # the process of a run needs seconds for its imports, and minutes on a machine that is very busy
SILENT, LOST = "Crash flow runs that stopped beating", "Crash flow runs that never began"
FAILED = "Tell of failed releases"
# Any final state ends the wait; `Refused`, `Released` and `Invalid` are the lifecycle's own.
BAD = ("Failed", "Invalid", "Crashed", "TimedOut")
FINAL = ("Completed", "Released", "Refused", "Cancelled", *BAD)


async def install() -> None:
    """Create the work pool, and create or update the automations, on the server that `PREFECT_API_URL` names.

    Raises:
        UserError: the server does not know the block that `CORKBOARD_NOTIFY` names.
    """
    async with get_client() as client:
        if POOL not in {pool.name for pool in await client.read_work_pools()}:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        named = os.environ.get(NOTIFY)
        wanted = {SILENT: _silent(), LOST: _lost(), FAILED: await _failed(client, named) if named else None}
        for name, automation in wanted.items():
            existing = await client.read_automations_by_name(name)
            if automation and existing:
                await client.update_automation(existing[0].id, automation)
            elif automation:
                await client.create_automation(automation)
            elif existing:
                await client.delete_automation(existing[0].id)


def _silent() -> AutomationCore:
    beat = "prefect.flow-run.heartbeat"
    what = f"A run that was beating and has been silent for {SILENCE_S} s is dead: mark it as crashed."
    return _crash(SILENT, what, beat, {beat}, SILENCE_S, f"No sign of life for {SILENCE_S} s.")


def _lost() -> AutomationCore:
    what = f"A run that a worker took and that did not begin within {BEGIN_S} s is lost: mark it as crashed."
    begun = {"prefect.flow-run.Running", "prefect.flow-run.AwaitingConcurrencySlot", "prefect.flow-run.heartbeat"}
    return _crash(LOST, what, "prefect.flow-run.Submitting", begun, BEGIN_S, f"It did not begin within {BEGIN_S} s.")


def _crash(name: str, description: str, after: str, expect: set[str], within_s: float, why: str) -> AutomationCore:
    """Mark a run as crashed after which nothing of `expect`, and no final state, follows the event `after`."""
    return AutomationCore(
        name=name,
        description=description,
        trigger=EventTrigger(
            after={after},
            expect={*expect, *(f"prefect.flow-run.{state}" for state in FINAL)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=within_s),
        ),
        actions=[ChangeFlowRunState(name=None, state=StateType.CRASHED, message=why, force=False)],
    )


async def _failed(client: PrefectClient, named: str) -> AutomationCore:
    kind, _, name = named.partition("/")
    try:
        block = await client.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        raise UserError(
            f"{NOTIFY} names {named!r}, and Prefect has no such block; make one on its page Blocks, and name it as "
            f"TYPE/NAME, such as slack-webhook/ops"
        ) from None
    return AutomationCore(
        name=FAILED,
        description=f"A run of the lifecycle that ends as {', '.join(BAD)} is told by the block {named}.",
        trigger=EventTrigger(
            expect={f"prefect.flow-run.{state}" for state in BAD},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            match_related=ResourceSpecification(
                {"prefect.resource.role": ["flow"], "prefect.resource.name": ["lifecycle"]}
            ),
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[
            SendNotification(
                block_document_id=block.id,
                subject="Corkboard: {{ flow_run.name }}: {{ flow_run.state.name }}",
                body="{{ flow_run.state.message }}\n\n{{ flow_run|ui_url }}",
            )
        ],
    )
