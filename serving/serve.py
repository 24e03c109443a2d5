"""`python -m serving.serve --bento my-system:3-1a2b3c4d --port 3000`: the packaged service in the foreground."""

import argparse
import os
import sys

from data.environment import set_environment
from data.errors import UserError
from serving.process import port_is_free, serve_command
from serving.store import bento_folder

__all__ = ["main", "serve"]


def serve(tag: str, host: str = "127.0.0.1", port: int = 3000) -> None:
    """Become `bentoml serve` of a Bento; does not return.

    Raises:
        UserError: there is no such Bento, or the port is in use.
    """
    bento_folder(tag)
    if not port_is_free(host, port):
        raise UserError(f"port {port} of {host} is in use; stop what listens there or give another with --port")
    command = serve_command(tag, host, port)
    os.execv(command[0], command)  # noqa: S606


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m serving.serve", description=__doc__)
    parser.add_argument("--bento", required=True, metavar="NAME:VERSION")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    given = parser.parse_args(arguments)
    set_environment()
    try:
        serve(given.bento, given.host, given.port)
    except UserError as error:
        sys.exit(f"corkboard: {error}")


if __name__ == "__main__":
    main()
