"""The bundle of a registered version: where it was made, or else fetched from the registry."""

import shutil
import tempfile
from pathlib import Path

from components.bundle import verify
from components.lifecycle.candidate import candidate_folder, intact
from components.lifecycle.results import Release
from components.lifecycle.tracking import client, tracking_uri
from data.errors import UserError
from data.project import home

__all__ = ["bundle_of"]


def bundle_of(release: Release) -> Path:
    """A local folder with the intact bundle of `release`.

    Raises:
        UserError: what the registry holds is damaged.
    """
    cached = home() / "cache" / "bundles" / release.bundle_hash[:16]
    for folder in (candidate_folder(release.system, release.fingerprint) / "bundle", cached):
        manifest = intact(folder)
        if manifest is not None and manifest.bundle_hash == release.bundle_hash:
            return folder
    return _fetch(release, cached)


def _fetch(release: Release, target: Path) -> Path:
    from mlflow.artifacts import download_artifacts

    source = client().get_model_version_download_uri(release.system, str(release.version))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        got = Path(
            download_artifacts(f"{source.rstrip('/')}/artifacts/bundle", dst_path=folder, tracking_uri=tracking_uri())
        )
        if verify(got).bundle_hash != release.bundle_hash:
            raise UserError(
                f"the bundle of {release.system} version {release.version} in the registry is not the one that was "
                f"registered; promote another version"
            )
        shutil.rmtree(target, ignore_errors=True)
        got.replace(target)
    return target
