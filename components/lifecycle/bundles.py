"""The bundle of a registered version: where it was made, or else fetched from the registry."""

import shutil
import tempfile
from pathlib import Path

from components.lifecycle.candidate import candidate_folder, intact
from components.lifecycle.results import Release
from components.lifecycle.tracking import client, tracking_uri
from data.errors import UserError
from data.project import home

__all__ = ["bundle_of", "check_registered"]


def bundle_of(release: Release) -> Path:
    """A local folder with the intact bundle of `release`.

    Raises:
        UserError: the registry does not hold it, or not as it was registered.
    """
    cached = home() / "cache" / "bundles" / release.bundle_hash[:16]
    for folder in (candidate_folder(release.system, release.fingerprint) / "bundle", cached):
        manifest = intact(folder)
        if manifest is not None and manifest.bundle_hash == release.bundle_hash:
            return folder
    return _fetch(release, cached)


def check_registered(release: Release) -> None:
    """Raise `UserError` unless the registry itself holds the version's files as they were registered."""
    with tempfile.TemporaryDirectory(prefix="corkboard-bundle-") as folder:
        _download(release, Path(folder))


def _fetch(release: Release, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        got = _download(release, Path(folder))
        shutil.rmtree(target, ignore_errors=True)
        got.replace(target)
    return target


def _download(release: Release, folder: Path) -> Path:
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    name = f"{release.system} version {release.version}"
    source = client().get_model_version_download_uri(release.system, str(release.version))
    uri = f"{source.rstrip('/')}/artifacts/bundle"
    try:
        got = Path(download_artifacts(uri, dst_path=str(folder), tracking_uri=tracking_uri()))
    except (MlflowException, OSError) as error:
        raise UserError(f"the registry does not hold the files of {name} any more ({error}); restore them") from None
    manifest = intact(got)
    if manifest is None or manifest.bundle_hash != release.bundle_hash:
        raise UserError(
            f"the files of {name} in the registry are not those that were registered; restore them, or use another "
            f"version"
        )
    return got
