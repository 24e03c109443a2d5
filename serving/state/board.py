"""That somebody's boards changed, as the stores number it."""

import hashlib
from dataclasses import dataclass

__all__ = ["BoardChange", "mark_of"]


@dataclass(frozen=True)
class BoardChange:
    """mark: of the person. user_id: None once the person was erased, whose id is not kept."""

    seq: int
    mark: str
    user_id: str | None


def mark_of(user_id: str) -> str:
    """What stands for a person whose id is kept no more."""
    return hashlib.sha256(user_id.encode()).hexdigest()
