"""Where the project and its state lie."""

import os
from pathlib import Path

from data.errors import UserError

__all__ = ["MIRROR", "home", "mirror", "root", "store"]

MIRROR = "CORKBOARD_MIRROR"


def root() -> Path:
    """The folder that holds `params.yaml`: the nearest one at or above the working directory, else this checkout."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params.yaml").is_file() and (folder / "dvc.yaml").is_file():
            return folder
    return Path(__file__).resolve().parent.parent


def home() -> Path:
    """The one folder of state: `CORKBOARD_HOME`, by default `.corkboard` in the project.

    Raises:
        UserError: its path has a question mark, which ends a file's name in the addresses of SQLite.
    """
    configured = os.environ.get("CORKBOARD_HOME")
    folder = Path(configured).expanduser().resolve() if configured else root() / ".corkboard"
    if "?" in str(folder):
        raise UserError(f"the path of the state folder {folder} has a ?; set CORKBOARD_HOME to one without")
    return folder


def store() -> Path:
    """The folder of prepared data sets, tracked by DVC."""
    return root() / "data" / "store"


def mirror() -> Path | None:
    """The folder of archives that stands in for the network, `CORKBOARD_MIRROR`, if it is set."""
    configured = os.environ.get(MIRROR)
    return Path(configured).expanduser().resolve() if configured else None
