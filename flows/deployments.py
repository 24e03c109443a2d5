"""Deployments: one a system, with the schedule of its folder; made by `prefect deploy --all`, see `prefect.yaml`."""

from prefect import Flow
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment

from components.settings import Schedule, system_names, system_settings
from components.system import load_system
from data.project import root
from flows.automations import install
from flows.events import follow, retrain
from flows.server import POOL

__all__ = ["deploy_systems", "deployments"]

ENTRYPOINT = "flows/lifecycle.py:lifecycle"


async def deploy_systems() -> dict[str, str]:
    """Create or update the automations and the deployment of every system; returns the ids of these by name."""
    await install()
    return {made.name: str(await made.aapply(work_pool_name=POOL)) for made in await deployments()}


async def deployments() -> list[RunnerDeployment]:
    """The deployment of every system; runs use this checkout.

    Raises:
        UserError: the settings of a system are wrong.
    """
    flow = await Flow.afrom_source(source=str(root()), entrypoint=ENTRYPOINT)
    return [await _deployment(flow, name) for name in system_names()]


async def _deployment(flow: "Flow[..., object]", system: str) -> RunnerDeployment:
    schedule = system_settings(system).schedule
    return await flow.ato_deployment(
        name=system,
        description=f"{load_system(system).purpose}\n\nTrain it on its default data set, and release what is better.",
        tags=[system],
        parameters={"system": system},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        triggers=[*follow(system, load_system(system).below), retrain(system)],
        schedules=[_scheduled(schedule)] if schedule else None,
    )


def _scheduled(schedule: Schedule) -> DeploymentScheduleCreate:
    times = CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    return DeploymentScheduleCreate(schedule=times, active=schedule.active, slug="scheduled")
