"""`corkboard image`: the champion's Bento as an OCI image."""

from pathlib import Path
from typing import Annotated, Any

import typer

from corkboard.options import AsJson

__all__ = ["image"]


def image(
    system: Annotated[str, typer.Argument(help="A system, discovery, or a packaged Bento such as NAME:VERSION.")],
    version: Annotated[int | None, typer.Option(min=1, help="A released version; by default the champion.")] = None,
    engine: Annotated[str | None, typer.Option(help="docker or buildah; by default the first that answers.")] = None,
    base: Annotated[
        str | None, typer.Option(help="Base image; by default Python's on Debian, or one made here.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Also write the image to this file, as an OCI archive.")] = None,
    as_json: AsJson = False,
) -> None:
    """Build an image of the champion that needs no root user, no network and no writable root."""
    import sys

    from corkboard.output import answering
    from data.environment import set_environment

    if engine not in (None, "docker", "buildah"):
        raise typer.BadParameter(f"{engine!r} is neither docker nor buildah", param_hint="--engine")
    with answering(as_json) as answer:
        set_environment()
        command = [sys.executable, "-m", "serving.image", "--bento", _bento(system, version)]
        for option, value in (("--engine", engine), ("--base", base), ("--output", output)):
            command += [] if value is None else [option, str(value)]
        result = _run(command)
        answer.document(result)
        answer.text(f"image      {result['image']}, built by {result['engine']} on {result['base']}")
        answer.text(f"size       {result['size_mb']:,} MB, {result['size_without_models_mb']:,} MB without models")
        answer.text(f"contents   {result['sbom']}")
        if output is not None:
            answer.text(f"archive    {result['output']}")


def _bento(name: str, version: int | None) -> str:
    """The Bento that `name` stands for: a system's champion, that of all champions, or one called `name:version`."""
    from components.settings import system_names
    from corkboard.discovery import DISCOVERY, packaged
    from corkboard.releases import released_bento
    from data.errors import UserError, unknown

    if ":" in name:
        if version is not None:
            raise UserError(f"{name} names a version already; leave --version out")
        return name
    known = system_names()
    if name in known:
        return released_bento(name, version)
    if name != DISCOVERY:
        raise unknown("system", name, [*known, DISCOVERY])
    if version is not None:
        raise UserError(f"{name} packages the present champions; leave --version out, or name a Bento: {name}:VERSION")
    return packaged()


def _run(command: list[str]) -> dict[str, Any]:
    """Run a command and return the JSON object that it prints; its progress is passed on to stderr."""
    import json
    import subprocess
    import sys

    from data.errors import UserError

    last = "it gave no reason"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        for line in process.stderr:
            last = line.strip() or last
            if not line.startswith("corkboard: "):  # this command prints that sentence itself, once
                print(line, end="", file=sys.stderr, flush=True)  # noqa: T201
        output = process.stdout.read()
    if process.returncode:
        raise UserError(last.removeprefix("corkboard: "))
    result: dict[str, Any] = json.loads(output)
    return result
