"""What is served, beside plain Starlette: the Bento of one system, then all champions behind `discovery`."""

import sys
from typing import Any

__all__ = ["run"]


def run() -> list[dict[str, Any]]:
    """Measure visual-search alone, and discovery where user-sequence is released too.

    Raises:
        UserError: visual-search is not released, or a service does not start.
    """
    from components.lifecycle.registry import champion_of, history
    from corkboard.bench import _discovery, _one_system
    from serving.discovery.context import SEQUENCE

    rows = _one_system.run()
    if champion_of(history(SEQUENCE)) is None:
        told = f"discovery is not measured: {SEQUENCE} has no champion; run `corkboard run {SEQUENCE}` first"
        print(f"corkboard: {told}", file=sys.stderr)  # noqa: T201
        return rows
    return rows + _discovery.run()
