"""The requests and answers of the predictor."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.params import Strict

__all__ = ["MOST_ITEMS", "AlikeBoard", "Reason", "Request", "Response", "Scored"]

MOST_ITEMS = 100_000  # of a board

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Request(Strict):
    """What is on a board, or the one item that something has to go with."""

    items: tuple[Name, ...] = Field(
        (), max_length=MOST_ITEMS, description="oldest first; one that is named twice counts once, an unknown one not"
    )
    board_id: Name | None = Field(None, description="of a board that training knew: what was on it counts too")
    k: int = Field(20, ge=0, le=1000, description="most items that are wanted")
    boards: int = Field(0, ge=0, le=100, description="most boards that are wanted, the most alike first")
    among: Literal["all", "new"] = Field("all", description="new: only items that were never on a board")
    without: tuple[Name, ...] = Field((), max_length=10_000, description="items that are not wanted")
    explain: bool = True

    @model_validator(mode="after")
    def _something(self) -> "Request":
        if not self.items and self.board_id is None:
            raise ValueError("give items, a board_id or both")
        return self


class Reason(Strict):
    """Why an item is there: `on N boards together with`, or, where N is 0, it is most alike in words or in looks."""

    item_id: str = Field(description="the item of the board that speaks for it most")
    boards: int


class Scored(Strict):
    item_id: str
    score: float = Field(description="larger is better; comparable within one list")
    because: Reason | None = None


class AlikeBoard(Strict):
    board_id: str
    title: str
    owner_id: str
    score: float = Field(description="cosine of what is on both, where items on few boards weigh more")
    shared: int = Field(description="items that are on both")


class Response(Strict):
    items: tuple[Scored, ...] = Field(description="the best first, none of the board itself")
    boards: tuple[AlikeBoard, ...] = ()
    unknown: int = Field(0, description="items of the request that are not known")
