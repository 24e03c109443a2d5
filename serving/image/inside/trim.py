"""Run in the build: `trim.py system` and `trim.py packages SITE` take away what serving has no use for.

Debian's packages are removed by dpkg, so that its records, and with them the bill of materials, stay true.
"""

import os
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["forbidden", "trim_packages", "trim_system", "unneeded"]

SEARCHED = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")


def unneeded() -> dict[str, Any]:
    """The lists in `unneeded.toml`."""
    return tomllib.loads(Path(__file__).with_name("unneeded.toml").read_text(encoding="utf-8"))


def trim_system(root: Path = Path("/")) -> None:
    """Remove what is not served from a Debian root, and the right of programs to run as their owner.

    Exits with a sentence if it is no Debian, or if dpkg refuses.
    """
    records = root / "var/lib/dpkg/status"
    if not records.is_file():
        sys.exit("corkboard: the base image is no Debian or Ubuntu; give one with --base, such as python:3.11-slim")
    lines = records.read_text(encoding="utf-8").splitlines()
    installed = {line.removeprefix("Package: ") for line in lines if line.startswith("Package: ")}
    lists = unneeded()
    purged = [name for name in lists["debian"] if name in installed]
    if purged:
        _purge(root, purged)
    _remove(path for pattern in lists["paths"] for path in root.glob(pattern))
    _remove((root / "usr").rglob("__pycache__"))
    for path in (root / "usr").rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            path.chmod(stat.S_IMODE(mode) & ~(stat.S_ISUID | stat.S_ISGID))


def trim_packages(site: Path) -> None:
    """Remove tests, sources of extensions and tools of developers from a folder of Python packages."""
    lists = unneeded()
    _remove(site / name for name in lists["packages"])
    _remove(path for path in site.rglob("*") if path.is_dir() and path.name in lists["folders"])
    _remove(path for path in site.rglob("*") if path.is_file() and path.suffix in lists["suffixes"])


def forbidden(site: Path, root: Path = Path("/")) -> list[str]:
    """The compilers, installers and trainers that are still there."""
    lists = unneeded()["forbidden"]
    searched = os.pathsep.join(str(root / folder) for folder in SEARCHED)
    programs = [shutil.which(name, path=searched) for name in lists["programs"]]
    return [str(site / name) for name in lists["packages"] if (site / name).exists()] + [
        path for path in programs if path
    ]


def _purge(root: Path, names: list[str]) -> None:
    force = "--force-depends,remove-essential,remove-protected"
    command = ["dpkg", f"--root={root}", "--purge", force, *names]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}corkboard: dpkg could not remove what the base image has too much")


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # also within a folder that is gone by now


if __name__ == "__main__":
    if sys.argv[1] == "system":
        trim_system()
    else:
        trim_packages(Path(sys.argv[2]))
        if left := forbidden(Path(sys.argv[2])):
            sys.exit(f"corkboard: an image for serving must not hold {', '.join(left)}")
