"""The code and the data that a version was made with, brought back into temporary folders."""

import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.bundle import Manifest
from components.code import code_of_fit
from components.lifecycle.results import Release
from components.lifecycle.tracking import client
from components.system import Progress
from data.code import ROOT
from data.dataset import read_card
from data.errors import UserError
from data.project import store
from data.versioned import former, version

__all__ = ["code_at", "data_at", "keep_code"]

UNCOMMITTED = "+changes"
KEPT = "training_code.zip"
ROOMS = ("components", "data")  # what training imports


def keep_code(run_id: str, system: str) -> None:
    """Keep the code of a training as an artifact of its run: a revision may go, or have had changes beside it."""
    code = code_of_fit(system)
    with tempfile.TemporaryDirectory(prefix="corkboard-code-") as folder:
        path = Path(folder) / KEPT
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in code.modules.items():
                below = f"{name.replace('.', '/')}"
                archive.write(file, f"{below}/__init__.py" if file.name == "__init__.py" else f"{below}.py")
        client().log_artifact(run_id, str(path))


@contextmanager
def code_at(release: Release, manifest: Manifest, folder: Path) -> Iterator[tuple[str, Path]]:
    """What the code is called, and its root below `folder`, for the length of the block.

    It is a worktree of the version's revision. Where that is gone, or was not all of the code, it is a copy of this
    checkout, with the code that the run kept laid over it.

    Raises:
        UserError: the revision is gone, and neither did the run keep its code nor is it the present one.
    """
    revision, place = manifest.git_revision, folder / "code"
    if not revision.endswith(UNCOMMITTED) and _git("cat-file", "-e", f"{revision}^{{commit}}"):
        if not _git("worktree", "add", "--detach", str(place), revision):
            raise UserError(f"git could not check out revision {revision} in {folder}; see `git worktree list`")
        try:
            yield f"revision {revision[:12]}", place
        finally:
            _git("worktree", "remove", "--force", str(place))
        return
    kept = _kept(release, folder)
    if kept is None and code_of_fit(release.system).hash != manifest.code:
        raise UserError(
            f"revision {revision[:12]} of {release.system} version {release.version} is not in git here, or had "
            f"changes beside it, and its run keeps no code; fetch that revision and reproduce again"
        )
    for room in ROOMS:
        shutil.copytree(ROOT / room, place / room, ignore=shutil.ignore_patterns("store", "__pycache__"))
    if kept is None:
        yield "this checkout", place
        return
    with zipfile.ZipFile(kept) as archive:
        archive.extractall(place)
    yield "the code that its run kept", place


def data_at(manifest: Manifest, folder: Path, progress: Progress) -> Path:
    """The folder of the data set in the version of `manifest`: as it lies prepared, or from DVC's cache or remote.

    Where DVC has it no more, what lies prepared may still be equal in all that the system reads; training checks that.

    Raises:
        UserError: it is neither prepared nor held by DVC.
    """
    name, wanted = manifest.dataset, manifest.data_version
    prepared = store() / name
    if version(name) == wanted and read_card(prepared) is not None:
        return prepared
    brought = former(name, wanted, folder / "data", lambda doing, done, total: progress(doing, done, total, {}))
    if brought is not None:
        return brought
    if read_card(prepared) is None:
        raise UserError(
            f"version {wanted} of data set {name!r} is neither prepared here nor in DVC's cache or remote; restore it, "
            f"such as by `git checkout REVISION dvc.lock` and `dvc pull`"
        )
    return prepared


def _kept(release: Release, folder: Path) -> Path | None:
    if all(one.path != KEPT for one in client().list_artifacts(release.run_id)):
        return None
    return Path(client().download_artifacts(release.run_id, KEPT, str(folder)))


def _git(*arguments: str) -> bool:
    """Run git in this checkout; whether it succeeded."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return False
    return subprocess.run([git, "-C", str(ROOT), *arguments], capture_output=True, check=False).returncode == 0
