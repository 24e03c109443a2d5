"""Engines that build images: Docker if it answers, otherwise buildah, behind the same few operations."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import UserError

__all__ = ["Engine", "build", "exists", "find_engine", "pull", "read_inside", "save", "storage"]

ANSWER_S = 30  # to say whether it runs
PULL_S = 300
ISOLATION = ("BUILDAH_ISOLATION", "chroot")  # which runs where containers are nested, unless people set another


@dataclass(frozen=True)
class Engine:
    """`docker` or `buildah`, and the program."""

    name: str
    program: str


def find_engine(wanted: str | None = None) -> Engine:
    """The engine `wanted`, or the first that answers: Docker, then buildah.

    Raises:
        UserError: there is none.
    """
    docker, buildah = shutil.which("docker"), shutil.which("buildah")
    if wanted in (None, "docker") and docker and _answers([docker, "info", "--format", "{{.ServerVersion}}"]):
        return Engine("docker", docker)
    if wanted in (None, "buildah") and buildah and _answers([buildah, "info"]):
        return Engine("buildah", buildah)
    if wanted == "docker":
        raise UserError("no Docker engine answers `docker info`; start it, or leave --engine out to use buildah")
    if wanted == "buildah":
        raise UserError("`buildah info` does not answer; install buildah and crun, or leave --engine out to use Docker")
    raise UserError("no Docker engine answers and there is no buildah; start Docker, or install buildah and crun")


def build(
    engine: Engine, context: Path, tag: str, arguments: Mapping[str, str], labels: Mapping[str, str], epoch_s: int
) -> None:
    """Build `Containerfile` of `context` as `tag`, without output unless it fails.

    Raises:
        UserError: the build failed; the sentence is the last line of its output.
    """
    options = ["--file", str(context / "Containerfile"), "--tag", tag, "--network", "none", "--force-rm"]
    for option, values in (("--build-arg", arguments), ("--label", labels)):
        options += [part for key, value in values.items() for part in (option, f"{key}={value}")]
    if engine.name == "buildah":
        # Docker's format, since OCI's has no health check; layers, so that models have their own
        options += ["--format", "docker", "--layers", "--timestamp", str(epoch_s)]
    command = [engine.program, "build", *options, str(context)]
    done = subprocess.run(
        command,
        env={**_environment(engine), "SOURCE_DATE_EPOCH": str(epoch_s)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{engine.name} could not build {tag}: {_reason(done.stdout + done.stderr)}")


def exists(engine: Engine, image: str) -> bool:
    """Whether the engine holds `image`."""
    kind = ["image", "inspect"] if engine.name == "docker" else ["inspect", "--type", "image"]
    return _answers([engine.program, *kind, image])


def pull(engine: Engine, image: str) -> bool:
    """Whether `image` could be fetched."""
    return _answers([engine.program, "pull", image], PULL_S)


def read_inside(engine: Engine, image: str, command: Sequence[str]) -> str:
    """What a command prints inside the image."""
    if engine.name == "docker":
        options = ["--rm", "--network", "none", "--read-only", "--entrypoint", command[0]]
        return _output(engine, ["run", *options, image, *command[1:]])
    container = _output(engine, ["from", "--pull-never", image]).strip()
    try:
        return _output(engine, ["run", container, "--", *command])
    finally:
        _output(engine, ["rm", container])


def save(engine: Engine, image: str, path: Path) -> None:
    """Write the image to `path` as an OCI archive."""
    if engine.name == "docker":
        _output(engine, ["save", "--output", str(path), image])
    else:
        _output(engine, ["push", image, f"oci-archive:{path}:{image}"])


def storage(engine: Engine) -> Path | None:
    """The folder in which the engine keeps images; None if that is not on this machine."""
    if engine.name == "docker":
        folder = Path(_output(engine, ["info", "--format", "{{.DockerRootDir}}"]).strip())
    else:
        folder = Path(json.loads(_output(engine, ["info"]))["store"]["GraphRoot"])
    return folder if folder.is_dir() else None


def _environment(engine: Engine) -> dict[str, str]:
    return dict([ISOLATION] if engine.name == "buildah" else []) | os.environ


def _output(engine: Engine, arguments: Sequence[str]) -> str:
    done = subprocess.run(
        [engine.program, *arguments], env=_environment(engine), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UserError(f"`{engine.name} {arguments[0]}` failed: {_reason(done.stdout + done.stderr)}")
    return done.stdout


def _answers(command: Sequence[str], most_s: float = ANSWER_S) -> bool:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=most_s, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _reason(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("corkboard: ")]
    return (ours or lines or ["it gave no reason"])[-1].removeprefix("corkboard: ")
