"""What is asked of a language model: questions about items of a data set, with what people say where they do."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, create_model

from components.language.prompt import Prompt

__all__ = ["Form", "Question", "Task", "choose", "form", "spread"]

T = TypeVar("T")
SALT = "label|"


@dataclass(frozen=True)
class Question:
    """One thing to label.

    given: the data as the model sees it. truth: what people say, by name. held: what is known of the item, by
    attribute, against which claims of a text are checked.
    """

    query_id: str
    item_id: str
    given: Mapping[str, Any]
    truth: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)


Form = type[BaseModel]


@dataclass(frozen=True)
class Task:
    """Questions of one kind, and how they are asked.

    examples: answered questions of the training split. answer: the form of an answer, whose fields are the labels'
    names. usual: the most frequent value of each name in the training split. vocabulary: the values of each attribute,
    where texts are checked against them. ordered: labels are grades.
    """

    prompt: Prompt
    answer: Form
    questions: Sequence[Question]
    examples: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = ()
    usual: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ordered: bool = False


def form(name: str, fields: Mapping[str, Sequence[Any] | None]) -> Form:
    """The form of an answer: of each field what it can be, or None for a text."""
    kinds: dict[str, Any] = {key: (Literal[tuple(options)] if options else str, ...) for key, options in fields.items()}
    made: Form = create_model(name, __config__=ConfigDict(extra="forbid"), **kinds)
    return made


def choose(rows: pd.DataFrame, columns: Sequence[str], limit: int | None) -> pd.DataFrame:
    """`limit` rows in an order that their ids alone decide, so that more rows contain fewer."""
    ids = rows[list(columns)].astype(str).agg("|".join, axis=1)
    order = ids.map(lambda one: hashlib.sha256(f"{SALT}{one}".encode()).hexdigest())
    return rows.iloc[order.argsort(kind="stable")].head(limit if limit is not None else len(rows))


def spread(groups: Iterable[Sequence[T]], count: int) -> list[T]:
    """`count` members: one of each group in turn, then a second of each, and so on."""
    waiting = [list(group) for group in groups]
    chosen: list[T] = []
    while len(chosen) < count and any(waiting):
        for group in waiting:
            if group and len(chosen) < count:
                chosen.append(group.pop(0))
    return chosen
