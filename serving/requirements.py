"""The libraries of a served image: those that its code imports and all that they require, at the installed versions."""

import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from data.errors import UserError

__all__ = ["pinned"]

SERVER = ("httptools", "uvloop")  # BentoML's server uses them if they are installed; no import names them


def pinned(libraries: Iterable[str]) -> list[str]:
    """`name==version` of `libraries`, of those that the server uses, and of all that they require, sorted.

    Raises:
        UserError: one is not installed.
    """
    versions: dict[str, str] = {}
    open_requirements = [Requirement(name) for name in (*libraries, *SERVER)]
    visited: set[tuple[str, frozenset[str]]] = set()
    while open_requirements:
        requirement = open_requirements.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in visited:
            continue
        visited.add((name, extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            raise UserError(f"{name} is needed for packaging and not installed; install requirements.lock") from None
        versions[name] = installed.version.partition("+")[0]
        for line in installed.requires or ():
            needed = Requirement(line)
            if _applies(needed, extras):
                open_requirements.append(needed)
    return [f"{name}=={version}" for name, version in sorted(versions.items())]


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Whether it is needed here, or by an earlier patch release of this Python, which the image may have."""
    marker = requirement.marker
    pythons = platform.python_version(), f"{sys.version_info[0]}.{sys.version_info[1]}.0"
    return marker is None or any(
        marker.evaluate({"extra": extra, "python_full_version": python})
        for extra in (*extras, "")
        for python in pythons
    )
