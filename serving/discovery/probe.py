"""Starts the composed service's parts as they will be, and prints the project's source files that it took.

Run as `python -m serving.discovery.probe`, in an interpreter of its own where trainers cannot be imported.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from serving.probe import ROOMS, Blocker

__all__ = ["main"]

SERVED = (
    "serving.discovery.service",
    *(f"serving.state.{store}_{noun}" for store in ("redis", "sql") for noun in ("boards", "events", "items")),
    "serving.state.postgres",
    "serving.state.sqlite",
)
TOOLS = frozenset({"serving.probe", "serving.discovery.probe"})


def main() -> None:
    """Print a JSON list of the source files loaded, relative to the checkout."""
    sys.meta_path.insert(0, Blocker())
    for name in SERVED:
        import_module(name)
    root = Path(__file__).resolve().parents[2]
    loaded = {
        name: Path(module.__file__).resolve()
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ROOMS and name not in TOOLS and module.__file__
    }
    print(json.dumps(sorted(path.relative_to(root).as_posix() for path in loaded.values())))  # noqa: T201


if __name__ == "__main__":
    main()
