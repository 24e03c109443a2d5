"""`python -m corkboard.stack.after server URL COMMAND…` or `… release PORT`: a part that begins once it can.

The worker waits for Prefect's server; discovery waits until the system that searches is released.
"""

import os
import sys
import time

import httpx

__all__ = ["main", "released"]

POLL_S, RELEASE_S = 0.5, 5.0


def main(what: str, *given: str) -> None:
    if what == "server":
        url, *command = given
        while not _answers(url):
            time.sleep(POLL_S)
    else:
        (port,) = given
        while not released():
            time.sleep(RELEASE_S)
        command = [sys.executable, "-m", "corkboard", "serve", "discovery", "--port", port]
    os.execv(command[0], command)  # noqa: S606


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def released() -> bool:
    """Whether there is something for discovery to serve."""
    from components.lifecycle.tracking import is_registry_empty
    from components.roles import SEARCH
    from serving.discovery.declared import filling

    if is_registry_empty():
        return False
    from corkboard.discovery import proven

    return proven(filling(SEARCH)) is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
