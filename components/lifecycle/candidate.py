"""Where a candidate lies: `candidates/<system>/<fingerprint>/` with `work/` (checkpoints) and `bundle/`."""

from pathlib import Path

from components.bundle import MANIFEST, Manifest, verify
from data.errors import UserError
from data.project import home

__all__ = ["candidate_folder", "evaluation_folder", "intact", "short"]


def short(fingerprint: str) -> str:
    """The part of a fingerprint that people read."""
    return fingerprint[:12]


def candidate_folder(system: str, fingerprint: str) -> Path:
    return home() / "candidates" / system / fingerprint[:16]


def evaluation_folder(system: str, key: str) -> Path:
    return home() / "evaluations" / system / key[:16]


def intact(bundle: Path) -> Manifest | None:
    """The manifest of a finished bundle whose every file is as it was sealed; None for anything less."""
    if not (bundle / MANIFEST).is_file():
        return None
    try:
        return verify(bundle)
    except UserError:
        return None
