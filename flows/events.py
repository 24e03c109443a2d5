"""Prefect events of a new champion, and the triggers by which the systems that build on it follow."""

from prefect.events import DeploymentTriggerTypes, TriggerTypes, emit_event
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger

__all__ = ["champion_changed", "follow"]

CHANGED = "corkboard.champion.changed"


def champion_changed(system: str, version: int) -> None:
    """Emit the event that `version` is now the champion of `system`; deployments with a trigger of `follow` start."""
    emit_event(CHANGED, _resource(system), payload={"system": system, "version": version})


def follow(system: str, uses: tuple[str, ...]) -> list[DeploymentTriggerTypes | TriggerTypes]:
    """The trigger that runs `system` when a champion that it uses has changed; none if it uses no system."""
    if not uses:
        return []
    resources = [_resource(name)["prefect.resource.id"] for name in uses]
    return [
        DeploymentEventTrigger(
            name=f"{system} follows {' and '.join(uses)}",
            description=f"{system} builds on the champion of {' and '.join(uses)}, and is stale once that changes.",
            expect={CHANGED},
            match={"prefect.resource.id": resources},
            parameters={"system": system},
        )
    ]


def _resource(system: str) -> dict[str, str]:
    return {"prefect.resource.id": f"corkboard.system.{system}", "prefect.resource.name": system}
