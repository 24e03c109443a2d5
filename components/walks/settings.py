"""Settings of walks."""

from pydantic import Field

from data.params import Strict

__all__ = ["WalksConfig"]


class WalksConfig(Strict):
    """Walks from a board's items, item to board to item, as Pixie does (Eksombatchai et al. 2018)."""

    visits: int = Field(100_000, ge=100, description="of all walks from one board")
    restart: float = Field(1.0, gt=0, le=1, description="that a walk begins anew after a visit")
    boost: float = Field(
        0.8, gt=0, le=1, description="exponent of the visits from one item; below 1, several count more"
    )
    popularity: float = Field(0.4, ge=0, le=2, description="exponent of an item's degree that divides its visits")
    most_boards: int = Field(2000, gt=0, description="edges of an item that walks take; further ones are pruned")
    enough: int = Field(2000, gt=0, description="stop once so many items …")
    visited: int = Field(16, gt=0, description="… were visited so often from one item")
