"""Which of the project's files decide what a member of a system does: those it imports, followed file by file.

A change to a plot is then measured anew but not trained anew, and nobody keeps a list of what is shared.
"""

import ast
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from components.system import System

__all__ = ["imported", "sources_of"]

ROOMS = ("components", "data")
DECIDING = ("components", "data.images")
# The contract itself, and what is done with a bundle whatever made it.
NOT_DECIDING = ("components.lifecycle", "components.system", "components.bundle", "components.golden")


def sources_of(system: System, files: Iterable[str], deciding: bool = True) -> dict[str, Path]:
    """Module names to files: the system's declaration, its modules called `files`, and what they import, onwards.

    deciding: leave out what is the same for every system and what reads the data, which has a version of its own.
    Imports for type checking alone do not count.
    """
    followed, ignored = (DECIDING, NOT_DECIDING) if deciding else (ROOMS, ())
    return _closure([f"{system.package}.{file}" for file in files], {}, followed, ignored)


def imported(names: Iterable[str]) -> dict[str, Path]:
    """The project's modules `names` and all that they import, onwards."""
    return _closure(names, {}, ROOMS, ())


def _closure(
    names: Iterable[str], known: dict[str, Path], followed: tuple[str, ...], ignored: tuple[str, ...]
) -> dict[str, Path]:
    found, waiting = dict(known), list(names)
    while waiting:
        name = waiting.pop()
        if name in found or not _within(name, followed) or _within(name, ignored):
            continue
        path = _file(name)
        if path is None:
            continue  # a name in a module, or a folder without `__init__.py`
        found[name] = path
        waiting += [name.rpartition(".")[0], *_names(_tree(path).body, _package(name, path))]
    return dict(sorted(found.items()))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _file(name: str) -> Path | None:
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:  # what it would lie in is no package
        return None
    return Path(spec.origin) if spec and spec.origin else None


def _within(name: str, packages: Iterable[str]) -> bool:
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def _package(name: str, path: Path) -> str:
    return name if path.name == "__init__.py" else name.rpartition(".")[0]


def _names(nodes: Iterable[ast.AST], package: str) -> Iterator[str]:
    """What `nodes` import, be it modules or names in them."""
    for node in nodes:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = list(_named(node, package))
        else:
            yield from _names(ast.iter_child_nodes(node), package)
            continue
        yield from names


def _named(node: ast.ImportFrom, package: str) -> Iterator[str]:
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, *filter(None, [base])])
    yield base
    yield from (f"{base}.{alias.name}" for alias in node.names)  # a module, perhaps
