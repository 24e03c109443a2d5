"""Free disk space, checked before a build: a full disk leaves half an image and a misleading error."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from data.errors import UserError

__all__ = ["require_space"]

BUILD_MB = 2_500  # packages and system, in the context, in the stages, and in the image
COPIES = 3  # of the models: in the context, in the image, in an archive


def require_space(folders: Iterable[Path | None], models_bytes: int) -> None:
    """Raise `UserError` if the file system of one of the folders has too little room to build."""
    needed_mb = BUILD_MB + COPIES * models_bytes / 1e6
    for folder in folders:
        if folder is None or not folder.is_dir():
            continue
        free_mb = shutil.disk_usage(folder).free / 1e6
        if free_mb < needed_mb:
            raise UserError(
                f"building the image takes {needed_mb:,.0f} MB, and {folder} has {free_mb:,.0f} MB free; "
                f"free some, or set TMPDIR to a larger disk"
            )
