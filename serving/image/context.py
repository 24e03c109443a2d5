"""The folder that an image is built from: packages, the Bento, its models, and what runs inside."""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from data.errors import UserError
from serving.image.contents import Contents
from serving.image.labels import created

__all__ = ["facts", "write_context"]

HERE = Path(__file__).parent
GLIBC = "manylinux_2_36"  # of Debian 12; later ones run what is built for it
HOSTS = "127.0.0.1 localhost\n::1 localhost\n"  # engines replace it by their own; a bare runtime does not
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def write_context(bento: Contents, context: Path) -> None:
    """Fill the folder `context`. This machine's uv fetches the packages as wheels, from its configured index.

    Raises:
        UserError: a package cannot be had as a wheel for Linux, or this machine is of another kind than x86_64 and ARM.
    """
    shutil.copy(HERE / "Containerfile", context / "Containerfile")
    (context / "facts.json").write_text(json.dumps(facts(bento), sort_keys=True), encoding="utf-8")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "inside", context / "app" / "inside", ignore=ignored)
    shutil.copytree(bento.folder, context / "app" / "bento", ignore=ignored)
    for model in bento.models:
        shutil.copytree(model.folder, context / "models" / model.tag.replace(":", "/"))
    (context / "hosts").write_text(HOSTS, encoding="utf-8")
    (context / "state").mkdir()
    (context / "state" / ".keep").touch()
    _install(bento, context / "packages")
    for path in context.rglob("*"):  # whoever packaged may have kept it private; in the image, others have to read it
        path.chmod(0o755 if path.is_dir() else 0o644)


def facts(bento: Contents) -> dict[str, Any]:
    """What the bill of materials says of the image itself, as JSON."""
    name, _, version = bento.tag.partition(":")
    models = []
    for model in bento.models:
        known = {
            "bundle_hash": model.manifest.bundle_hash if model.manifest else "",
            "data_version": model.data_version,
        }
        models.append({"tag": model.tag, **{name: value for name, value in known.items() if value}})
    moment = created(bento).isoformat().replace("+00:00", "Z")
    return {"name": name, "version": version, "created": moment, "models": models}


def _install(bento: Contents, packages: Path) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is None:
        raise UserError("uv, which fetches the image's packages, is not installed; install it with `pip install uv`")
    wanted = packages.with_name("requirements.txt")
    wanted.write_text("\n".join(bento.requirements) + "\n", encoding="utf-8")
    machine = MACHINES.get(platform.machine().lower())
    if machine is None:
        raise UserError(
            f"images are built on x86_64 and aarch64, and this machine is {platform.machine()}; use another"
        )
    target = ("--target", str(packages), "--python-version", bento.python, "--python-platform", f"{machine}-{GLIBC}")
    how = ("--no-deps", "--only-binary", ":all:", "--link-mode", "copy", "--no-compile-bytecode", "--quiet")
    command = [uv, "pip", "install", "--python", sys.executable, *target, *how, "--requirements", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wanted.unlink()
    if done.returncode:
        reason = " ".join(done.stderr.split())
        raise UserError(f"the packages of {bento.tag} cannot be had as wheels for Linux: {reason}")
