"""The fingerprint of a candidate: one hash of everything that decides what `fit` leaves behind."""

import hashlib
import json
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from components.lifecycle.plan import Plan
from components.lifecycle.results import Ingested
from components.lifecycle.sources import sources_of
from components.system import load_system

__all__ = [
    "ROOT",
    "code_hash",
    "evaluation_hash",
    "fingerprint",
    "git_revision",
    "libraries",
]

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("torch", "timm", "lightning", "onnx", "onnxruntime", "numpy", "faiss-cpu")


def fingerprint(plan: Plan, ingested: Ingested) -> str:
    """Hash of system, configuration, what is read of the data, source code and libraries: equal inputs, equal name."""
    content = {
        "system": plan.system,
        "config": plan.config,
        "dataset": ingested.dataset,
        "simulated": ingested.simulated,
        "tables": ingested.tables,
        "code": code_hash(plan.system),
        "libraries": libraries(),
        "inputs": {name: one.bundle_hash for name, one in ingested.inputs.items()},
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


def code_hash(system: str) -> str:
    """Hash of the source that decides what training leaves behind, its golden requests included."""
    return _hash(system, ("train", "goldens"))


def evaluation_hash(system: str) -> str:
    """Hash of the source that decides what an evaluation finds in a given bundle."""
    return _hash(system, ("measure",))


def _hash(system: str, files: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name, path in sources_of(load_system(system), (*files, "predictor")).items():
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def git_revision() -> str:
    """The checkout's revision, with `+changes` if tracked files differ from it; `none` outside a git checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return "none"
    command = [git, "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--match=", "--dirty=+changes"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else "none"
