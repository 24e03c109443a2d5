"""The fingerprint of a candidate: one hash of everything that decides what `fit` leaves behind."""

import hashlib
import json
import shutil
import subprocess

from components.code import code_of_fit
from components.lifecycle.plan import Plan, trained
from components.lifecycle.results import Ingested
from data.code import ROOT

__all__ = ["fingerprint", "git_revision"]


def fingerprint(plan: Plan, ingested: Ingested) -> str:
    """Hash of system, configuration, what is read of the data, source code and libraries: equal inputs, equal name."""
    code = code_of_fit(plan.system)
    content = {
        "system": plan.system,
        "config": trained(plan.config),
        "dataset": ingested.dataset,
        "simulated": ingested.simulated,
        "tables": ingested.tables,
        "code": code.hash,
        "libraries": code.versions,
        "inputs": {name: one.bundle_hash for name, one in ingested.inputs.items()},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def git_revision() -> str:
    """The checkout's revision, with `+changes` if tracked files differ from it; `none` outside a git checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return "none"
    command = [git, "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--match=", "--dirty=+changes"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else "none"
