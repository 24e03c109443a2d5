"""Step 8, package: a Bento of exactly one version."""

import os
from pathlib import Path

from components.lifecycle.bundles import bundle_of
from components.lifecycle.command import COMMANDS, Commands, answer
from components.lifecycle.fingerprint import serving_hash
from components.lifecycle.plan import Plan
from components.lifecycle.registry import find, history, tag_version
from components.lifecycle.results import Packaged, Promoted
from data.environment import variables
from data.errors import UserError

__all__ = ["package", "package_version"]


def package(plan: Plan, promoted: Promoted, commands: Commands = COMMANDS) -> Packaged:
    """Build the Bento of the promoted version, unless it was built from this code before."""
    return package_version(plan.system, promoted.version, commands)


def package_version(system: str, version: int, commands: Commands = COMMANDS) -> Packaged:
    """Build the Bento of a version, with labels that say where it comes from.

    Raises:
        UserError: it could not be built; the sentence is the builder's own.
    """
    release = find(history(system), system, version)
    code = serving_hash(system)
    if release.packaged and release.packaged_code == code and _built(release.packaged):
        return Packaged(reused=True, bento=release.packaged, size_mb=release.size_mb or 0.0)
    labels = {
        "bundle_hash": release.bundle_hash,
        "data_version": release.data_version,
        "git_revision": release.git_revision,
        "run_id": release.run_id,
    }
    found = answer(
        [
            *commands.package,
            *("--system", system, "--version", str(version), "--bundle", str(bundle_of(release))),
            *("--labels", *(f"{name}={value}" for name, value in labels.items())),
        ],
        f"packaging version {version} of {system}",
    )
    if "bento" not in found:
        raise UserError(f"packaging version {version} of {system} failed: {found.get('error', found)}")
    packaged = Packaged(bento=found["bento"], size_mb=found["size_mb"])
    tag_version(system, version, packaged=packaged.bento, packaged_code=code, size_mb=f"{packaged.size_mb:.3f}")
    return packaged


def _built(tag: str) -> bool:
    """Whether the Bento called `name:version` lies in the local store."""
    store = Path(os.environ.get("BENTOML_HOME") or variables()["BENTOML_HOME"])
    name, _, version = tag.partition(":")
    return (store / "bentos" / name / version / "bento.yaml").is_file()
