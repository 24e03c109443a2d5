"""The checks of `corkboard doctor`; each is quick and imports no heavy library."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, NamedTuple

from corkboard.faults import sentence
from data.errors import UserError
from data.project import home, mirror, root

__all__ = ["Finding", "look", "tracking_store"]

State = Literal["good", "warning", "critical"]
PYTHON = ((3, 11), (3, 14))
FREE_GB = 5.0
TOOLS = ("torch", "prefect", "mlflow", "dvc", "great-expectations", "bentoml", "onnxruntime", "faiss-cpu")


class Finding(NamedTuple):
    """The result of a check, in one line."""

    name: str
    state: State
    message: str


def look() -> list[Finding]:
    """Run every check; one that raises becomes a critical finding, and the others still run."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check()
        except Exception as error:
            findings.append(Finding(check.__name__.strip("_"), "critical", sentence(error)))
    return findings


def _python() -> Iterator[Finding]:
    running = sys.version_info[:2]
    good = PYTHON[0] <= running < PYTHON[1]
    message = f"{sys.version.split()[0]} at {sys.executable}"
    yield Finding(
        "python", "good" if good else "critical", message if good else f"{message}; 3.11, 3.12 or 3.13 is needed"
    )


def _packages() -> Iterator[Finding]:
    """Installed versions against `requirements.lock`, read from their metadata."""
    path = root() / "requirements.lock"
    if not path.is_file():
        yield Finding("packages", "warning", "there is no requirements.lock here to compare with")
        return
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE))
    missing, other = [], []
    for name, wanted in locked.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        if installed.split("+")[0] != wanted.split("+")[0]:
            other.append(f"{name} {installed} instead of {wanted}")
    if missing or other:
        message = "; ".join([*(f"{name} is missing" for name in missing[:5]), *other[:5]])
        state: State = "critical" if set(missing) & set(TOOLS) else "warning"
        yield Finding("packages", state, f"{message}; run `make setup`")
    else:
        yield Finding("packages", "good", f"all {len(locked)} as locked; " + _tools())


def _tools() -> str:
    return ", ".join(f"{name} {version(name)}" for name in TOOLS)


def _project() -> Iterator[Finding]:
    from components.settings import system_names
    from data.params import load

    yield Finding("project", "good", f"{root()}: {', '.join(system_names())} on {', '.join(load().datasets)}")
    git = any((folder / ".git").exists() for folder in (root(), *root().parents))
    if git and shutil.which("git") is None:
        yield Finding("git", "warning", "the checkout has a .git but there is no git command; revisions stay unknown")
    else:
        message = "a git checkout" if git else "no git checkout; releases will not name a revision"
        yield Finding("git", "good" if git else "warning", message)


def _data() -> Iterator[Finding]:
    from data.params import load
    from data.versioned import prepared

    names = list(load().datasets)
    here = [name for name in names if prepared(name)]
    message = f"{', '.join(here) or 'none'} prepared of {', '.join(names)}"
    yield Finding("data", "good", message if here else f"{message}; `corkboard run` prepares what it needs")
    folder = mirror()
    if folder is not None:
        there = folder.is_dir()
        message = str(folder) if there else f"CORKBOARD_MIRROR is {folder}, which is no folder; correct or unset it"
        yield Finding("mirror", "good" if there else "critical", message)


def _disk() -> Iterator[Finding]:
    folder = home()
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    writable = os.access(folder, os.W_OK)
    message = f"{free_gb:.1f} GB free for {home()}"
    if not writable:
        yield Finding("disk", "critical", f"{folder} cannot be written; set CORKBOARD_HOME to a folder that can")
    elif free_gb < FREE_GB:
        yield Finding("disk", "warning", f"{message}; {FREE_GB:g} GB are comfortable")
    else:
        yield Finding("disk", "good", message)


def tracking_store() -> Iterator[Finding]:
    """Whether MLflow's store answers, and its address, without a password."""
    from components.lifecycle.tracking import check, location

    check()
    yield Finding("tracking", "good", location())


def _stack() -> Iterator[Finding]:
    from corkboard.stack.standing import standing
    from serving.process import port_is_free

    stack = standing()
    for name, part in stack["parts"].items():
        if part["state"] == "healthy" and part["stale"]:
            yield Finding(name, "warning", f"stale: {'; '.join(part['stale'])}; see {part['log']} if it stays so")
        elif part["state"] == "healthy":
            yield Finding(name, "good", part["address"] or "running")
        elif part["state"] == "running":
            yield Finding(name, "warning", f"runs but does not answer; see {part['log']}")
    if stack["state"] == "degraded":
        yield Finding("stack", "warning", "a part of it is down; `corkboard up` starts it again")
    if stack["state"] == "stopped":
        taken = [str(port) for port in (4200, 5000, 3000) if not port_is_free("127.0.0.1", port)]
        message = "not running; `corkboard up` starts it"
        note = (
            f", with --prefect-port, --mlflow-port or --discovery-port, since port {' and '.join(taken)} is in use"
            if taken
            else ""
        )
        yield Finding("stack", "warning" if taken else "good", message + note)


def _releases() -> Iterator[Finding]:
    """The champion of each system and its Bento, without importing MLflow where nothing was ever registered."""
    from components.lifecycle.tracking import is_registry_empty
    from components.settings import system_names

    if is_registry_empty():
        yield Finding("releases", "good", "none yet; `corkboard run` makes the first")
        return
    from components.lifecycle.registry import champion_of, releases

    for system in system_names():
        champion = champion_of(releases(system))
        if champion is None:
            yield Finding("releases", "good", f"{system} has no champion yet")
        elif champion.bento is None or not _stored(champion.bento):
            message = (
                f"{system}: the Bento of version {champion.version} is not here; `corkboard run {system}` builds it"
            )
            yield Finding("releases", "critical", message)
        else:
            yield Finding("releases", "good", f"{system}: version {champion.version}, {champion.bento}")


def _stored(bento: str) -> bool:
    from serving.store import bento_folder

    try:
        bento_folder(bento)
    except UserError:
        return False
    return True


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _project,
    _data,
    _disk,
    tracking_store,
    _stack,
    _releases,
)
