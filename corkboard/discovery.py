"""The composed service of what is released now: its champions, their data set, and the Bento of all."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from data.errors import UserError

if TYPE_CHECKING:
    from components.lifecycle.results import Release

__all__ = ["DISCOVERY", "packaged"]

DISCOVERY = "discovery"


def packaged(instead: Mapping[str, int] = MappingProxyType({})) -> str:
    """The tag of a Bento of every champion whose answers were proven; it is built unless it is there.

    instead: versions of some systems that take the champion's place.

    Raises:
        UserError: the system that searches is not released, or its data set is not prepared here.
    """
    from components.bundle import read_manifest
    from components.inputs import all_of
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.fingerprint import git_revision
    from components.lifecycle.inputs import inputs_of
    from components.lifecycle.registry import find, releases
    from components.roles import SEARCH
    from data.versioned import current
    from serving.discovery.declared import declared, filling, unreadable
    from serving.discovery.package import package

    released, left_out = {}, {}
    for member in declared().values():
        chosen = instead.get(member.system)
        release = proven(member.system) if chosen is None else find(releases(member.system), member.system, chosen)
        if release is None:
            left_out[member.system] = "not released"
        else:
            released[member.system] = release
    search = filling(SEARCH)
    if search not in released:
        raise UserError(f"{DISCOVERY} needs {search}, which has no champion yet; run `corkboard run {search}` first")
    dataset = current(released[search].dataset)
    peers: dict[str, tuple[str, Path]] = {
        system: (str(release.version), bundle_of(release)) for system, release in released.items()
    }
    below = [one.bundle for _, bundle in peers.values() for one in all_of(inputs_of(read_manifest(bundle)))]
    result = package(peers, dataset, left_out, git_revision(), below)
    for system, why in (unreadable() | result["left_out"]).items():
        print(f"corkboard: {DISCOVERY} does without {system}: {why}", file=sys.stderr)  # noqa: T201
    return str(result["bento"])


def proven(system: str) -> "Release | None":
    """The champion of `system`, or its predecessor while the champion is unproven; None if neither is there."""
    from components.lifecycle.registry import champion_of, find, predecessor, releases

    known = releases(system)
    release = champion_of(known)
    if release is not None and release.bento is None:
        before = predecessor(known, release)
        release = release if before is None else find(known, system, before)
    return release if release is not None and release.bento is not None else None
