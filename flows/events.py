"""What the lifecycle tells Prefect's event feed: a system has another champion, so that others can follow."""

from prefect.events import DeploymentTriggerTypes, TriggerTypes, emit_event
from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger

__all__ = ["champion_changed", "follow"]

CHANGED = "corkboard.champion.changed"


def champion_changed(system: str, version: int) -> None:
    """Tell that `version` is the champion of `system` now; deployments made by `follow` start."""
    emit_event(CHANGED, _resource(system), payload={"system": system, "version": version})


def follow(system: str, uses: tuple[str, ...]) -> list[DeploymentTriggerTypes | TriggerTypes]:
    """The trigger that runs `system` when the champion of one that it uses has changed; none where it uses nobody."""
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
