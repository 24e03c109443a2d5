"""Opens a bundle as the service will, answers its goldens, and prints the project's source files that it took.

Run as `python -m serving.probe SYSTEM BUNDLE [BUNDLE THAT IT BUILDS ON]…`, in an interpreter of its own where trainers
cannot be imported.
"""

import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

__all__ = ["BLOCKED", "Blocker", "main"]

BLOCKED = frozenset(
    {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "dvc", "pandas", "pyarrow"}
)
ROOMS = ("components", "data", "serving")
TOOLS = frozenset({"serving.probe"})


class Blocker(MetaPathFinder):
    """Makes an import that has no place in a served image fail at once, and say so."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname.partition(".")[0] in BLOCKED:
            raise ImportError(f"{fullname} is not in the served image and must not be imported there")


def main(system_name: str, bundle: Path, below: Sequence[Path] = ()) -> None:
    """Print a JSON list of the source files loaded, relative to the checkout."""
    sys.meta_path.insert(0, Blocker())
    import serving.guard
    import serving.service  # noqa: F401
    from components.bundle import read_manifest
    from components.golden import changes, load_goldens
    from components.inputs import linked
    from components.system import load_system

    system = load_system(system_name)
    predictor = system.open_bundle(bundle, inputs=linked(read_manifest(bundle), below))
    for golden in load_goldens(bundle):
        if changed := changes(system, predictor, golden):
            sys.exit(f"golden {golden.name}: {changed[0]}")
    root = Path(__file__).resolve().parents[1]
    loaded = {
        name: Path(module.__file__).resolve()
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ROOMS and name not in TOOLS and module.__file__
    }
    files = [path.relative_to(root).as_posix() for path in loaded.values()]
    print(json.dumps(sorted(files)))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [Path(argument) for argument in sys.argv[3:]])
