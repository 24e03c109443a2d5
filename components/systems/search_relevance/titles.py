"""Titles and pictures of items that no training saw: whether a title finds its picture, and what either is read as.

Legend: N items.
"""

from typing import Any

import pandas as pd

from components.finding import MOST_LETTERS
from components.finding.judgements import documents_of
from components.message import PICTURE, Message, picture_part
from components.roles import Document
from components.system import Progress
from components.systems.search_relevance.predictor import SearchPredictor
from components.systems.search_relevance.types import MOST_RESULTS, Request
from components.traits import traits_of
from data.dataset import Dataset

__all__ = ["FIGURES", "title_examples"]

READ = ("category", "colour")
FIGURES = {
    "picture_recall_at_1": ("picture_at_1", "titles"),
    "picture_recall_at_10": ("picture_at_10", "titles"),
    "picture_mrr": ("picture_reciprocal", "titles"),
    **{f"{name}_of_title": (f"title_{name}", f"titles_{name}") for name in READ},
    **{f"{name}_of_picture": (f"picture_{name}", f"pictures_{name}") for name in READ},
}
REPORT_EVERY = 200


def title_examples(
    predictor: SearchPredictor, dataset: Dataset, items: pd.DataFrame, config: Any, progress: Progress
) -> tuple[list[dict[str, Any]], list[str]]:
    """One row for each item of the split that has a title, and these titles.

    A title is searched among the pictures of the split, of which the predictor knows nothing but how they look.

    Raises:
        UserError: no item of the split has one of `evaluation.traits`.
    """
    chosen = items[(items["split"] == config.split) & (items["title"].str.strip() != "")]
    chosen = chosen.head(config.evaluation.most_titles)
    pictured = chosen[chosen["image"].notna()] if predictor.networks.sees else chosen.iloc[:0]
    blind = predictor.emptied()
    for documents in documents_of(dataset, pictured, True):
        blind.put([Document(one.item_id, "", picture=one.picture) for one in documents])
    shown = set(pictured["item_id"])
    parts = traits_of(chosen["attributes"].tolist(), config.evaluation.traits)
    rows = []
    for number, row in enumerate(chosen.to_dict("records")):
        example: dict[str, Any] = {"example_id": f"item {row['item_id']}"}
        example |= {name: values[number] for name, values in parts.items()}
        if row["item_id"] in shown:
            example |= _found(blind, row)
            picture = dataset.file(row["image"]).read_bytes()
            example |= _read(predictor, "picture", row, Message(Request(k=1), {PICTURE: picture_part(picture)}))
        example |= _read(predictor, "title", row, Message(Request(text=row["title"][:MOST_LETTERS], k=1)))
        rows.append(example)
        if number % REPORT_EVERY == 0:
            progress("look for pictures", number, len(chosen), {})
    return rows, chosen["title"].tolist()


def _found(blind: SearchPredictor, row: dict[str, Any]) -> dict[str, float]:
    answer = blind.answer(Request(text=row["title"][:MOST_LETTERS], k=MOST_RESULTS))
    ids = [item.item_id for item in answer.items]
    rank = ids.index(row["item_id"]) + 1 if row["item_id"] in ids else 0
    return {
        "titles": 1.0,
        "picture_at_1": float(rank == 1),
        "picture_at_10": float(0 < rank <= 10),
        "picture_reciprocal": 1 / rank if rank else 0.0,
    }


def _read(predictor: SearchPredictor, kind: str, row: dict[str, Any], message: Message) -> dict[str, float]:
    """Whether the likeliest value of each attribute is the item's."""
    values = {name: value for name in READ if (value := (row["attributes"] | {"category": row["category"]}).get(name))}
    if not values:
        return {}
    named = predictor.likeliest(message)
    found: dict[str, float] = {}
    for name, value in values.items():
        if name in named:
            found[f"{kind}s_{name}"] = 1.0
            found[f"{kind}_{name}"] = float(named[name] == value)
    return found
