"""That somebody's boards changed, as the stores number it."""

from dataclasses import dataclass

__all__ = ["BoardChange"]


@dataclass(frozen=True)
class BoardChange:
    """mark: of the person. user_id: None once the person was erased, whose id is not kept."""

    seq: int
    mark: str
    user_id: str | None
