"""Parameters of labelled texts: what people wrote, and whether raters found it hateful or offensive."""

from typing import Literal

from pydantic import Field, model_validator

from data.params.catalogue import HashedSplits
from data.params.personal import PersonalData
from data.params.strict import Strict
from data.params.text import Column, TextTable

__all__ = ["LabelledTexts", "LabelledTextsParams", "LabelsOf"]


class LabelsOf(Strict):
    """How a file says that a text is hateful, or offensive in any way; what it does not say is left out.

    Either `column` has the label, and the values that mean it are named, or columns that count raters are.
    """

    column: Column | None = Field(None, description="of the label, where it is one")
    raters: Column | None = Field(None, description="of the number of raters, where votes are counted")
    hateful: tuple[str, ...] | None = Field(None, description="values that mean it, or columns of votes, which add up")
    offensive: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _said_once(self) -> "LabelsOf":
        if (self.column is None) == (self.raters is None):
            raise ValueError("give either column or raters")
        if self.hateful is None and self.offensive is None:
            raise ValueError("give hateful or offensive, or both")
        return self


class LabelledTexts(TextTable):
    """One file of texts. Its rows are split by a hash of the text, as a column says, or all test."""

    name: str = Field(pattern=r"^[a-z0-9-]+$", description="of the source, by which its figures are called")
    text: Column
    labels: LabelsOf
    test: Column | None = Field(None, description="name of the functional test that a text belongs to")
    term: Column | None = Field(None, description="the group of people that a text is about")
    template: Column | None = Field(None, description="what a text was made of; texts of one count as one example")
    split: Column | None = None
    splits: Literal["given", "test"] | HashedSplits = "test"

    @model_validator(mode="after")
    def _split_once(self) -> "LabelledTexts":
        if (self.splits == "given") != (self.split is not None):
            raise ValueError("split names the column of given splits; give both or neither")
        return self


class LabelledTextsParams(Strict):
    """Files of labelled texts, each a source of one data set."""

    source: Literal["labelled_texts"]
    licence: str
    files: tuple[LabelledTexts, ...] = Field(min_length=1)
    personal: PersonalData = "name"

    @model_validator(mode="after")
    def _told_apart(self) -> "LabelledTextsParams":
        names = [file.name for file in self.files]
        if len(set(names)) < len(names):
            raise ValueError(f"two of files are called the same: {', '.join(names)}")
        return self
