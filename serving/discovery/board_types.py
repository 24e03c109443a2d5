"""Requests and answers about boards."""

from pydantic import Field, model_validator

from data.params import Strict
from serving.discovery.types import BoardName, Item, Name, UserId

__all__ = ["Board", "BoardQuery", "Boards", "More", "MoreQuery", "SimilarBoards", "SimilarRequest"]


class BoardQuery(Strict):
    cursor: int | None = Field(None, ge=1, description="`cursor` of the page before")
    k: int = Field(30, ge=1, le=100)


class Board(Strict):
    """A page of a board."""

    name: str
    count: int = Field(description="items of the whole board")
    items: list[Item] = Field(description="latest saved first")
    cursor: int | None = Field(description="of the next page; null: this is the last")


class BoardSummary(Strict):
    name: str
    count: int
    covers: list[Item] = Field(description="the items that were saved last")
    item_ids: list[str] = Field(description="of all, the latest saved first")


class Boards(Strict):
    boards: list[BoardSummary]


class MoreQuery(Strict):
    k: int = Field(20, ge=1, le=100)


class Together(Strict):
    """Why an item belongs on a board."""

    item_id: str = Field(description="the item of the board that speaks for it most")
    boards: int = Field(description="that have both; 0: they are alike")
    text: str


class Belonging(Item):
    score: float = Field(description="larger is better; comparable within one answer")
    because: Together | None


class More(Strict):
    items: list[Belonging] = Field(description="that belong on the board, the best first")


class SimilarRequest(Strict):
    """A board of somebody, or items."""

    user_id: UserId | None = None
    board: BoardName | None = None
    items: list[Name] = Field(default_factory=list, max_length=1000)
    k: int = Field(10, ge=1, le=100)

    @model_validator(mode="after")
    def _one(self) -> "SimilarRequest":
        if (self.user_id is None) != (self.board is None) or bool(self.items) == (self.board is not None):
            raise ValueError("give either items, or a user_id and a board")
        return self


class SimilarBoard(Strict):
    board_id: str
    title: str
    owner_id: str
    score: float
    shared: int = Field(description="items that are on both")


class SimilarBoards(Strict):
    boards: list[SimilarBoard]
