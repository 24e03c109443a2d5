"""Parameters of boards: which item is on which board, as lists, a sparse matrix or edges."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.origins import FromFile
from data.params.strict import Strict

__all__ = ["BoardColumns", "BoardsParams", "ItemLists"]


class BoardColumns(Strict):
    """Names of columns of edges: CSV with a header and a row for each item of a board."""

    board: str = "board"
    item: str = "item"
    time: str | None = Field(None, description="when it was saved, in seconds since 1970")


class ItemLists(FromFile):
    """An attribute of items: line n, from 0, is of item n, `count number number …`."""

    name: str = Field(min_length=1, description="of the attribute")
    names: FromFile | None = Field(
        None, description="what the numbers are called, a name a line; by default themselves"
    )


class BoardsParams(Strict):
    """Boards in one file, or in files for training and test.

    `form` is how a file is written: `lists` has a line a board, `board item item …`; `matrix` is SciPy's sparse .npz,
    boards by items; `edges` is CSV with `columns`.
    """

    source: Literal["boards"]
    licence: str
    form: Literal["lists", "matrix", "edges"]
    train: FromFile = Field(description="items for training and validation, and for test where there is no `test`")
    test: FromFile | None = None
    columns: BoardColumns | None = Field(None, description="of edges; by default board and item")
    titles: FromFile | None = Field(None, description="CSV with a header, `board,title` or `board,title,owner`")
    attributes: tuple[ItemLists, ...] = ()
    test_one_in: int | None = Field(None, gt=1, description="without `test`: so many items of a board have one for it")
    validation_one_in: int = Field(10, gt=1, description="of a board's items that are not for test")
    new_one_in: int | None = Field(
        None, gt=1, description="so many items have one that only test knows, as if it had never been on a board"
    )

    @model_validator(mode="after")
    def _one_form(self) -> "BoardsParams":
        if self.columns is not None and self.form != "edges":
            raise ValueError(f"columns are of edges, and form is {self.form}; leave them out")
        if (self.test is None) == (self.test_one_in is None):
            raise ValueError("give either test or test_one_in")
        return self
