"""Train a registered version again, from what the registry says of it, and compare."""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from components.bundle import Manifest, read_manifest
from components.lifecycle.bundles import bundle_of, check_registered
from components.lifecycle.inputs import opened
from components.lifecycle.plan import MEASURED, make_plan
from components.lifecycle.registry import find, mended
from components.lifecycle.results import Release
from components.lifecycle.run import Journal
from components.lifecycle.sources import code_at, data_at
from components.lifecycle.training import named
from components.system import Progress
from data.code import versions
from data.environment import variables
from data.errors import UserError
from data.params import Strict
from data.project import home, root

__all__ = ["STEPS", "Reproduced", "reproduce"]

STEPS = ("find", "code", "data", "train")
SAME = 1e-6  # relative; a sum of floating-point numbers depends on their order
SCRIPT = Path(__file__).with_name("training.py")


class Reproduced(Strict):
    """A version beside its repetition. Latencies, which are the machine's, are not compared."""

    system: str
    version: int
    agrees: bool  # bundle and figures
    bundle_hash: tuple[str, str]  # as registered, and again
    files: tuple[str, ...]  # of the bundle, those that differ
    figures: dict[str, tuple[float | None, float | None]]  # as registered, and again
    moved: tuple[str, ...]  # the figures that differ
    code: str  # where it came from
    data: str
    libraries: dict[str, tuple[str, str | None]]  # those that are installed in another version than then
    seconds: dict[str, float]


def reproduce(system: str, version: int, journal: Journal) -> Reproduced:
    """Train `version` again in its own code, on its own data and inputs, and measure it as it was measured.

    Raises:
        UserError: the version, its code, its data or an input is gone, or its files were changed.
    """
    release = find(mended(system), system, version)
    manifest = journal.call("find", _recorded, release)
    with tempfile.TemporaryDirectory(dir=home(), prefix=".reproduce-") as folder, ExitStack() as stack:
        called, code = journal.call("code", stack.enter_context, code_at(release, manifest, Path(folder)))
        data = journal.call("data", data_at, manifest, Path(folder), _progress(journal))
        asked = {
            "manifest": manifest.model_dump(mode="json"),
            "inputs": named(opened(manifest.inputs)),
            "measured": release.measured or _usual(manifest),
            "code": called,
            "data": str(data),
            "out": folder,
        }
        again = journal.call("train", _train, asked, code, _progress(journal))
    figures = {
        name: (release.metrics[name].value, value)
        for name, value in again["figures"].items()
        if name in release.metrics
    }
    moved = tuple(name for name, pair in figures.items() if not _equal(*pair))
    files = {name for name, _ in set(manifest.files.items()) ^ set(again["files"].items())}
    now = versions(manifest.libraries)
    return Reproduced(
        system=system,
        version=version,
        agrees=not files and not moved,
        bundle_hash=(release.bundle_hash, again["bundle_hash"]),
        files=tuple(sorted(files)),
        figures={name: (_finite(one), _finite(other)) for name, (one, other) in figures.items()},
        moved=moved,
        code=called,
        data=f"{manifest.dataset} {manifest.data_version}",
        libraries={name: (then, now.get(name)) for name, then in manifest.libraries.items() if now.get(name) != then},
        seconds={name: round(seconds, 3) for name, seconds in journal.seconds.items()},
    )


def _recorded(release: Release) -> Manifest:
    """The version's manifest, which has to be what the registry's metadata say."""
    check_registered(release)
    manifest = read_manifest(bundle_of(release))
    for name in ("dataset", "data_version", "git_revision", "simulated", "inputs"):
        if getattr(manifest, name) != getattr(release, name):
            raise UserError(
                f"the {name.replace('_', ' ')} in the manifest of {release.system} version {release.version} is not "
                f"the one that was registered; its files were changed"
            )
    return manifest


def _usual(manifest: Manifest) -> dict[str, Any]:
    """The settings of an evaluation today, for versions that were registered without theirs."""
    config = make_plan(manifest.system, manifest.dataset).config
    return {name: config[name] for name in MEASURED if name in config}


def _train(asked: Mapping[str, Any], code: Path, progress: Progress) -> dict[str, Any]:
    """Train and measure in a process that imports `code`; its working directory is the project, which has the data."""
    paths = [str(code), *filter(None, [os.environ.get("PYTHONPATH")])]
    told: dict[str, Any] = {}
    with subprocess.Popen(
        [sys.executable, "-P", str(SCRIPT)],
        cwd=root(),
        env={**variables(), **os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with process.stdin:
                json.dump(asked, process.stdin)
            for line in process.stdout:
                told = json.loads(line)
                if "progress" in told:
                    progress(*told["progress"])
        except BaseException:
            process.kill()
            raise
    if "error" in told:
        raise UserError(told["error"])
    if "figures" not in told:
        raise UserError(
            f"training in {asked['code']} ended with exit code {process.returncode}; its last lines above say why"
        )
    return told


def _progress(journal: Journal) -> Progress:
    return lambda doing, done, total, figures: journal.watch.progress(journal.step, doing, done, total, figures)


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SAME, abs_tol=SAME) or (math.isnan(one) and math.isnan(other))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
