"""How each system's champion stands, told without waiting for MLflow where nothing was ever registered."""

from pathlib import Path
from typing import Any

__all__ = ["champions_standing", "is_registry_empty"]


def is_registry_empty() -> bool:
    """Whether nothing was ever registered here, told without importing MLflow, which takes seconds."""
    from components.lifecycle.tracking import tracking_uri

    uri = tracking_uri()
    return uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).is_file()


def champions_standing() -> list[dict[str, Any]]:
    """`{"system", "version", "status", "stale": [why, …]}` of each champion."""
    if is_registry_empty():
        return []
    from components.lifecycle.inputs import stale
    from components.lifecycle.registry import champion_of, releases
    from components.settings import system_names

    champions = [champion for name in system_names() if (champion := champion_of(releases(name))) is not None]
    return [
        {"system": one.system, "version": one.version, "status": one.status, "stale": stale(one)} for one in champions
    ]
