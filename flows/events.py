"""Prefect events of a new champion and of drift that lasts, and the triggers by which systems are trained again."""

from prefect.events import DeploymentTriggerTypes, TriggerTypes, emit_event
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger

from flows.server import CHANGED, resource

__all__ = ["champion_changed", "drifted", "follow", "retrain"]

DRIFTED = "corkboard.drift.lasted"


def champion_changed(system: str, version: int) -> None:
    """Emit the event that `version` is now the champion of `system`; deployments with a trigger of `follow` start."""
    emit_event(CHANGED, resource(system), payload={"system": system, "version": version})


def drifted(system: str, signals: list[str]) -> None:
    """Emit the event that what `system` is asked has differed for long enough from what it learned from."""
    emit_event(DRIFTED, resource(system), payload={"system": system, "signals": signals})


def retrain(system: str) -> DeploymentTriggerTypes | TriggerTypes:
    """The trigger that runs `system` when its drift has lasted."""
    return DeploymentEventTrigger(
        name=f"{system} is trained again after drift",
        description="What it is asked differs from what it learned from, and has for long enough.",
        expect={DRIFTED},
        match={"prefect.resource.id": [resource(system)["prefect.resource.id"]]},
        parameters={"system": system},
    )


def follow(system: str, uses: tuple[str, ...]) -> list[DeploymentTriggerTypes | TriggerTypes]:
    """The trigger that runs `system` when a champion that it uses has changed; none if it uses no system."""
    if not uses:
        return []
    resources = [resource(name)["prefect.resource.id"] for name in uses]
    return [
        DeploymentEventTrigger(
            name=f"{system} follows {' and '.join(uses)}",
            description=f"{system} builds on the champion of {' and '.join(uses)}, and is stale once that changes.",
            expect={CHANGED},
            match={"prefect.resource.id": resources},
            parameters={"system": system},
        )
    ]
