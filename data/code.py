"""What makes a step run again: the code that it runs, and the libraries that this code imports.

A step names the modules that it enters by; `code_of` follows what they import. Files are read, never imported.

- Imports inside functions count; those for type checking alone do not.
- A package's `__init__` counts where a name is taken from it. Where it only lies on the way it decides nothing, since
  importing does nothing in this project.
- A module whose name is computed (`import_module(f"data.sources.{kind}")`) is not seen: it is an entry of its own.
- The hash is over syntax trees without docstrings, so that comments, docstrings and formatting change nothing.
- Of the libraries, those that the project declares count. What they bring along is held by `requirements.lock`.
"""

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path
from typing import Any

__all__ = ["ROOMS", "ROOT", "Code", "code_of", "versions"]

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("components", "corkboard", "data", "flows", "serving")
PROJECT = "corkboard"
EFFECTLESS = ("ctx", "kind", "type_comment")  # fields of a node that follow from its position or have no effect


@dataclass(frozen=True)
class Code:
    """Modules of the project with their files, and the names of the libraries that they import."""

    modules: dict[str, Path]
    outside: frozenset[str]

    @property
    def hash(self) -> str:
        """One hash of the modules' syntax trees."""
        digest = hashlib.sha256()
        for name, path in self.modules.items():
            digest.update(f"{name}\0{_read(path.read_bytes()).meaning}\n".encode())
        return digest.hexdigest()

    @property
    def libraries(self) -> tuple[str, ...]:
        """The declared libraries that the modules import, by the names under which they are installed."""
        return tuple(sorted({name for outside in self.outside if (name := _library(outside))}))

    @property
    def versions(self) -> dict[str, str]:
        """Installed versions of those libraries. Optional ones do not count: results are the same without them."""
        return versions(name for name in self.libraries if not _declared()[name])


@dataclass(frozen=True)
class _Import:
    level: int  # 1 for `from . import x`
    base: str
    names: tuple[str, ...]  # none for `import base`
    inside: bool  # inside a function, which may never be called


@dataclass(frozen=True)
class _Module:
    meaning: str
    imports: tuple[_Import, ...]


def code_of(
    entries: Iterable[str], follows: Sequence[str] = ROOMS, stops: Sequence[str] = (), packages: bool = False
) -> Code:
    """The modules `entries` and all that they import, directly or not.

    follows: packages within which imports are followed. stops: packages that are left out.
    packages: also the packages that contain the modules, and what these import at their top level: all that has to
    be there to run the modules.
    """
    waiting = [(name, True) for name in entries]
    assert all(_file(name) for name, _ in waiting), f"one of {waiting} is no module"
    modules: dict[str, Path] = {}
    reached: set[tuple[str, bool]] = set()
    outside: set[str] = set()
    while waiting:
        name, whole = waiting.pop()
        if (name, whole) in reached or _within(name, stops):
            continue
        reached.add((name, whole))
        if not _within(name, ROOMS):
            outside.add(name.partition(".")[0])
            continue
        path = _file(name)
        if path is None or not _within(name, follows):
            continue  # a folder without `__init__.py`, or a module that is not followed
        modules[name] = path
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for statement in _read(path.read_bytes()).imports:
            if whole or not statement.inside:
                waiting += [(target, True) for target in _targets(statement, package)]
        if packages and "." in name:
            waiting.append((name.rpartition(".")[0], False))
    return Code(dict(sorted(modules.items())), frozenset(outside - sys.stdlib_module_names))


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """The versions of those libraries that are installed."""
    installed = {}
    for name in libraries:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def _targets(statement: _Import, package: str) -> Iterator[str]:
    """The modules that an import statement names, and the names that may be modules."""
    base = statement.base
    if statement.level:
        above = package.split(".")[: len(package.split(".")) - statement.level + 1]
        base = ".".join([*above, *filter(None, [base])])
    if not statement.names or not _within(base, ROOMS):
        yield base
        return
    for name in statement.names:
        below = f"{base}.{name}"
        yield below if _file(below) or _folders(below) else base


def _within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _file(name: str) -> Path | None:
    parent, _, last = name.rpartition(".")
    for folder in _folders(parent):
        for path in (folder / last / "__init__.py", folder / f"{last}.py"):
            if path.is_file():
                return path
    return None


def _folders(package: str) -> list[Path]:
    """The folders of the modules of `package`; a package that is imported may have been extended by further folders."""
    if not package:
        return [ROOT]
    if package in sys.modules:
        return [Path(folder) for folder in getattr(sys.modules[package], "__path__", ())]
    parent, _, last = package.rpartition(".")
    return [folder / last for folder in _folders(parent) if (folder / last).is_dir()]


@cache
def _read(source: bytes) -> _Module:
    tree = ast.parse(source)
    words: list[str] = []
    _spell(tree, words)
    meaning = hashlib.sha256("\0".join(words).encode()).hexdigest()
    return _Module(meaning, tuple(_imports(tree.body, inside=False)))


def _spell(node: Any, words: list[str]) -> None:
    """The tree in words, but for statements that are a mere constant and what differs between versions of Python."""
    if isinstance(node, ast.Constant):
        words.append(repr(node.value))
    elif isinstance(node, ast.AST):
        words.append(f"({type(node).__name__}")
        for field in node._fields:
            value = getattr(node, field, None)
            if value is None or value == [] or field in EFFECTLESS:
                continue
            words.append(field)
            _spell(value, words)
        words.append(")")
    elif isinstance(node, list):
        words.append("[")
        for one in node:
            if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)):
                _spell(one, words)
        words.append("]")
    else:
        words.append(repr(node))


def _imports(statements: Iterable[ast.AST], inside: bool) -> Iterator[_Import]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (_Import(0, alias.name, (), inside) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            names = tuple(alias.name for alias in statement.names)
            yield _Import(statement.level, statement.module or "", names, inside)
        elif isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING"):
            yield from _imports(statement.orelse, inside)
        else:
            within = inside or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
            for part in ("body", "orelse", "handlers", "finalbody", "cases"):
                below = getattr(statement, part, ())
                yield from _imports(below if isinstance(below, list) else (), within)


def _library(outside: str) -> str | None:
    """The declared library that gives the module `outside`, such as pyyaml for `yaml`."""
    usual = _canonical(outside)
    if usual in _declared():
        return usual
    return next((name for name in _declared() if outside in _given(name)), None)


@cache
def _declared() -> dict[str, bool]:
    """The libraries that the project declares, and whether a library is wanted by an extra alone."""
    lines = [
        (_canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]), "extra ==" in line) for line in requires(PROJECT) or ()
    ]
    return {name: all(extra for other, extra in lines if other == name) for name, _ in lines}


@cache
def _given(library: str) -> frozenset[str]:
    """The top-level modules of an installed library."""
    try:
        installed = distribution(library)
    except PackageNotFoundError:
        return frozenset()
    listed = installed.read_text("top_level.txt")
    if listed:
        return frozenset(listed.split())
    lines = (installed.read_text("RECORD") or "").splitlines()
    return frozenset(line.partition(",")[0].partition("/")[0].removesuffix(".py") for line in lines)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
