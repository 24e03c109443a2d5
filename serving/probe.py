"""Runs the code of a Bento as in its image: imports it, opens its bundles, answers their golden requests.

`python -m serving.probe --module NAME … --bundle SYSTEM=PATH … --below PATH …` prints the source files that it
imported. It runs in an interpreter of its own, where trainers cannot be imported.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

from data.code import ROOMS, ROOT
from data.errors import UserError

__all__ = ["BLOCKED", "Blocker", "main", "prove"]

BLOCKED = frozenset(
    {"torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "dvc", "pandas", "pyarrow"}
)
TOOLS = frozenset({"components.golden", "data.code", "serving.probe"})  # what the probe itself imports


class Blocker(MetaPathFinder):
    """An import finder that refuses libraries which served images do not have."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname.partition(".")[0] in BLOCKED:
            raise ImportError(f"{fullname} is not in the served image and must not be imported there")


def prove(
    modules: Iterable[str], bundles: Mapping[str, Path], sources: Iterable[str], below: Iterable[Path] = ()
) -> None:
    """Run the probe; `sources` are the files that the Bento will have, relative to the checkout.

    below: the bundles that those of `bundles` build on.

    Raises:
        UserError: it does not run without the trainers' libraries, or imports a file that is not among `sources`.
    """
    command = [sys.executable, "-m", "serving.probe"]
    command += [word for name in modules for word in ("--module", name)]
    command += [word for system, bundle in bundles.items() for word in ("--bundle", f"{system}={bundle.resolve()}")]
    command += [word for bundle in below for word in ("--below", str(bundle.resolve()))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"{' and '.join(bundles)} cannot be served: {reason}")
    missing = sorted(set(json.loads(done.stdout.splitlines()[-1])) - set(sources))
    if missing:
        raise UserError(f"{missing[0]} is imported by a computed name; import it by its own, so that the Bento has it")


def main(arguments: list[str] | None = None) -> None:
    """Print a JSON list of the source files loaded, relative to the checkout."""
    parser = argparse.ArgumentParser(prog="python -m serving.probe", description=__doc__)
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--bundle", action="append", default=[], metavar="SYSTEM=PATH")
    parser.add_argument("--below", action="append", default=[], type=Path, metavar="PATH")
    given = parser.parse_args(arguments)
    sys.meta_path.insert(0, Blocker())
    for name in given.module:
        import_module(name)
    for text in given.bundle:
        system, _, bundle = text.partition("=")
        _answer_goldens(system, Path(bundle), given.below)
    loaded = {
        name: Path(module.__file__).resolve()
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ROOMS and name not in TOOLS and module.__file__
    }
    print(json.dumps(sorted(path.relative_to(ROOT.resolve()).as_posix() for path in loaded.values())))  # noqa: T201


def _answer_goldens(name: str, bundle: Path, below: Sequence[Path]) -> None:
    from components.bundle import read_manifest
    from components.golden import changes, load_goldens
    from components.inputs import linked
    from components.system import load_system

    system = load_system(name)
    predictor = system.open_bundle(bundle, inputs=linked(read_manifest(bundle), below))
    for golden in load_goldens(bundle):
        if changed := changes(system, predictor, golden):
            sys.exit(
                f"{name} answers its golden request {golden.name!r} otherwise than when its bundle was made "
                f"({changed[0]}); if its code has changed since, run `corkboard run {name}` again"
            )


if __name__ == "__main__":
    main()
