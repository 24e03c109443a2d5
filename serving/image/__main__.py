"""The command: prints one JSON object, as `serving.image.image.image` returns it."""

import argparse
import sys
from pathlib import Path
from typing import Any

from data.environment import set_environment
from serving.command import run
from serving.image.image import image


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m serving.image", description="A packaged Bento as an OCI image.")
    parser.add_argument("--bento", required=True, metavar="NAME:VERSION")
    parser.add_argument("--base", help="base image with Debian and the Bento's Python; by default found or made")
    parser.add_argument("--engine", choices=("docker", "buildah"), help="by default whichever answers, Docker first")
    parser.add_argument("--output", type=Path, help="also write the image to this file, as an OCI archive")
    given = parser.parse_args(arguments)
    set_environment()
    return image(given.bento, engine=given.engine, base=given.base, output=given.output, say=_say)


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    run(main)
