"""The base image: Python's usual one if it can be pulled, otherwise one made from Debian's packages by debootstrap."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from data.errors import UserError
from serving.image.engine import Engine, build, exists, pull

__all__ = ["find_base"]

SUITES = {"3.11": "bookworm", "3.13": "trixie"}  # Debian's releases by the Python they have
PACKAGES = "python3-minimal,libpython3-stdlib,ca-certificates"
LEFT_OUT = (
    *("./dev/*", "./proc/*", "./sys/*", "./debootstrap", "./var/cache/apt/*", "./var/lib/apt/lists/*"),
    *("./etc/resolv.conf", "./etc/hostname"),  # this machine's
)
CONTAINERFILE = "FROM scratch\nADD base.tar /\n"


def find_base(engine: Engine, python: str, given: str | None, say: Callable[[str], None]) -> str:
    """The name of a base image with Debian and `python`, such as 3.11; `say` gets a message if it has to be made.

    Raises:
        UserError: there is none, and none can be made here.
    """
    if given is not None:
        if exists(engine, given) or pull(engine, given):
            return given
        raise UserError(f"the base image {given} is neither here nor can it be pulled; give another with --base")
    usual = f"python:{python}-slim-bookworm"
    if exists(engine, usual) or pull(engine, usual):
        return usual
    suite = SUITES.get(python)
    own = f"localhost/corkboard-base:{suite}"
    if suite and exists(engine, own):
        return own
    if suite is None or os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise UserError(
            f"the base image {usual} cannot be pulled; connect to its registry, give another with --base, "
            f"or install debootstrap and run this as root"
        )
    say(f"{usual} cannot be pulled; making {own} from Debian's packages")
    _bootstrap(engine, suite, own)
    return own


def _bootstrap(engine: Engine, suite: str, tag: str) -> None:
    with tempfile.TemporaryDirectory(prefix="corkboard-base-") as folder:
        root, context = Path(folder) / "root", Path(folder) / "context"
        context.mkdir()
        (context / "Containerfile").write_text(CONTAINERFILE, encoding="utf-8")
        for command in (
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, str(root)],
            ["tar", "-C", str(root), *(f"--exclude={path}" for path in LEFT_OUT), "-cf", f"{context}/base.tar", "."],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = ((done.stderr + done.stdout).strip().splitlines() or ["it gave no reason"])[-1]
                raise UserError(f"{command[0]} could not make a base image of Debian {suite}: {reason}")
        build(engine, context, tag, {}, {}, 0)
