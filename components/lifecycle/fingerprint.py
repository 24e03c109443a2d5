"""The fingerprint of a candidate: one hash of everything that decides what `fit` leaves behind."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from components.lifecycle.plan import Plan
from components.lifecycle.results import Ingested
from components.system import load_system

__all__ = [
    "ROOT",
    "code_hash",
    "evaluation_hash",
    "fingerprint",
    "git_revision",
    "libraries",
    "system_folder",
]

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("torch", "timm", "lightning", "onnx", "onnxruntime", "numpy", "faiss-cpu")
SHARED = ("components.learning", "data.images", "components.index")
EVALUATION = (
    "components.evaluation",
    "components.metrics",
    "components.learning.calibration",
    "data.images",
    "components.index",
)


def fingerprint(plan: Plan, ingested: Ingested) -> str:
    """Hash of system, configuration, data version, source code and library versions: equal inputs, equal name."""
    content = {
        "system": plan.system,
        "config": plan.config,
        "data_version": ingested.data_version,
        "code": code_hash(plan.system),
        "libraries": libraries(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def libraries() -> dict[str, str]:
    """Installed versions of the libraries that decide the result, read without importing them."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def system_folder(system: str) -> Path:
    """The folder of the system's source."""
    module: Any = load_system(system)
    return Path(module.__file__).parent


def code_hash(system: str) -> str:
    """Hash of the source of the system and of what systems share for training."""
    return _hash((*_sources(SHARED), *_below("system", system_folder(system))))


def evaluation_hash(system: str) -> str:
    """Hash of the source that decides what an evaluation finds in a given bundle."""
    return _hash((*_sources(EVALUATION), *_below("system", system_folder(system))))


def _sources(modules: Iterable[str]) -> Iterable[tuple[str, Path]]:
    for name in modules:
        module: ModuleType = import_module(name)
        path = Path(str(module.__file__))
        yield from _below(name, path.parent) if path.name == "__init__.py" else ((name, path),)


def _below(label: str, folder: Path) -> Iterable[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.py")):
        yield f"{label}/{path.relative_to(folder).as_posix()}", path


def _hash(sources: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for label, path in sources:
        digest.update(f"{label}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def git_revision() -> str:
    """The checkout's revision, with `+changes` if tracked files differ from it; `none` outside a git checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return "none"
    command = [git, "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--match=", "--dirty=+changes"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else "none"
