"""The state of each system's champion, read without importing MLflow if nothing was ever registered."""

import os
import sys
from typing import Any

__all__ = ["announce", "champions_standing", "released_bento"]


def champions_standing() -> list[dict[str, Any]]:
    """`{"system", "version", "status", "stale": [why, …]}` of each champion."""
    from components.lifecycle.tracking import is_registry_empty

    if is_registry_empty():
        return []
    from components.lifecycle.inputs import stale
    from components.lifecycle.registry import champion_of, releases
    from components.settings import system_names

    champions = [champion for name in system_names() if (champion := champion_of(releases(name))) is not None]
    return [
        {"system": one.system, "version": one.version, "status": one.status, "stale": stale(one)} for one in champions
    ]


def announce(system: str, version: int) -> None:
    """Send the event of a new champion to the Prefect server, if there is one; systems that build on it follow."""
    import httpx

    from corkboard.stack.standing import prefect_url
    from flows.server import tell_of_champion

    url = os.environ.get("PREFECT_API_URL") or prefect_url()
    if url is None:
        return
    try:
        tell_of_champion(url, system, version)
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # the champion is another all the same
        print(f"corkboard: Prefect was not told that {system} has another champion: {error}", file=sys.stderr)  # noqa: T201


def released_bento(system: str, version: int | None) -> str:
    """The proven Bento of `version`; by default the champion's, or its predecessor's while the champion is unproven."""
    from components.lifecycle.registry import champion_of, find, predecessor, releases
    from data.errors import UserError

    versions = releases(system)
    release = champion_of(versions) if version is None else find(versions, system, version)
    if release is None:
        raise UserError(f"{system} has no champion yet; run `corkboard run {system}` first")
    if version is None and release.bento is None:
        before = predecessor(versions, release)
        release = release if before is None else find(versions, system, before)
    if release.bento is None:
        raise UserError(
            f"version {release.version} of {system} is not proven; `corkboard promote {system} {release.version}` "
            f"proves it, `corkboard models {system}` lists the others"
        )
    return release.bento
