"""Step 8, package: a Bento of exactly one version."""

from components.bundle import read_manifest
from components.inputs import all_of
from components.lifecycle.bundles import bundle_of
from components.lifecycle.command import COMMANDS, Commands, answer
from components.lifecycle.inputs import inputs_of
from components.lifecycle.registry import find, history, tag_version
from components.lifecycle.results import Packaged
from data.errors import UserError

__all__ = ["package"]


def package(system: str, version: int, commands: Commands = COMMANDS) -> Packaged:
    """Build the Bento of a version, unless it was built from this code and these libraries before.

    Raises:
        UserError: it could not be built; the message is the builder's own.
    """
    release = find(history(system), system, version)
    bundle = bundle_of(release)
    below = [str(one.bundle) for one in all_of(inputs_of(read_manifest(bundle)))]
    labels = {
        "bundle_hash": release.bundle_hash,
        "data_version": release.data_version,
        "git_revision": release.git_revision,
        "run_id": release.run_id,
    }
    result = answer(
        [
            *commands.package,
            *("--system", system, "--version", str(version), "--bundle", str(bundle)),
            *(("--inputs", *below) if below else ()),
            *("--labels", *(f"{name}={value}" for name, value in labels.items())),
        ],
        f"packaging version {version} of {system}",
    )
    if "bento" not in result:
        raise UserError(f"packaging version {version} of {system} failed: {result.get('error', result)}")
    packaged = Packaged(reused=result["reused"], bento=result["bento"], size_mb=result["size_mb"])
    tag_version(system, version, size_mb=f"{packaged.size_mb:.3f}")
    return packaged
