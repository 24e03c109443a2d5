"""The DVC repository around `data/store`: its private settings, and its commands as child processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.disk import DiskFullError, denied
from data.environment import variables
from data.errors import UserError
from data.project import MIRROR, home, mirror, root
from data.reporting import LINES
from data.sources.raw import Progress

if TYPE_CHECKING:
    from configobj import ConfigObj

__all__ = ["DvcError", "beside", "configure", "has_cache", "has_remote", "run_dvc"]

OURS = ("no_scm", "site_cache_dir")  # settings of `.dvc/config.local` that depend on the checkout; we overwrite them
BUSY = ("Unable to acquire lock", "is busy, it is being blocked by")  # somebody runs `dvc` by hand
BUSY_S = 1800
SYSTEM = re.compile(r"\[Errno (\d+)\] ([^:]+): '([^']+)'")  # an error of the system, as Python writes it
TAIL = 20


class DvcError(RuntimeError):
    """`dvc` failed, and the stage reported no reason."""


def configure() -> None:
    """Set what depends on this checkout, in `.dvc/config.local`: no git where there is none, a private site cache."""
    folder = root()
    settings = _settings("config.local")
    core = dict(settings.get("core", {}))
    wanted = {key: value for key, value in core.items() if key not in OURS} | {"site_cache_dir": str(home() / "dvc")}
    if not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        wanted["no_scm"] = "true"
    if wanted != core:
        settings["core"] = wanted
        settings.write()


def beside(folder: Path) -> None:
    """Make a DVC repository in `folder`, without git, that shares the project's cache and remotes."""
    settings = _settings("config")
    settings.merge(_settings("config.local"))
    settings.setdefault("core", {}).update(no_scm="true", site_cache_dir=str(home() / "dvc"))
    settings.setdefault("cache", {}).setdefault("dir", str(root() / ".dvc" / "cache"))
    settings.filename = str(folder / ".dvc" / "config")
    (folder / ".dvc").mkdir(parents=True)
    settings.write()


def has_remote() -> bool:
    """Whether a default remote is set: `dvc remote add --default NAME ADDRESS`."""
    return any("remote" in _settings(name).get("core", {}) for name in ("config", "config.local"))


def has_cache() -> bool:
    return (root() / ".dvc" / "cache").is_dir()


def run_dvc(arguments: list[str], progress: Progress, folder: Path | None = None) -> str:
    """Run `dvc` in the project, or in `folder`, pass its stage's progress on, and return what it printed.

    Waits while somebody else's `dvc` holds the repository.

    Raises:
        UserError: the stage failed; the message is its own.
        DvcError: anything else, with the end of what DVC printed.
    """
    deadline = time.monotonic() + BUSY_S
    while True:
        code, lines, error = _start(arguments, progress, folder or root())
        output = "\n".join(lines)
        if code == 0:
            return output
        if error:
            raise UserError(error)
        if "No space left on device" in output or "Disk quota exceeded" in output:
            raise DiskFullError(root(), "DVC stores the data set")
        if (match := SYSTEM.search(output)) and (sentence := denied(OSError(int(match[1]), match[2], match[3]))):
            raise UserError(sentence)
        if not any(sign in output for sign in BUSY) or time.monotonic() > deadline:
            said = [line for line in lines if line.startswith("ERROR")] or lines[-TAIL:]
            raise DvcError(f"`dvc {' '.join(arguments)}` failed: " + "\n".join(said))
        progress("wait for another dvc", 0, 0)
        time.sleep(1)


def _start(arguments: list[str], progress: Progress, folder: Path) -> tuple[int, list[str], str | None]:
    lines, error = [], None
    # In a session of its own, so that an interrupt ends it as a whole. If we are killed, it fails at its next
    # output, which nobody reads any more, and leaves the former data.
    with subprocess.Popen(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                message = _message(line)
                if "error" in message:
                    error = str(message["error"])
                elif message:
                    progress(message["what"], message["done"], message["total"])
                else:
                    lines.append(line.rstrip())
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    return process.returncode, lines, error


def _message(line: str) -> dict[str, Any]:
    """The message in a line that `data/reporting.py` wrote; empty for any other line."""
    if not line.startswith('{"'):
        return {}
    try:
        return dict(json.loads(line))
    except json.JSONDecodeError:
        return {}


def _environment() -> dict[str, str]:
    environment = variables() | dict(os.environ) | {LINES: "1"}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    folder = mirror()  # may be relative to where the command was given
    return environment | ({MIRROR: str(folder)} if folder else {})


def _settings(name: str) -> "ConfigObj":
    from configobj import ConfigObj  # the library that DVC uses for its settings

    return ConfigObj(str(root() / ".dvc" / name), encoding="utf-8")
