"""What is served, beside plain Starlette: the Bento of one system, then all champions behind `discovery`."""

import sys

from corkboard.bench._row import Row

__all__ = ["run"]


def run() -> list[Row]:
    """Measure the system that searches alone, and discovery where the one that recommends is released too.

    Raises:
        UserError: the system that searches is not released, or a service does not start.
    """
    from components.lifecycle.registry import champion_of, history
    from components.roles import RECOMMEND, SEARCH
    from corkboard.bench import _discovery, _one_system
    from serving.discovery.declared import filling

    rows = _one_system.run(filling(SEARCH))
    recommend = filling(RECOMMEND)
    if champion_of(history(recommend)) is None:
        message = f"discovery is not measured: {recommend} has no champion; run `corkboard run {recommend}` first"
        print(f"corkboard: {message}", file=sys.stderr)  # noqa: T201
        return rows
    return rows + _discovery.run()
